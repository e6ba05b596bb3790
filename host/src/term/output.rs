//! Non-blocking output, with a thread that writes.

use std::fmt::{self, Display, Write as _};
use std::fs::File;
use std::io::{self, IsTerminal, PipeReader, pipe};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustix::termios::tcgetwinsize;

use super::queue::{Queue, State};
use crate::wait::Waiter;
use p2pm_posix::signals::leave_job_control_to_others;

/// Time limit for the last lines.
const PATIENCE: Duration = Duration::from_secs(1);
/// Columns of a terminal that does not tell.
const COLUMNS: usize = 80;

/// Lines, with at most one prompt below them, on an output that may block or break.
///
/// A thread writes them. Lines that the output does not take in time are dropped, and their number is shown
/// instead.
#[derive(Debug)]
pub struct Output {
    queue: Arc<Queue>,
    file: File,
    /// Reaches its end once nothing more will be written.
    writing: PipeReader,
}

/// Error: the output has no reader any more, or has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutputGone;

impl Display for OutputGone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nobody reads the output any more")
    }
}

impl std::error::Error for OutputGone {}

impl Output {
    /// Writes to `file` until it is dropped.
    pub fn new(file: impl Into<OwnedFd>) -> io::Result<Self> {
        Self::gathering(file, Duration::ZERO)
    }

    /// Like [`new`](Self::new), but writes at most once per `interval`, so that a burst of lines does not
    /// cause a wake-up per line.
    pub fn gathering(file: impl Into<OwnedFd>, interval: Duration) -> io::Result<Self> {
        let file = File::from(file.into());
        let queue = Arc::new(Queue::new(file.is_terminal()));
        let (writing, written) = pipe()?;
        let (tray, output) = (Arc::clone(&queue), file.try_clone()?);
        thread::Builder::new().name("output".into()).spawn(move || {
            // Fails only for an invalid set of signals.
            let _ = leave_job_control_to_others();
            // Dropped however the thread ends, which `writing` reports.
            let _written = written;
            // `is_gone` reports a failure.
            let _ = tray.write_all(output, interval);
        })?;
        Ok(Self { queue, file, writing })
    }

    /// Erases nothing from now on: a terminal may have nothing but lines.
    pub(super) fn only_append(&self) {
        self.queue.lock().can_erase = false;
    }

    /// Shows `text` on a line of its own. A pending prompt is printed again below it.
    pub fn line(&self, text: impl Display) {
        self.queue.put(|state| {
            state.leave_prompt();
            // Writing to a string does not fail.
            let _ = writeln!(state.text, "{text}");
            state.show_prompt();
        });
    }

    /// Blocks until there is room for a line, up to a second; while the output is stopped, only once.
    pub fn wait_for_room(&self) {
        self.queue.wait_for_room();
    }

    /// Shows `text` in place of the prompt and of what has been typed.
    pub fn line_over(&self, text: impl Display) {
        self.queue.put(|state| {
            state.clear_line();
            state.prompt.clear();
            state.typed.clear();
            let _ = writeln!(state.text, "{text}");
        });
    }

    /// Shows a prompt, and leaves the cursor behind it. It replaces a pending one.
    pub fn prompt(&self, question: impl Display) {
        self.queue.replace_prompt(question.to_string());
    }

    /// Removes the prompt; true if there was one.
    pub fn clear_prompt(&self) -> bool {
        self.queue.replace_prompt(String::new())
    }

    /// Prints the pending prompt again, on a new line: another program has used the terminal.
    pub fn repeat_prompt(&self) {
        self.queue.put(|state| {
            state.leave_prompt();
            state.show_prompt();
        });
    }

    /// Shows the prompt and, behind its last line, what is typed, unless that is shown already.
    pub(super) fn draw(&self, prompt: String, typed: String) {
        self.queue.draw(prompt, typed);
    }

    /// Shows the row with the end of the prompt and with what is typed again: it may not be there any more.
    pub(super) fn redraw(&self) {
        self.queue.put(State::draw_row);
    }

    /// Shows the line that was typed, which answers the prompt.
    pub(super) fn answer(&self, prompt: String, line: &str) {
        self.queue.draw(prompt, line.to_owned());
        self.queue.push("\n");
        self.queue.end_prompt(false);
    }

    /// Sends the terminal a control sequence that shows nothing.
    pub(super) fn control(&self, sequence: &str) {
        self.queue.push(sequence);
    }

    /// Waits until all is written, with a time limit.
    pub(super) fn flush(&self) {
        self.queue.flush();
    }

    /// Columns of the terminal.
    pub(super) fn columns(&self) -> usize {
        let columns = tcgetwinsize(&self.file).map_or(0, |size| usize::from(size.ws_col));
        if columns == 0 { COLUMNS } else { columns }
    }

    /// Records that the prompt is answered. If `is_open`, the cursor is still in its line.
    pub fn end_prompt(&self, is_open: bool) {
        self.queue.end_prompt(is_open);
    }

    /// Whether the output has no reader any more.
    pub fn is_gone(&self) -> bool {
        let mut waiter = Waiter::new();
        self.wait_for_end(&mut waiter);
        !waiter.wait(Some(Duration::ZERO)).is_ok_and(|ready| ready.is_empty())
    }

    /// Adds the loss of the output to what `waiter` waits for.
    pub fn wait_for_end<'fd>(&'fd self, waiter: &mut Waiter<'fd>) {
        waiter.read(self.writing.as_fd());
        waiter.hang_up(self.file.as_fd());
    }
}

impl Drop for Output {
    /// Waits for the last lines, with a time limit.
    fn drop(&mut self) {
        self.queue.close();
        let mut waiter = Waiter::new();
        waiter.read(self.writing.as_fd());
        let _ = waiter.wait(Some(PATIENCE));
    }
}

/// Prints a line to standard error, if that is possible.
pub fn report(line: impl Display) {
    // Without a thread nothing can be reported either.
    if let Ok(output) = io::stderr().as_fd().try_clone_to_owned().and_then(Output::new) {
        output.line(line);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::super::queue::BACKLOG;
    use super::*;

    const LINE: &str = "a line that says nothing";

    fn flood(output: &Output) {
        for _ in 0..10 * BACKLOG / LINE.len() {
            output.line(LINE);
        }
    }

    #[test]
    fn every_line_is_written_before_the_output_is_gone() {
        let (mut reader, writer) = pipe().unwrap();
        let output = Output::new(writer).unwrap();
        output.line("one");
        output.line("two");
        drop(output);
        let mut all = String::new();
        reader.read_to_string(&mut all).unwrap();
        assert_eq!(all, "one\ntwo\n");
    }

    #[test]
    fn an_output_that_blocks_drops_lines_and_counts_them() {
        let (mut reader, writer) = pipe().unwrap();
        let output = Output::new(writer).unwrap();
        flood(&output);
        output.prompt("YOU: ");
        assert!(output.queue.lock().text.len() < BACKLOG + 100);
        // Once it is read again it continues, and reports the dropped lines without a further line.
        let mut all = Vec::new();
        while !all.ends_with(b"YOU: ") {
            let mut chunk = [0; 4096];
            let len = reader.read(&mut chunk).unwrap();
            all.extend_from_slice(&chunk[..len]);
        }
        let all = String::from_utf8(all).unwrap();
        let shown = all.lines().filter(|line| *line == LINE).count();
        let dropped =
            all.lines().filter_map(|line| line.strip_prefix('(')?.strip_suffix(" lines not shown)"));
        let dropped: usize = dropped.map(|number| number.parse::<usize>().unwrap()).sum();
        assert!(dropped > 0);
        assert_eq!(shown + dropped, 10 * BACKLOG / LINE.len());
        assert!(!output.is_gone());
    }

    #[test]
    fn an_output_without_a_reader_is_gone_at_once_without_an_error() {
        let (reader, writer) = pipe().unwrap();
        let output = Output::new(writer).unwrap();
        assert!(!output.is_gone());
        drop(reader);
        assert!(output.is_gone());
        flood(&output);
        assert!(output.is_gone());
    }

    #[test]
    fn an_output_that_fails_is_gone() {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = Output::new(full).unwrap();
        assert!(!output.is_gone());
        output.line(LINE);
        let mut waiter = Waiter::new();
        output.wait_for_end(&mut waiter);
        assert!(!waiter.wait(Some(Duration::from_secs(10))).unwrap().is_empty());
        assert!(output.is_gone());
    }

    #[test]
    fn an_output_that_does_not_block_is_waited_for() {
        let (mut reader, writer) = pipe().unwrap();
        rustix::io::ioctl_fionbio(&writer, true).unwrap();
        let output = Output::new(writer).unwrap();
        let text = "x".repeat(BACKLOG);
        output.line(&text);
        output.line("end");
        let mut all = String::new();
        let reading = thread::spawn(move || {
            reader.read_to_string(&mut all).unwrap();
            all
        });
        drop(output);
        assert!(reading.join().unwrap().starts_with(&text));
    }
}
