//! A terminal, or a pipe in its place, that a program can ask without waiting for the answer.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::termios::{LocalModes, OptionalActions, QueueSelector, Termios, tcflush, tcgetattr, tcsetattr};

use super::lines::{Line, Lines};
use p2pm_posix::signals::HeldSignals;

/// Clears the line the cursor is in (ECMA-48: CR, then EL).
const CLEAR_LINE: &str = "\r\x1b[K";

/// The user: lines come in as they become readable, prompts and notices go out.
///
/// Only the console's own characters move the cursor. What comes from a peer must go through
/// [`sanitise`](p2pm_core::wire::sanitise) first.
#[derive(Debug)]
pub struct Console {
    input: File,
    lines: Lines,
    output: File,
    on_terminal: bool,
    /// The question that waits for an answer at the end of the output; empty if there is none.
    prompt: String,
    /// While the terminal does not show what is typed.
    hiding: Option<Hiding>,
}

/// What a terminal needs whose echo is off.
#[derive(Debug)]
struct Hiding {
    /// How it was before.
    before: Termios,
    /// What would stop or end the program and leave the terminal without echo to the shell, or let the program go on
    /// with a terminal to which the shell has given its echo back.
    signals: HeldSignals,
}

impl Console {
    /// The program's standard input and output.
    pub fn new() -> io::Result<Self> {
        let input = io::stdin().as_fd().try_clone_to_owned()?;
        let output = io::stdout().as_fd().try_clone_to_owned()?;
        Ok(Self::over(input, output))
    }

    /// Any pair of files.
    pub fn over(input: OwnedFd, output: OwnedFd) -> Self {
        let on_terminal = output.is_terminal();
        let (input, output) = (input.into(), output.into());
        Self { input, lines: Lines::default(), output, on_terminal, prompt: String::new(), hiding: None }
    }

    /// Whether a person types: input is a terminal.
    pub fn is_interactive(&self) -> bool {
        self.input.is_terminal()
    }

    /// What to wait on before [`read_ready`](Self::read_ready): nothing at the end of input, nor while a
    /// whole line waits to be taken.
    pub fn as_fd(&self) -> Option<BorrowedFd<'_>> {
        self.lines.want_more().then(|| self.input.as_fd())
    }

    /// Takes in what is there. It does not wait if `poll(2)` found [`as_fd`](Self::as_fd) readable.
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

    /// The next whole line, if it has been read. It answers the prompt.
    pub fn next_line(&mut self) -> Option<Line> {
        let line = self.lines.next()?;
        let prompt = std::mem::take(&mut self.prompt);
        if line == Line::Eof && !prompt.is_empty() {
            // Nobody pressed Enter. Should the output be gone, the next write says so.
            let _ = self.output.write_all(b"\n");
        }
        Some(line)
    }

    /// Asks, and leaves the cursor behind the question. A prompt that still waits is replaced.
    pub fn prompt(&mut self, question: impl Display) -> io::Result<()> {
        self.clear_prompt()?;
        self.prompt = question.to_string();
        self.output.write_all(self.prompt.as_bytes())
    }

    /// Takes back a prompt that needs no answer any more. What was typed of it on a terminal is forgotten: it
    /// was not meant for the next question.
    pub fn withdraw(&mut self) -> io::Result<()> {
        if !self.prompt.is_empty() && self.is_interactive() {
            tcflush(&self.input, QueueSelector::IFlush)?;
        }
        self.clear_prompt()
    }

    fn clear_prompt(&mut self) -> io::Result<()> {
        let prompt = std::mem::take(&mut self.prompt);
        self.output.write_all(self.leave(&prompt).as_bytes())
    }

    /// Shows `text` on a line of its own. A prompt that waits is written again below it.
    pub fn notice(&mut self, text: impl Display) -> io::Result<()> {
        let whole = format!("{}{text}\n{}", self.leave(&self.prompt), self.prompt);
        self.output.write_all(whole.as_bytes())
    }

    /// Has a terminal not show what is typed, save the end of the line, until [`show_input`](Self::show_input) or
    /// the end of the console: for a password.
    pub fn hide_input(&mut self) -> io::Result<()> {
        if self.hiding.is_some() || !self.input.is_terminal() {
            return Ok(());
        }
        let signals = HeldSignals::hold()?;
        let before = tcgetattr(&self.input)?;
        tcsetattr(&self.input, OptionalActions::Now, &without_echo(&before))?;
        self.hiding = Some(Hiding { before, signals });
        Ok(())
    }

    /// Has the terminal be again as it was before [`hide_input`](Self::hide_input).
    pub fn show_input(&mut self) -> io::Result<()> {
        if let Some(Hiding { before, .. }) = self.hiding.take() {
            tcsetattr(&self.input, OptionalActions::Now, &before)?;
        }
        Ok(())
    }

    /// Readable when [`take_signals`](Self::take_signals) has something to do; `None` while input is shown.
    pub fn signals(&self) -> Option<BorrowedFd<'_>> {
        self.hiding.as_ref().map(|hiding| hiding.signals.as_fd())
    }

    /// Lets the signals of job control that were held back do what they do, with the terminal as it was. If the
    /// program goes on, input is hidden and the prompt is written again.
    pub fn take_signals(&mut self) -> io::Result<()> {
        let Some(Hiding { before, signals }) = &self.hiding else { return Ok(()) };
        tcsetattr(&self.input, OptionalActions::Now, before)?;
        signals.let_through()?;
        tcsetattr(&self.input, OptionalActions::Now, &without_echo(before))?;
        let again = format!("{}{}", self.leave(&self.prompt), self.prompt);
        self.output.write_all(again.as_bytes())
    }

    /// What brings the cursor from behind `prompt` to the start of an empty line.
    fn leave(&self, prompt: &str) -> &'static str {
        match (prompt.is_empty(), self.on_terminal) {
            (true, _) => "",
            (false, true) => CLEAR_LINE,
            (false, false) => "\n",
        }
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        // A terminal that is gone needs no restoring.
        let _ = self.show_input();
    }
}

fn without_echo(modes: &Termios) -> Termios {
    let mut hidden = modes.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    hidden.local_modes.insert(LocalModes::ECHONL);
    hidden
}

#[cfg(test)]
mod tests {
    use std::io::{PipeReader, PipeWriter, pipe};
    use std::time::Duration;

    use rustix::pty::{OpenptFlags, ioctl_tiocgptpeer, openpt, unlockpt};

    use super::*;
    use crate::triad::wait::Waiter;

    fn piped() -> (PipeWriter, Console, PipeReader) {
        let (input, typed) = pipe().unwrap();
        let (shown, output) = pipe().unwrap();
        (typed, Console::over(input.into(), output.into()), shown)
    }

    fn on_terminal() -> (File, Console) {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
        let user = openpt(flags).unwrap();
        unlockpt(&user).unwrap();
        let terminal = ioctl_tiocgptpeer(&user, flags).unwrap();
        (user.into(), Console::over(terminal.try_clone().unwrap(), terminal))
    }

    /// The next line, waiting for it as a program does; panics if none comes in time.
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

    /// Checks what is shown next.
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
        user.write_all(b"half").unwrap();
        shown(&mut user, "YOU: half");
        console.withdraw().unwrap();
        console.prompt("Selection: ").unwrap();
        shown(&mut user, "\r\x1b[KSelection: ");
        user.write_all(b"3\n").unwrap();
        assert_eq!(line(&mut console), Line::Text("3".into()));
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
        user.write_all(b"secret\n").unwrap();
        assert_eq!(line(&mut console), Line::Text("secret".into()));
        console.show_input().unwrap();
        user.write_all(b"seen\n").unwrap();
        assert_eq!(line(&mut console), Line::Text("seen".into()));
        shown(&mut user, "password: \r\nseen\r\n");
    }

    #[test]
    fn a_pipe_has_no_echo_to_turn_off() {
        let (_typed, mut console, _shown) = piped();
        console.hide_input().unwrap();
        assert!(console.signals().is_none());
    }
}
