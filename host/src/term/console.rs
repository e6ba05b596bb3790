//! Non-blocking console over a terminal or pipes.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::fs::{Mode, OFlags};

use super::editor::{Editor, Typed};
use super::lines::{Line, Lines};
use super::output::{Output, OutputGone};
use super::terminal::{Modes, can_be_drawn_on, drop_queue, hide_input, is_dumb, is_in_foreground, pass_keys};
use crate::wait::Waiter;
use p2pm_posix::signals::{HeldSignals, Resizing, Signals};

/// Notice shown when type-ahead is dropped.
const DROPPED: &str = "what you had typed is dropped";

/// Asks the terminal to mark what is pasted, and no longer to (xterm's bracketed paste).
const MARK_PASTE: &str = "\x1b[?2004h";
const MARK_NO_PASTE: &str = "\x1b[?2004l";

/// The user's input and output: lines are read as they become readable, prompts and notices are written.
/// Neither blocks the program.
///
/// On a terminal that can be drawn on, what is half typed stays in the last row, below all that is shown. On others, and from
/// pipes, lines come whole.
///
/// Only the console's own characters move the cursor. Text from a peer must pass
/// [`sanitise`](p2pm_core::wire::sanitise) first.
#[derive(Debug)]
pub struct Console {
    input: File,
    lines: Lines,
    output: Output,
    drawn: Option<Drawn>,
    /// The terminal's modes, while it is drawn on or its echo is off.
    modes: Option<Modes>,
    /// SIGCONT, caught if the input is a terminal: a shell has continued the program.
    resumption: Option<Signals>,
    /// Whether the shell has used the terminal since the prompt was shown.
    is_prompt_buried: bool,
}

/// What a terminal has that is drawn on.
#[derive(Debug)]
struct Drawn {
    editor: Editor,
    resizing: Resizing,
}

impl Console {
    /// A console over standard input and output. On a terminal that can be drawn on, it is to be made before the program starts
    /// a thread: see [`Resizing::hold`].
    pub fn new() -> io::Result<Self> {
        let resizing = if can_be_drawn_on() { Some(Resizing::hold()?) } else { None };
        let input = io::stdin().as_fd().try_clone_to_owned()?;
        let output = io::stdout().as_fd().try_clone_to_owned()?;
        let console = Self::over(input, output)?;
        if is_dumb() {
            console.output.only_append();
        }
        match resizing {
            Some(resizing) => console.drawing(resizing),
            None => Ok(console),
        }
    }

    /// A console over any pair of files, for whole lines.
    pub fn over(input: OwnedFd, output: OwnedFd) -> io::Result<Self> {
        let resumption = if input.is_terminal() { Some(Signals::of_resumption()?) } else { None };
        Ok(Self {
            input: without_blocking(input).into(),
            lines: Lines::default(),
            output: Output::new(output)?,
            drawn: None,
            modes: None,
            resumption,
            is_prompt_buried: false,
        })
    }

    /// The same over a terminal that can be drawn on.
    fn drawing(mut self, resizing: Resizing) -> io::Result<Self> {
        self.drawn = Some(Drawn { editor: Editor::new(), resizing });
        self.modes = Some(Modes::to_be(pass_keys)?);
        // In the background, once the job is in the foreground.
        self.is_prompt_buried = self.is_in_background();
        if !self.is_prompt_buried {
            self.take_modes()?;
        }
        Ok(self)
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
        let has_room = self.drawn.as_ref().is_none_or(|drawn| drawn.editor.want_more());
        (has_room && self.lines.want_more() && !self.is_in_background()).then(|| self.input.as_fd())
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
            Ok(len) => match &mut self.drawn {
                Some(drawn) => drawn.editor.extend(&chunk[..len]),
                None => self.lines.extend(&chunk[..len]),
            },
            Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            Err(e) => return Err(e),
        }
        Ok(())
    }

    /// The next whole line, if one has been read. It answers the prompt.
    pub fn next_line(&mut self) -> Option<Line> {
        if self.lines.want_more() {
            self.edit();
        }
        let line = self.lines.next()?;
        // At the end of the input no Enter has moved the cursor.
        self.output.end_prompt(line == Line::Eof);
        Some(line)
    }

    /// Does what was typed on a terminal that is drawn on, up to the end of a line, and shows it.
    fn edit(&mut self) {
        let Some(Drawn { editor, .. }) = &mut self.drawn else { return };
        let columns = self.output.columns();
        while let Some(typed) = editor.next() {
            match typed {
                Typed::Redraw => self.output.redraw(),
                Typed::End => return self.lines.finish(),
                Typed::Line(line) => {
                    self.output.answer(editor.prompt(columns), &editor.shown(&line));
                    editor.ask(String::new());
                    self.lines.extend(&[&line[..], b"\n"].concat());
                    return;
                }
            }
        }
        self.draw();
    }

    /// Shows what is half typed, on a terminal that is drawn on.
    fn draw(&self) {
        if let Some(Drawn { editor, .. }) = &self.drawn {
            let columns = self.output.columns();
            self.output.draw(editor.prompt(columns), editor.row(columns));
        }
    }

    /// Shows a prompt, and leaves the cursor behind it. It replaces a pending one.
    pub fn prompt(&mut self, question: impl Display) -> Result<(), OutputGone> {
        match &mut self.drawn {
            Some(Drawn { editor, .. }) => {
                editor.ask(question.to_string());
                self.output.prompt(editor.prompt(self.output.columns()));
                self.draw();
            }
            None => self.output.prompt(question),
        }
        self.expect_output()
    }

    /// Removes a pending prompt, and drops what was typed of its answer, which must not answer the next
    /// prompt.
    pub fn withdraw(&mut self) -> Result<(), OutputGone> {
        self.end_question();
        if self.output.clear_prompt() {
            return self.drop_typed_ahead();
        }
        self.draw();
        self.expect_output()
    }

    fn end_question(&mut self) {
        if let Some(drawn) = &mut self.drawn {
            drawn.editor.ask(String::new());
        }
    }

    /// Drops type-ahead that is going out of sight, because a line is to be shown. Where that stays in view, nothing.
    pub fn drop_unseen(&mut self) -> Result<(), OutputGone> {
        if self.drawn.is_some() { self.expect_output() } else { self.drop_typed_ahead() }
    }

    /// Drops type-ahead on a terminal, the end of input included, and says so: it was meant for another peer
    /// or prompt. From a pipe nothing is dropped: its lines wait until they are asked for.
    pub fn drop_typed_ahead(&mut self) -> Result<(), OutputGone> {
        if !self.is_interactive() {
            return Ok(());
        }
        let was_edited = self.drawn.as_mut().is_some_and(|drawn| drawn.editor.drop_typed());
        let was_read = !std::mem::take(&mut self.lines).is_empty() || was_edited;
        // What is typed while another job has the terminal belongs to that job.
        let was_queued = !self.is_in_background() && self.drop_queued();
        if was_read || was_queued {
            self.end_question();
            self.output.line_over(DROPPED);
        }
        self.expect_output()
    }

    /// Drops what the terminal has queued; true if there was any.
    fn drop_queued(&self) -> bool {
        // While the terminal's modes are changed, nothing may stop or end the program.
        let _held = if self.modes.is_none() { HeldSignals::hold().ok() } else { None };
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

    /// Hides what is typed on a terminal, except for the end of the line, until [`show_input`](Self::show_input) or
    /// drop: for a password.
    pub fn hide_input(&mut self) -> io::Result<()> {
        if let Some(drawn) = &mut self.drawn {
            drawn.editor.hide(true);
        } else if self.modes.is_none() && self.is_interactive() {
            let mut modes = Modes::to_be(hide_input)?;
            modes.take(&self.input)?;
            self.modes = Some(modes);
        }
        Ok(())
    }

    /// Shows what is typed, as before [`hide_input`](Self::hide_input).
    pub fn show_input(&mut self) -> io::Result<()> {
        match &mut self.drawn {
            Some(drawn) => drawn.editor.hide(false),
            None => self.give_back()?,
        }
        Ok(())
    }

    /// Changes the terminal's modes, if they are to be changed.
    fn take_modes(&mut self) -> io::Result<()> {
        if let Some(modes) = &mut self.modes {
            modes.take(&self.input)?;
        }
        if self.drawn.is_some() {
            self.output.control(MARK_PASTE);
        }
        Ok(())
    }

    fn unmark_paste(&self) {
        if self.drawn.is_some() && !self.is_in_background() {
            self.output.control(MARK_NO_PASTE);
        }
    }

    /// Restores the terminal's modes. Signals are not held any more.
    fn give_back(&mut self) -> io::Result<()> {
        self.modes.take().map_or(Ok(()), |mut modes| modes.give_back(&self.input))
    }

    /// Readable when [`take_held_signals`](Self::take_held_signals) has something to do; `None` while the terminal's modes
    /// are as they were.
    pub fn held_signals(&self) -> Option<BorrowedFd<'_>> {
        self.modes.as_ref().map(Modes::as_fd)
    }

    /// Lets pending signals of job control take effect, with the terminal's modes restored. If the program
    /// continues, [`resume`](Self::resume) changes them again, and shows the prompt.
    pub fn take_held_signals(&mut self) -> io::Result<()> {
        if let Some(drawn) = &mut self.drawn {
            drawn.editor.clear_hidden();
        }
        self.unmark_paste();
        // The program may be stopped before the thread that writes has done so.
        self.output.flush();
        let Some(modes) = &mut self.modes else { return Ok(()) };
        modes.give_back(&self.input)?;
        modes.let_signals_through()?;
        self.is_prompt_buried = true;
        Ok(())
    }

    /// Adds what [`resume`](Self::resume) has something to do for to what `waiter` waits for.
    pub fn wait_for_terminal<'fd>(&'fd self, waiter: &mut Waiter<'fd>) {
        waiter.read(self.resumption.as_ref().map(Signals::as_fd));
        waiter.read(self.drawn.as_ref().map(|drawn| drawn.resizing.as_fd()));
    }

    /// Shows the prompt again after a shell has continued the program, once its job is in the foreground, and what is half
    /// typed as wide as the terminal is now.
    pub fn resume(&mut self) -> io::Result<()> {
        let has_resumed = self.resumption.as_ref().is_some_and(Signals::take);
        let is_resized = self.drawn.as_ref().is_some_and(|drawn| drawn.resizing.take());
        self.is_prompt_buried |= has_resumed;
        if self.is_in_background() {
            return Ok(());
        }
        if std::mem::take(&mut self.is_prompt_buried) {
            self.take_modes()?;
            self.output.repeat_prompt();
        }
        if is_resized {
            self.draw();
            self.output.redraw();
        }
        Ok(())
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        if self.drawn.is_some() {
            self.output.end_prompt(true);
        }
        self.unmark_paste();
        // A terminal that is gone needs no restoring.
        let _ = self.give_back();
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
mod tests;
