//! Output that keeps nobody waiting.

use std::fmt::{self, Display, Write as _};
use std::fs::File;
use std::io::{self, ErrorKind, IsTerminal, PipeReader, Write, pipe};
use std::mem;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::triad::wait::Waiter;
use p2pm_posix::signals::leave_job_control_to_others;

/// The most text that waits for an output that is slow, in bytes; further lines are counted and let go.
pub(crate) const BACKLOG: usize = 64 * 1024;
/// How long a line that must not be lost waits for room. A stopped output holds its program up for so long, once.
const ROOM_PATIENCE: Duration = Duration::from_secs(1);
/// How long the last lines may take.
const PATIENCE: Duration = Duration::from_secs(1);
/// Clears the line the cursor is in (ECMA-48: CR, then EL).
const CLEAR_LINE: &str = "\r\x1b[K";

/// Lines, and perhaps a prompt below them, on an output that may block or break.
///
/// A thread of its own does the writing. Lines that the output does not take in time are dropped, and their number
/// is shown in their place.
#[derive(Debug)]
pub struct Output {
    queue: Arc<Queue>,
    file: File,
    /// At its end once nothing will be written any more.
    writing: PipeReader,
}

/// Nobody can see the output any more: whoever read it is gone, or the output has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutputGone;

impl Display for OutputGone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nobody reads the output any more")
    }
}

impl std::error::Error for OutputGone {}

impl Output {
    /// Writes to `file` from now on, until it is dropped.
    pub fn new(file: impl Into<OwnedFd>) -> io::Result<Self> {
        Self::gathering(file, Duration::ZERO)
    }

    /// Writes no more often than this, so that many lines at once do not cost a wake-up each.
    pub fn gathering(file: impl Into<OwnedFd>, interval: Duration) -> io::Result<Self> {
        let file = File::from(file.into());
        let queue = Arc::new(Queue::new(file.is_terminal()));
        let (writing, written) = pipe()?;
        let (tray, output) = (Arc::clone(&queue), file.try_clone()?);
        thread::Builder::new().name("output".into()).spawn(move || {
            // It fails only for a set of signals that makes no sense.
            let _ = leave_job_control_to_others();
            // Closed with the thread, however it ends; that is what `writing` tells.
            let _written = written;
            // Whoever asks is told of a failure by `is_gone`.
            let _ = tray.write_all(output, interval);
        })?;
        Ok(Self { queue, file, writing })
    }

    /// Shows `text` on a line of its own. A prompt that waits is written again below it.
    pub fn line(&self, text: impl Display) {
        self.queue.put(|state| {
            state.leave_prompt();
            // Writing to a string does not fail.
            let _ = writeln!(state.text, "{text}");
            state.text.push_str(&state.prompt);
        });
    }

    /// Waits until there is room for a line, for a second at most and, while the output is stopped, not again.
    pub fn wait_for_room(&self) {
        self.queue.wait_for_room();
    }

    /// Shows `text` in place of what has been typed, and of the prompt.
    pub fn line_over(&self, text: impl Display) {
        self.queue.put(|state| {
            state.clear_line();
            state.prompt.clear();
            let _ = writeln!(state.text, "{text}");
        });
    }

    /// Shows a prompt, and leaves the cursor behind it. One that still waits is replaced.
    pub fn prompt(&self, question: impl Display) {
        self.queue.replace_prompt(question.to_string());
    }

    /// Takes back the prompt: whether there was one.
    pub fn clear_prompt(&self) -> bool {
        self.queue.replace_prompt(String::new())
    }

    /// Shows the prompt that waits once more, in a new line: somebody else has used the terminal.
    pub fn repeat_prompt(&self) {
        self.queue.put(|state| {
            state.leave_prompt();
            state.text.push_str(&state.prompt);
        });
    }

    /// The prompt is answered. If `is_open`, the cursor is still in its line.
    pub fn end_prompt(&self, is_open: bool) {
        self.queue.end_prompt(is_open);
    }

    /// Whether nobody can see what is written from now on.
    pub fn is_gone(&self) -> bool {
        let mut waiter = Waiter::new();
        self.wait_for_end(&mut waiter);
        !waiter.wait(Some(Duration::ZERO)).is_ok_and(|ready| ready.is_empty())
    }

    /// Wakes when the output is gone.
    pub fn wait_for_end<'fd>(&'fd self, waiter: &mut Waiter<'fd>) {
        waiter.read(self.writing.as_fd());
        waiter.hang_up(self.file.as_fd());
    }
}

impl Drop for Output {
    /// Waits for the last lines, but not for ever.
    fn drop(&mut self) {
        self.queue.close();
        let mut waiter = Waiter::new();
        waiter.read(self.writing.as_fd());
        let _ = waiter.wait(Some(PATIENCE));
    }
}

/// Shows a line on standard error, if anybody can see it.
pub fn report(line: impl Display) {
    // Where no thread can be had, nothing can be told either.
    if let Ok(output) = io::stderr().as_fd().try_clone_to_owned().and_then(Output::new) {
        output.line(line);
    }
}

/// Where text waits for the thread that writes it.
#[derive(Debug)]
struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    /// The text has been taken, to be written.
    taken: Condvar,
}

#[derive(Debug)]
struct State {
    text: String,
    /// The question that waits for an answer at the end of the output; empty if there is none.
    prompt: String,
    /// Lines dropped since the text is too long; then its end is not the prompt either.
    dropped: Option<u64>,
    on_terminal: bool,
    is_closed: bool,
    /// Whether somebody has waited for room in vain since the text was last taken.
    is_stalled: bool,
}

impl State {
    /// Brings the cursor from behind the prompt, if there is one, to the start of an empty line.
    fn leave_prompt(&mut self) {
        if !self.prompt.is_empty() {
            self.text.push_str(if self.on_terminal { CLEAR_LINE } else { "\n" });
        }
    }

    /// The same where the terminal may show what has been typed, too.
    fn clear_line(&mut self) {
        if self.on_terminal {
            self.text.push_str(CLEAR_LINE);
        } else {
            self.leave_prompt();
        }
    }

    /// All that is to be written now.
    fn take(&mut self, text: &mut String) {
        if let Some(dropped) = self.dropped.take() {
            // The prompt may be another one by now than the last that is written.
            let is_open = !self.text.ends_with('\n');
            self.text.push_str(if self.on_terminal {
                CLEAR_LINE
            } else if is_open {
                "\n"
            } else {
                ""
            });
            if dropped > 0 {
                let _ = writeln!(self.text, "({dropped} lines not shown)");
            }
            self.text.push_str(&self.prompt);
        }
        mem::swap(&mut self.text, text);
    }
}

impl Queue {
    fn new(on_terminal: bool) -> Self {
        let state = State {
            text: String::new(),
            prompt: String::new(),
            dropped: None,
            on_terminal,
            is_closed: false,
            is_stalled: false,
        };
        Self { state: Mutex::new(state), changed: Condvar::new(), taken: Condvar::new() }
    }

    fn wait_for_room(&self) {
        let state = self.lock();
        if state.is_stalled {
            return;
        }
        let is_full = |state: &mut State| state.text.len() >= BACKLOG;
        let waited = self.taken.wait_timeout_while(state, ROOM_PATIENCE, is_full);
        let (mut state, outcome) = waited.unwrap_or_else(PoisonError::into_inner);
        state.is_stalled = outcome.timed_out();
    }

    /// Has one more line written, if there is room for it.
    fn put(&self, write: impl FnOnce(&mut State)) {
        let mut state = self.lock();
        if state.text.len() >= BACKLOG {
            *state.dropped.get_or_insert_default() += 1;
            return;
        }
        write(&mut state);
        self.changed.notify_one();
    }

    /// Whether there was one before.
    fn replace_prompt(&self, prompt: String) -> bool {
        let mut state = self.lock();
        if state.text.len() >= BACKLOG {
            // Shown once there is room.
            state.dropped.get_or_insert_default();
            return !mem::replace(&mut state.prompt, prompt).is_empty();
        }
        state.leave_prompt();
        let before = mem::replace(&mut state.prompt, prompt);
        let State { text, prompt, .. } = &mut *state;
        text.push_str(prompt);
        self.changed.notify_one();
        !before.is_empty()
    }

    fn end_prompt(&self, is_open: bool) {
        let mut state = self.lock();
        if !mem::take(&mut state.prompt).is_empty() && is_open {
            state.text.push('\n');
            self.changed.notify_one();
        }
    }

    fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_one();
    }

    /// Writes what is put down, until the queue is closed and nothing is left.
    fn write_all(&self, mut output: File, interval: Duration) -> io::Result<()> {
        let mut text = String::new();
        while self.take(&mut text, interval) {
            write_text(&mut output, text.as_bytes())?;
            text.clear();
        }
        Ok(())
    }

    /// Waits for text, and `interval` longer for what may follow it; false if none will come.
    fn take(&self, text: &mut String, interval: Duration) -> bool {
        let idle = |state: &mut State| state.text.is_empty() && !state.is_closed;
        let state = self.changed.wait_while(self.lock(), idle).unwrap_or_else(PoisonError::into_inner);
        let open = |state: &mut State| !state.is_closed;
        let waited = self.changed.wait_timeout_while(state, interval, open);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.take(text);
        state.is_stalled = false;
        self.taken.notify_all();
        !text.is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is whole between any two steps, so a panic elsewhere does no harm to it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes all of it, even where whoever shares the output has set it not to block.
fn write_text(output: &mut File, mut rest: &[u8]) -> io::Result<()> {
    while !rest.is_empty() {
        match output.write(rest) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => rest = &rest[written..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                let mut waiter = Waiter::new();
                waiter.write(output.as_fd());
                waiter.wait(None)?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Read;

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
    fn an_output_that_blocks_keeps_nobody_waiting_and_tells_how_much_it_dropped() {
        let (mut reader, writer) = pipe().unwrap();
        let output = Output::new(writer).unwrap();
        flood(&output);
        output.prompt("YOU: ");
        assert!(output.queue.lock().text.len() < BACKLOG + 100);
        // Once it is read again it goes on, and says what is missing, although nothing more happens.
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
    fn an_output_that_nobody_reads_is_gone_at_once_and_is_borne() {
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
