//! Console: lines in and out, over any byte stream.
//!
//! A line is UTF-8 and ends in a line feed; a carriage return before it is ignored. Peers' text is sanitised
//! before it is shown.

use core::fmt::Display;

use embedded_io::{Read, ReadReady, Write};
use heapless::{String, Vec};
use p2pm_core::limits::TEXT_MAX;

/// Most bytes read at once, so that an endless stream leaves time for other work.
const BYTES_PER_POLL: usize = 4096;

/// A byte stream to the user, such as a UART or a terminal. Reading must not block once it is ready; writing
/// may.
pub trait Terminal: Read + ReadReady + Write {}

impl<T: Read + ReadReady + Write> Terminal for T {}

/// Console of the user.
pub struct Console<T> {
    terminal: T,
    typed: Vec<u8, TEXT_MAX>,
    /// Whether the line being typed is longer than a text may be; its rest is ignored.
    is_overlong: bool,
    is_over: bool,
    /// Whether a line was asked for in vain since the last poll began.
    is_awaited: bool,
}

/// Input of the user's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// A line without its end, never empty.
    Text(String<TEXT_MAX>),
    /// End of the input.
    End,
}

impl<T: Terminal> Console<T> {
    /// A console on a byte stream.
    pub const fn new(terminal: T) -> Self {
        Self { terminal, typed: Vec::new(), is_overlong: false, is_over: false, is_awaited: false }
    }

    /// The byte stream.
    pub fn terminal(&self) -> &T {
        &self.terminal
    }

    /// The byte stream, for uses other than lines.
    pub fn terminal_mut(&mut self) -> &mut T {
        &mut self.terminal
    }

    /// Whether the input has ended.
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// Whether to wait for input: only if a line is asked for. Otherwise input would stay unread, and end
    /// every wait at once.
    pub fn is_awaited(&self) -> bool {
        self.is_awaited
    }

    /// Starts a poll, in which a line may be asked for.
    pub(super) fn begin_poll(&mut self) {
        self.is_awaited = false;
    }

    /// Shows a line. An error is ignored: the device goes on without a reader.
    pub fn say(&mut self, line: impl Display) {
        _ = writeln!(self.terminal, "{line}");
        _ = self.terminal.flush();
    }

    /// The next line that is not empty, once it is complete. If there is none, more input may be ready all
    /// the same.
    pub fn next_line(&mut self) -> Option<Line> {
        for _ in 0..BYTES_PER_POLL {
            if self.is_over || !self.terminal.read_ready().unwrap_or(true) {
                break;
            }
            let mut byte = [0];
            match self.terminal.read(&mut byte) {
                Ok(1..) if byte == *b"\n" => {
                    if let Some(line) = self.take_line() {
                        return Some(Line::Text(line));
                    }
                }
                Ok(1..) => self.is_overlong |= self.typed.extend_from_slice(&byte).is_err(),
                Ok(0) | Err(_) => {
                    self.is_over = true;
                    return Some(self.take_line().map_or(Line::End, Line::Text));
                }
            }
        }
        self.is_awaited = !self.is_over;
        self.is_over.then_some(Line::End)
    }

    /// The line that was typed, if it can be sent.
    fn take_line(&mut self) -> Option<String<TEXT_MAX>> {
        let is_overlong = core::mem::take(&mut self.is_overlong);
        let mut typed = core::mem::take(&mut self.typed);
        if is_overlong {
            self.say(format_args!("not sent: more than {TEXT_MAX} bytes"));
            return None;
        }
        if typed.last() == Some(&b'\r') {
            typed.pop();
        }
        let line = String::from_utf8(typed);
        if line.is_err() {
            self.say("not sent: it is not UTF-8");
        }
        // An accidental Enter is not sent.
        line.ok().filter(|line| !line.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use embedded_io::ErrorKind;

    use super::*;

    /// A terminal with this input.
    struct Typed {
        rest: &'static [u8],
        is_over: bool,
    }

    impl embedded_io::ErrorType for Typed {
        type Error = ErrorKind;
    }

    impl ReadReady for Typed {
        fn read_ready(&mut self) -> Result<bool, ErrorKind> {
            Ok(!self.rest.is_empty() || self.is_over)
        }
    }

    impl Read for Typed {
        fn read(&mut self, into: &mut [u8]) -> Result<usize, ErrorKind> {
            Ok(self.rest.read(into).unwrap_or_default())
        }
    }

    impl Write for Typed {
        fn write(&mut self, from: &[u8]) -> Result<usize, ErrorKind> {
            Ok(from.len())
        }

        fn flush(&mut self) -> Result<(), ErrorKind> {
            Ok(())
        }
    }

    fn text(line: &str) -> Line {
        Line::Text(line.try_into().unwrap())
    }

    #[test]
    fn an_empty_line_is_passed_over() {
        let mut console = Console::new(Typed { rest: b"\n\r\none\n\n \n\n", is_over: true });
        for line in [text("one"), text(" "), Line::End] {
            assert_eq!(console.next_line(), Some(line));
        }
    }

    #[test]
    fn the_terminal_is_awaited_only_if_a_line_was_asked_for_in_vain() {
        let mut console = Console::new(Typed { rest: b"one\ntw", is_over: false });
        assert!(!console.is_awaited(), "nobody has asked");
        assert_eq!(console.next_line(), Some(text("one")));
        assert!(!console.is_awaited(), "there may be more of what has come");
        assert_eq!(console.next_line(), None);
        assert!(console.is_awaited());
        console.begin_poll();
        assert!(!console.is_awaited(), "nobody has asked again");
        console.terminal = Typed { rest: b"o", is_over: true };
        assert_eq!(console.next_line(), Some(text("two")), "the last line needs no end");
        assert_eq!(console.next_line(), Some(Line::End));
        assert!(!console.is_awaited(), "there is nothing to wait for");
    }
}
