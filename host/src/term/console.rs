//! A terminal, or a pipe in its place, that a program can ask without waiting for the answer.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::termios::Termios;

use super::lines::{Line, Lines};
use super::output::{Output, OutputGone};
use super::terminal::{drop_queue, hide_input, is_in_foreground, restore};
use crate::triad::wait::Waiter;
use p2pm_posix::signals::{HeldSignals, Signals};

/// Said when what was typed ahead is dropped.
const DROPPED: &str = "what you had typed is dropped";

/// The user: lines come in as they become readable, prompts and notices go out. Neither keeps the program waiting.
///
/// Only the console's own characters move the cursor. What comes from a peer must go through
/// [`sanitise`](p2pm_core::wire::sanitise) first.
#[derive(Debug)]
pub struct Console {
    input: File,
    lines: Lines,
    output: Output,
    /// While the terminal does not show what is typed.
    hiding: Option<Hiding>,
    /// Tells, on a terminal, that a shell has let the program go on.
    resumption: Option<Signals>,
    /// Whether the shell has used the terminal since the prompt was written.
    is_prompt_buried: bool,
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
        Self::over(input, output)
    }

    /// Any pair of files.
    pub fn over(input: OwnedFd, output: OwnedFd) -> io::Result<Self> {
        let resumption = if input.is_terminal() { Some(Signals::of_resumption()?) } else { None };
        Ok(Self {
            input: input.into(),
            lines: Lines::default(),
            output: Output::new(output)?,
            hiding: None,
            resumption,
            is_prompt_buried: false,
        })
    }

    /// Whether a person types: input is a terminal.
    pub fn is_interactive(&self) -> bool {
        self.input.is_terminal()
    }

    /// Whether somebody else is being typed to: input is a terminal, and another job has it.
    pub fn is_in_background(&self) -> bool {
        self.is_interactive() && !is_in_foreground(&self.input)
    }

    /// Whether the input has ended, and every line of it is taken.
    pub fn is_at_end(&self) -> bool {
        self.lines.is_at_end()
    }

    /// Whether there is more input than was taken, as far as can be said without waiting; never on a terminal.
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

    /// What to wait on before [`read_ready`](Self::read_ready): nothing at the end of input, nor while a
    /// whole line waits to be taken, nor in the background.
    pub fn as_fd(&self) -> Option<BorrowedFd<'_>> {
        (self.lines.want_more() && !self.is_in_background()).then(|| self.input.as_fd())
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
        // Nobody pressed Enter at the end of the input.
        self.output.end_prompt(line == Line::Eof);
        Some(line)
    }

    /// Asks, and leaves the cursor behind the question. A prompt that still waits is replaced.
    pub fn prompt(&mut self, question: impl Display) -> Result<(), OutputGone> {
        self.output.prompt(question);
        self.expect_output()
    }

    /// Takes back a prompt that needs no answer any more, if there is one, and drops what was typed of the answer:
    /// it was not meant for the next question.
    pub fn withdraw(&mut self) -> Result<(), OutputGone> {
        if self.output.clear_prompt() { self.drop_typed_ahead() } else { self.expect_output() }
    }

    /// Drops what was typed on a terminal so far, the end of input included, and says so: it was meant for whoever
    /// was there then. From a pipe, nothing is dropped: its lines wait until they are asked for.
    pub fn drop_typed_ahead(&mut self) -> Result<(), OutputGone> {
        if !self.is_interactive() {
            return Ok(());
        }
        let was_read = !std::mem::take(&mut self.lines).is_empty();
        // What is typed while another job has the terminal is for that one.
        let was_queued = !self.is_in_background() && self.drop_queued();
        if was_read || was_queued {
            self.output.line_over(DROPPED);
        }
        self.expect_output()
    }

    /// Drops what the terminal holds: whether there was any.
    fn drop_queued(&self) -> bool {
        // While the terminal works otherwise, nothing may stop or end the program and leave it so to the shell.
        let _held = if self.hiding.is_none() { HeldSignals::hold().ok() } else { None };
        // On a terminal that is gone nothing is typed.
        drop_queue(&self.input).unwrap_or(false)
    }

    /// See [`Output::wait_for_room`].
    pub fn wait_for_room(&self) {
        self.output.wait_for_room();
    }

    /// Shows `text` on a line of its own. A prompt that waits is written again below it.
    pub fn notice(&mut self, text: impl Display) -> Result<(), OutputGone> {
        self.output.line(text);
        self.expect_output()
    }

    /// Whether nobody can see what is shown from now on.
    pub fn is_output_gone(&self) -> bool {
        self.output.is_gone()
    }

    /// Wakes when the output is gone.
    pub fn wait_for_output_end<'fd>(&'fd self, waiter: &mut Waiter<'fd>) {
        self.output.wait_for_end(waiter);
    }

    /// An error if nobody can see it.
    pub fn expect_output(&self) -> Result<(), OutputGone> {
        if self.output.is_gone() { Err(OutputGone) } else { Ok(()) }
    }

    /// Has a terminal not show what is typed, save the end of the line, until [`show_input`](Self::show_input) or
    /// the end of the console: for a password.
    pub fn hide_input(&mut self) -> io::Result<()> {
        if self.hiding.is_none() && self.is_interactive() {
            let signals = HeldSignals::hold()?;
            self.hiding = Some(Hiding { before: hide_input(&self.input)?, signals });
        }
        Ok(())
    }

    /// Has the terminal be again as it was before [`hide_input`](Self::hide_input).
    pub fn show_input(&mut self) -> io::Result<()> {
        if let Some(Hiding { before, .. }) = self.hiding.take() {
            restore(&self.input, &before)?;
        }
        Ok(())
    }

    /// Readable when [`take_held_signals`](Self::take_held_signals) has something to do; `None` while input is shown.
    pub fn held_signals(&self) -> Option<BorrowedFd<'_>> {
        self.hiding.as_ref().map(|hiding| hiding.signals.as_fd())
    }

    /// Lets the signals of job control that were held back do what they do, with the terminal as it was. If the
    /// program goes on, input is hidden and the prompt is written again.
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

    /// Writes the prompt again if a shell has let the program go on, as soon as the terminal is ours again.
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
        // Nothing is there any more, and so nothing is said.
        console.drop_typed_ahead().unwrap();
        console.notice("next").unwrap();
        shown(&mut user, "four\r\nnext\r\n");
    }

    #[test]
    fn an_end_of_input_is_for_whoever_was_there_too() {
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
    fn without_anybody_to_see_it_a_notice_fails() {
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
