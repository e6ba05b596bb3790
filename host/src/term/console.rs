//! Non-blocking console over a terminal or pipes.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::fs::{Mode, OFlags};
use rustix::termios::Termios;

use super::lines::{Line, Lines};
use super::output::{Output, OutputGone};
use super::terminal::{drop_queue, hide_input, is_dumb, is_in_foreground, restore};
use crate::wait::Waiter;
use p2pm_posix::signals::{HeldSignals, Signals};

/// Notice shown when type-ahead is dropped.
const DROPPED: &str = "what you had typed is dropped";

/// The user's input and output: lines are read as they become readable, prompts and notices are written.
/// Neither blocks the program.
///
/// Only the console's own characters move the cursor. Text from a peer must pass
/// [`sanitise`](p2pm_core::wire::sanitise) first.
#[derive(Debug)]
pub struct Console {
    input: File,
    lines: Lines,
    output: Output,
    /// Set while the terminal's echo is off.
    hiding: Option<Hiding>,
    /// SIGCONT, caught if the input is a terminal: a shell has continued the program.
    resumption: Option<Signals>,
    /// Whether the shell has used the terminal since the prompt was shown.
    is_prompt_buried: bool,
}

/// State of a terminal whose echo is off.
#[derive(Debug)]
struct Hiding {
    /// Modes to restore.
    before: Termios,
    /// Blocked signals that would stop or end the program and leave the terminal without echo, or continue it
    /// on a terminal whose echo the shell has turned on.
    signals: HeldSignals,
}

impl Console {
    /// A console over standard input and output.
    pub fn new() -> io::Result<Self> {
        let input = io::stdin().as_fd().try_clone_to_owned()?;
        let output = io::stdout().as_fd().try_clone_to_owned()?;
        let console = Self::over(input, output)?;
        if is_dumb() {
            console.output.only_append();
        }
        Ok(console)
    }

    /// A console over any pair of files.
    pub fn over(input: OwnedFd, output: OwnedFd) -> io::Result<Self> {
        let resumption = if input.is_terminal() { Some(Signals::of_resumption()?) } else { None };
        Ok(Self {
            input: without_blocking(input).into(),
            lines: Lines::default(),
            output: Output::new(output)?,
            hiding: None,
            resumption,
            is_prompt_buried: false,
        })
    }

    /// Whether the input is a terminal, so that a person types.
    pub fn is_interactive(&self) -> bool {
        self.input.is_terminal()
    }

    /// Whether the input is a terminal that another job has in the foreground.
    pub fn is_in_background(&self) -> bool {
        self.is_interactive() && !is_in_foreground(&self.input)
    }

    /// Whether the input has ended and every line has been taken.
    pub fn is_at_end(&self) -> bool {
        self.lines.is_at_end()
    }

    /// Whether input is left that was not taken, as far as is known without blocking; always false on a
    /// terminal.
    pub fn has_untaken(&mut self) -> io::Result<bool> {
        while !self.is_interactive() && self.lines.is_empty() && self.is_readable()? {
            self.read_ready()?;
        }
        Ok(!self.is_interactive() && !self.lines.is_empty())
    }

    fn is_readable(&self) -> io::Result<bool> {
        let mut waiter = Waiter::new();
        waiter.read(self.as_fd());
        Ok(!waiter.wait(Some(Duration::ZERO))?.is_empty())
    }

    /// File to wait on before [`read_ready`](Self::read_ready); `None` at the end of input, while a whole
    /// line waits to be taken, and in the background.
    pub fn as_fd(&self) -> Option<BorrowedFd<'_>> {
        (self.lines.want_more() && !self.is_in_background()).then(|| self.input.as_fd())
    }

    /// Reads what is there. It does not block if `poll(2)` found [`as_fd`](Self::as_fd) readable, nor on a terminal
    /// whose line a shell has read since, while the program was stopped.
    pub fn read_ready(&mut self) -> io::Result<()> {
        if self.as_fd().is_none() {
            return Ok(());
        }
        let mut chunk = [0; 1024];
        match self.input.read(&mut chunk) {
            Ok(0) => self.lines.finish(),
            Ok(len) => self.lines.extend(&chunk[..len]),
            Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            Err(e) => return Err(e),
        }
        Ok(())
    }

    /// The next whole line, if one has been read. It answers the prompt.
    pub fn next_line(&mut self) -> Option<Line> {
        let line = self.lines.next()?;
        // At the end of the input no Enter has moved the cursor.
        self.output.end_prompt(line == Line::Eof);
        Some(line)
    }

    /// Shows a prompt, and leaves the cursor behind it. It replaces a pending one.
    pub fn prompt(&mut self, question: impl Display) -> Result<(), OutputGone> {
        self.output.prompt(question);
        self.expect_output()
    }

    /// Removes a pending prompt, and drops what was typed of its answer, which must not answer the next
    /// prompt.
    pub fn withdraw(&mut self) -> Result<(), OutputGone> {
        if self.output.clear_prompt() { self.drop_typed_ahead() } else { self.expect_output() }
    }

    /// Drops type-ahead on a terminal, the end of input included, and says so: it was meant for another peer
    /// or prompt. From a pipe nothing is dropped: its lines wait until they are asked for.
    pub fn drop_typed_ahead(&mut self) -> Result<(), OutputGone> {
        if !self.is_interactive() {
            return Ok(());
        }
        let was_read = !std::mem::take(&mut self.lines).is_empty();
        // What is typed while another job has the terminal belongs to that job.
        let was_queued = !self.is_in_background() && self.drop_queued();
        if was_read || was_queued {
            self.output.line_over(DROPPED);
        }
        self.expect_output()
    }

    /// Drops what the terminal has queued; true if there was any.
    fn drop_queued(&self) -> bool {
        // While the terminal's modes are changed, nothing may stop or end the program.
        let _held = if self.hiding.is_none() { HeldSignals::hold().ok() } else { None };
        // A terminal that is gone has no queue.
        drop_queue(&self.input).unwrap_or(false)
    }

    /// See [`Output::wait_for_room`].
    pub fn wait_for_room(&self) {
        self.output.wait_for_room();
    }

    /// Shows `text` on a line of its own. A pending prompt is printed again below it.
    pub fn notice(&mut self, text: impl Display) -> Result<(), OutputGone> {
        self.output.line(text);
        self.expect_output()
    }

    /// Whether the output has no reader any more.
    pub fn is_output_gone(&self) -> bool {
        self.output.is_gone()
    }

    /// Adds the loss of the output to what `waiter` waits for.
    pub fn wait_for_output_end<'fd>(&'fd self, waiter: &mut Waiter<'fd>) {
        self.output.wait_for_end(waiter);
    }

    /// Fails if the output has no reader any more.
    pub fn expect_output(&self) -> Result<(), OutputGone> {
        if self.output.is_gone() { Err(OutputGone) } else { Ok(()) }
    }

    /// Turns a terminal's echo off, except for the end of the line, until [`show_input`](Self::show_input) or
    /// drop: for a password.
    pub fn hide_input(&mut self) -> io::Result<()> {
        if self.hiding.is_none() && self.is_interactive() {
            let signals = HeldSignals::hold()?;
            self.hiding = Some(Hiding { before: hide_input(&self.input)?, signals });
        }
        Ok(())
    }

    /// Restores the terminal's modes as before [`hide_input`](Self::hide_input).
    pub fn show_input(&mut self) -> io::Result<()> {
        if let Some(Hiding { before, .. }) = self.hiding.take() {
            restore(&self.input, &before)?;
        }
        Ok(())
    }

    /// Readable when [`take_held_signals`](Self::take_held_signals) has something to do; `None` while the
    /// echo is on.
    pub fn held_signals(&self) -> Option<BorrowedFd<'_>> {
        self.hiding.as_ref().map(|hiding| hiding.signals.as_fd())
    }

    /// Lets pending signals of job control take effect, with the terminal's modes restored. If the program
    /// continues, the echo is turned off again, and [`resume`](Self::resume) shows the prompt.
    pub fn take_held_signals(&mut self) -> io::Result<()> {
        let Some(Hiding { before, signals }) = &self.hiding else { return Ok(()) };
        restore(&self.input, before)?;
        signals.let_through()?;
        hide_input(&self.input)?;
        self.is_prompt_buried = true;
        Ok(())
    }

    /// Readable when [`resume`](Self::resume) has something to do; `None` if the input is no terminal.
    pub fn resumption(&self) -> Option<BorrowedFd<'_>> {
        self.resumption.as_ref().map(Signals::as_fd)
    }

    /// Shows the prompt again after a shell has continued the program, once its job is in the foreground.
    pub fn resume(&mut self) {
        let has_resumed = self.resumption.as_ref().is_some_and(Signals::take);
        self.is_prompt_buried |= has_resumed;
        if self.is_prompt_buried && !self.is_in_background() {
            self.is_prompt_buried = false;
            self.output.repeat_prompt();
        }
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        // A terminal that is gone needs no restoring.
        let _ = self.show_input();
    }
}

/// A terminal opened once more, non-blocking: the flag would be shared with whatever else has the one that was
/// inherited. That one if it cannot be opened, and any other input.
fn without_blocking(input: OwnedFd) -> OwnedFd {
    if !input.is_terminal() {
        return input;
    }
    let path = format!("/proc/self/fd/{}", input.as_raw_fd());
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    rustix::fs::open(path, flags, Mode::empty()).unwrap_or(input)
}

#[cfg(test)]
mod tests {
    use std::io::{PipeReader, PipeWriter, Write, pipe};

    use rustix::pty::{OpenptFlags, ioctl_tiocgptpeer, openpt, unlockpt};

    use super::*;

    fn piped() -> (PipeWriter, Console, PipeReader) {
        let (input, typed) = pipe().unwrap();
        let (shown, output) = pipe().unwrap();
        (typed, Console::over(input.into(), output.into()).unwrap(), shown)
    }

    fn on_terminal() -> (File, Console) {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
        let user = openpt(flags).unwrap();
        unlockpt(&user).unwrap();
        let terminal = ioctl_tiocgptpeer(&user, flags).unwrap();
        (user.into(), Console::over(terminal.try_clone().unwrap(), terminal).unwrap())
    }

    /// The next line, awaited as a program does; panics if none comes in time.
    fn line(console: &mut Console) -> Line {
        loop {
            if let Some(line) = console.next_line() {
                return line;
            }
            wait_readable(console.as_fd());
            console.read_ready().unwrap();
        }
    }

    fn wait_readable<'fd>(fd: impl Into<Option<BorrowedFd<'fd>>>) {
        let mut waiter = Waiter::new();
        let token = waiter.read(fd);
        assert!(waiter.wait(Some(Duration::from_secs(10))).unwrap().contains(token), "nothing came in time");
    }

    /// Checks what the screen shows next.
    fn shown(screen: &mut File, expected: &str) {
        let mut bytes = Vec::new();
        while bytes.len() < expected.len() {
            wait_readable(screen.as_fd());
            let mut chunk = vec![0; expected.len() - bytes.len()];
            let len = screen.read(&mut chunk).unwrap();
            bytes.extend_from_slice(&chunk[..len]);
        }
        assert_eq!(String::from_utf8(bytes).unwrap(), expected);
    }

    #[test]
    fn nothing_typed_is_no_line_and_does_not_wait() {
        let (_typed, mut console, _shown) = piped();
        assert_eq!(console.next_line(), None);
        assert!(console.as_fd().is_some());
    }

    #[test]
    fn lines_from_a_pipe() {
        let (mut typed, mut console, _shown) = piped();
        typed.write_all(b"  hello  \nyou\n").unwrap();
        assert_eq!(line(&mut console), Line::Text("  hello  ".into()));
        assert!(console.as_fd().is_none(), "a whole line waits to be taken first");
        assert_eq!(line(&mut console), Line::Text("you".into()));
        assert_eq!(console.next_line(), None);
    }

    #[test]
    fn the_end_of_input_stays_and_is_not_waited_on() {
        let (typed, mut console, _shown) = piped();
        drop(typed);
        assert_eq!(line(&mut console), Line::Eof);
        assert!(console.as_fd().is_none());
        console.read_ready().unwrap();
        assert_eq!(console.next_line(), Some(Line::Eof));
    }

    #[test]
    fn a_notice_on_a_pipe_has_no_control_sequence() {
        let (mut typed, mut console, mut screen) = piped();
        console.notice("welcome").unwrap();
        console.prompt("Selection: ").unwrap();
        console.notice("katie joined").unwrap();
        typed.write_all(b"3\n").unwrap();
        line(&mut console);
        console.notice("goodbye").unwrap();
        drop(console);
        let mut all = String::new();
        screen.read_to_string(&mut all).unwrap();
        assert_eq!(all, "welcome\nSelection: \nkatie joined\nSelection: goodbye\n");
    }

    #[test]
    fn a_notice_on_a_terminal_takes_the_line_of_the_prompt() {
        let (mut user, mut console) = on_terminal();
        console.prompt("YOU: ").unwrap();
        console.notice("katie joined").unwrap();
        shown(&mut user, "YOU: \r\x1b[Kkatie joined\r\nYOU: ");
        user.write_all(b"hello\n").unwrap();
        assert_eq!(line(&mut console), Line::Text("hello".into()));
        console.notice("sent").unwrap();
        shown(&mut user, "hello\r\nsent\r\n");
    }

    #[test]
    fn a_line_that_a_notice_has_put_out_of_sight_can_be_shown_again() {
        let (mut user, mut console) = on_terminal();
        console.prompt("YOU: ").unwrap();
        shown(&mut user, "YOU: ");
        user.write_all(b"half").unwrap();
        shown(&mut user, "half");
        console.notice("katie joined").unwrap();
        shown(&mut user, "\r\x1b[Kkatie joined\r\nYOU: ");
        user.write_all(b"\x12").unwrap();
        shown(&mut user, "^R\r\nhalf");
        user.write_all(b" a line\n").unwrap();
        assert_eq!(line(&mut console), Line::Text("half a line".into()));
    }

    #[test]
    fn a_withdrawn_prompt_is_not_written_again() {
        let (mut user, mut console) = on_terminal();
        console.prompt("YOU: ").unwrap();
        console.withdraw().unwrap();
        console.withdraw().unwrap();
        console.notice("lost").unwrap();
        shown(&mut user, "YOU: \r\x1b[Klost\r\n");
    }

    #[test]
    fn half_an_answer_to_a_withdrawn_prompt_is_no_answer_to_the_next() {
        let (mut user, mut console) = on_terminal();
        console.prompt("YOU: ").unwrap();
        shown(&mut user, "YOU: ");
        user.write_all(b"half").unwrap();
        shown(&mut user, "half");
        console.withdraw().unwrap();
        console.prompt("Selection: ").unwrap();
        shown(&mut user, &format!("\r\x1b[K\r\x1b[K{DROPPED}\r\nSelection: "));
        user.write_all(b"3\n").unwrap();
        assert_eq!(line(&mut console), Line::Text("3".into()));
    }

    #[test]
    fn all_that_was_typed_ahead_on_a_terminal_is_dropped_and_the_user_told() {
        let (mut user, mut console) = on_terminal();
        user.write_all(b"one\ntwo\nthr").unwrap();
        shown(&mut user, "one\r\ntwo\r\nthr");
        assert_eq!(line(&mut console), Line::Text("one".into()));
        console.drop_typed_ahead().unwrap();
        shown(&mut user, &format!("\r\x1b[K{DROPPED}\r\n"));
        user.write_all(b"four\n").unwrap();
        assert_eq!(line(&mut console), Line::Text("four".into()));
        // The queue is empty now, so nothing is reported.
        console.drop_typed_ahead().unwrap();
        console.notice("next").unwrap();
        shown(&mut user, "four\r\nnext\r\n");
    }

    #[test]
    fn an_end_of_input_is_forgotten_with_the_type_ahead() {
        let (mut user, mut console) = on_terminal();
        user.write_all(b"\x04").unwrap();
        assert_eq!(line(&mut console), Line::Eof);
        console.drop_typed_ahead().unwrap();
        user.write_all(b"again\n").unwrap();
        assert_eq!(line(&mut console), Line::Text("again".into()));
    }

    #[test]
    fn from_a_pipe_nothing_is_dropped_and_what_is_left_is_known() {
        let (mut typed, mut console, _shown) = piped();
        typed.write_all(b"one\ntwo\n").unwrap();
        assert_eq!(line(&mut console), Line::Text("one".into()));
        console.drop_typed_ahead().unwrap();
        assert!(console.has_untaken().unwrap());
        assert_eq!(line(&mut console), Line::Text("two".into()));
        assert!(!console.has_untaken().unwrap() && !console.is_at_end(), "more may come");
        drop(typed);
        assert!(!console.has_untaken().unwrap() && console.is_at_end());
    }

    #[test]
    fn input_without_an_end_is_not_read_to_its_end() {
        let (_shown, output) = pipe().unwrap();
        let endless = File::open("/dev/zero").unwrap();
        let mut console = Console::over(endless.into(), output.into()).unwrap();
        assert!(console.has_untaken().unwrap());
    }

    #[test]
    fn a_notice_without_a_reader_fails() {
        let (_typed, mut console, shown) = piped();
        console.notice("seen").unwrap();
        drop(shown);
        assert_eq!(console.notice("unseen"), Err(OutputGone));
    }

    #[test]
    fn end_of_input_on_a_terminal_ends_the_line_of_the_prompt() {
        let (mut user, mut console) = on_terminal();
        console.prompt("Selection: ").unwrap();
        user.write_all(b"\x04").unwrap();
        assert_eq!(line(&mut console), Line::Eof);
        console.notice("goodbye").unwrap();
        shown(&mut user, "Selection: \r\ngoodbye\r\n");
    }

    #[test]
    fn a_password_is_not_shown_and_echo_comes_back() {
        let (mut user, mut console) = on_terminal();
        console.prompt("password: ").unwrap();
        console.hide_input().unwrap();
        shown(&mut user, "password: ");
        user.write_all(b"secret\n").unwrap();
        assert_eq!(line(&mut console), Line::Text("secret".into()));
        console.show_input().unwrap();
        user.write_all(b"seen\n").unwrap();
        assert_eq!(line(&mut console), Line::Text("seen".into()));
        shown(&mut user, "\r\nseen\r\n");
    }

    #[test]
    fn a_pipe_has_no_echo_to_turn_off() {
        let (_typed, mut console, _shown) = piped();
        console.hide_input().unwrap();
        assert!(console.held_signals().is_none() && console.resumption().is_none());
    }
}
