//! Text on its way to an output, with at most one prompt below it.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::mem;
use std::os::fd::AsFd;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::editor::last_line;
use crate::wait::Waiter;

/// Most text queued for a slow output, in bytes; further lines are counted and dropped.
pub(super) const BACKLOG: usize = 64 * 1024;
/// Most of it used by lines that wait for room, in bytes. The rest is left to those that do not wait, such as the notice
/// that a chat is over.
const ROOM: usize = BACKLOG / 2;
/// How long a line that must not be lost waits for room; a stopped output delays its program once by this
/// time.
const ROOM_PATIENCE: Duration = Duration::from_secs(1);
/// Clears the cursor's line (ECMA-48: CR, then EL).
const CLEAR_LINE: &str = "\r\x1b[K";

/// Queue of text for the writing thread.
#[derive(Debug)]
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    /// Signalled when the text has been taken to be written, and when it is written.
    taken: Condvar,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) text: String,
    /// The pending prompt at the end of the output; empty if there is none.
    pub(super) prompt: String,
    /// What is typed, as it is shown behind the prompt; empty if the terminal shows it by itself.
    pub(super) typed: String,
    /// Lines dropped since the queue was full; while it is set, the text does not end with the prompt.
    dropped: Option<u64>,
    /// Whether the output is a terminal that can clear a line.
    pub(super) can_erase: bool,
    is_closed: bool,
    /// Whether a wait for room has timed out since the text was last taken.
    is_stalled: bool,
    /// Bytes that were taken, and may not be written yet.
    unwritten: usize,
}

impl State {
    /// Whether the last row is taken.
    fn has_prompt(&self) -> bool {
        !(self.prompt.is_empty() && self.typed.is_empty())
    }

    /// Moves the cursor from behind the prompt, if there is one, to the start of an empty line.
    pub(super) fn leave_prompt(&mut self) {
        if self.has_prompt() {
            self.text.push_str(if self.can_erase { CLEAR_LINE } else { "\n" });
        }
    }

    pub(super) fn show_prompt(&mut self) {
        self.text.push_str(&self.prompt);
        self.text.push_str(&self.typed);
    }

    /// Draws the last row anew.
    pub(super) fn draw_row(&mut self) {
        self.text.push_str(CLEAR_LINE);
        self.text.push_str(last_line(&self.prompt));
        self.text.push_str(&self.typed);
    }

    /// The same if the terminal may also show what has been typed.
    pub(super) fn clear_line(&mut self) {
        if self.can_erase {
            self.text.push_str(CLEAR_LINE);
        } else {
            self.leave_prompt();
        }
    }

    /// Takes everything to be written now.
    fn take(&mut self, text: &mut String) {
        if let Some(dropped) = self.dropped.take() {
            // The prompt may differ from the last one written.
            let is_open = !self.text.ends_with('\n');
            self.text.push_str(if self.can_erase {
                CLEAR_LINE
            } else if is_open {
                "\n"
            } else {
                ""
            });
            if dropped > 0 {
                let _ = writeln!(self.text, "({dropped} lines not shown)");
            }
            self.show_prompt();
        }
        mem::swap(&mut self.text, text);
    }
}

impl Queue {
    pub(super) fn new(can_erase: bool) -> Self {
        let state = State {
            text: String::new(),
            prompt: String::new(),
            typed: String::new(),
            dropped: None,
            can_erase,
            is_closed: false,
            is_stalled: false,
            unwritten: 0,
        };
        Self { state: Mutex::new(state), changed: Condvar::new(), taken: Condvar::new() }
    }

    pub(super) fn wait_for_room(&self) {
        let state = self.lock();
        if state.is_stalled {
            return;
        }
        let is_full = |state: &mut State| state.text.len() >= ROOM;
        let waited = self.taken.wait_timeout_while(state, ROOM_PATIENCE, is_full);
        let (mut state, outcome) = waited.unwrap_or_else(PoisonError::into_inner);
        state.is_stalled = outcome.timed_out();
    }

    /// Queues a line if there is room.
    pub(super) fn put(&self, write: impl FnOnce(&mut State)) {
        let mut state = self.lock();
        if state.text.len() >= BACKLOG {
            *state.dropped.get_or_insert_default() += 1;
            return;
        }
        write(&mut state);
        self.changed.notify_one();
    }

    /// Replaces the prompt; true if there was one before.
    pub(super) fn replace_prompt(&self, prompt: String) -> bool {
        let mut state = self.lock();
        if state.text.len() >= BACKLOG {
            // Shown once there is room.
            state.dropped.get_or_insert_default();
            state.typed.clear();
            return !mem::replace(&mut state.prompt, prompt).is_empty();
        }
        state.leave_prompt();
        state.typed.clear();
        let before = mem::replace(&mut state.prompt, prompt);
        let State { text, prompt, .. } = &mut *state;
        text.push_str(prompt);
        self.changed.notify_one();
        !before.is_empty()
    }

    pub(super) fn end_prompt(&self, is_open: bool) {
        let mut state = self.lock();
        let is_shown = state.has_prompt();
        state.prompt.clear();
        state.typed.clear();
        if is_shown && is_open {
            state.text.push('\n');
            self.changed.notify_one();
        }
    }

    pub(super) fn draw(&self, prompt: String, typed: String) {
        let mut state = self.lock();
        let is_asked = state.prompt == prompt;
        if is_asked && state.typed == typed {
            return;
        }
        if state.text.len() >= BACKLOG {
            // Shown once there is room.
            state.dropped.get_or_insert_default();
            (state.prompt, state.typed) = (prompt, typed);
            return;
        }
        if !is_asked {
            state.leave_prompt();
            (state.prompt, state.typed) = (prompt, typed);
            state.show_prompt();
        } else if let Some(more) = typed.strip_prefix(&state.typed) {
            state.text.push_str(more);
            state.typed = typed;
        } else {
            state.typed = typed;
            state.draw_row();
        }
        self.changed.notify_one();
    }

    pub(super) fn push(&self, text: &str) {
        self.lock().text.push_str(text);
        self.changed.notify_one();
    }

    pub(super) fn flush(&self) {
        let is_busy = |state: &mut State| !state.text.is_empty() || state.unwritten > 0;
        // Whether it was in time makes no difference.
        let _ = self.taken.wait_timeout_while(self.lock(), ROOM_PATIENCE, is_busy);
    }

    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_one();
    }

    /// Writes queued text until the queue is closed and empty.
    pub(super) fn write_all(&self, mut output: File, interval: Duration) -> io::Result<()> {
        let mut text = String::new();
        while self.take(&mut text, interval) {
            write_text(&mut output, text.as_bytes())?;
            text.clear();
        }
        Ok(())
    }

    /// Waits for text, then `interval` longer for more; false if none will come.
    fn take(&self, text: &mut String, interval: Duration) -> bool {
        let idle = |state: &mut State| state.text.is_empty() && !state.is_closed;
        let mut state = self.lock();
        state.unwritten = 0;
        self.taken.notify_all();
        let state = self.changed.wait_while(state, idle).unwrap_or_else(PoisonError::into_inner);
        let open = |state: &mut State| !state.is_closed;
        let waited = self.changed.wait_timeout_while(state, interval, open);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.take(text);
        state.is_stalled = false;
        state.unwritten = text.len();
        self.taken.notify_all();
        !text.is_empty()
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        // Every step leaves the state consistent, so a panic elsewhere does not harm it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes all of `rest`, even if another process has set the shared output non-blocking.
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
    use super::*;

    const LINE: &str = "a line that says nothing";

    #[test]
    fn lines_that_waited_for_room_leave_some_to_a_notice() {
        let queue = Queue::new(false);
        while !queue.lock().is_stalled {
            queue.wait_for_room();
            queue.put(|state| state.text.push_str(LINE));
        }
        queue.put(|state| state.text.push_str("a notice"));
        assert_eq!(queue.lock().dropped, None);
    }
}
