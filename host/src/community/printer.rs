//! Shows what happens at a server without ever keeping the server waiting.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::mem;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use p2pm_core::door::LogLimit;

use super::{Notice, Observer};
use p2pm_posix::clock::Clock;

/// The most text that waits for an output that is slow, in bytes; further lines are counted and let go.
const BACKLOG: usize = 64 * 1024;
/// How long to gather lines before they are written, so that a crowd does not cost a wake-up each.
const GATHERING: Duration = Duration::from_millis(20);
/// How long the last lines may take.
const PATIENCE: Duration = Duration::from_secs(1);

/// Writes notices to an output, which may block, or break, for all the server cares: a thread of the printer's
/// own does the writing, and lines that the output does not take in time are counted instead.
#[derive(Debug)]
pub struct Printer {
    /// The lines since the last flush.
    text: String,
    /// How much text waited to be written at the last flush, in bytes.
    waiting: usize,
    /// Lines let go since the last one that was not.
    lost: u64,
    strangers: LogLimit,
    clock: Clock,
    warnings_only: bool,
    desk: Arc<Desk>,
    /// Disconnected once the thread is done.
    done: Receiver<()>,
}

impl Printer {
    /// Writes to `output` from now on, until it is dropped.
    pub fn new(output: impl Write + Send + 'static) -> io::Result<Self> {
        let desk = Arc::new(Desk::default());
        let (running, done) = channel::<()>();
        let tray = Arc::clone(&desk);
        thread::Builder::new().name("printer".into()).spawn(move || {
            let _running = running;
            // Nobody is there to be told of a failure: a server goes on without its output.
            let _ = tray.write_all(output);
        })?;
        Ok(Self {
            text: String::new(),
            waiting: 0,
            lost: 0,
            strangers: LogLimit::default(),
            clock: Clock::start(),
            warnings_only: false,
            desk,
            done,
        })
    }

    /// Writes warnings and nothing else.
    #[must_use]
    pub fn warnings_only(mut self) -> Self {
        self.warnings_only = true;
        self
    }
}

impl Observer for Printer {
    fn notice(&mut self, notice: &Notice) {
        if self.warnings_only && !notice.is_warning() {
            return;
        }
        let is_too_much = self.waiting + self.text.len() >= BACKLOG;
        if is_too_much || notice.is_of_stranger() && !self.strangers.take_line(self.clock.now()) {
            self.lost += 1;
            return;
        }
        // Writing to a string does not fail.
        if self.lost > 0 {
            let _ = writeln!(self.text, "({} lines not shown)", mem::take(&mut self.lost));
        }
        let _ = writeln!(self.text, "{notice}");
    }

    fn flush(&mut self) {
        if !self.text.is_empty() || self.waiting > 0 {
            self.waiting = self.desk.put(&mut self.text);
        }
    }
}

impl Drop for Printer {
    /// Waits for the last lines, but not for ever.
    fn drop(&mut self) {
        self.flush();
        self.desk.close();
        let _ = self.done.recv_timeout(PATIENCE);
    }
}

/// Where text waits for the thread that writes it.
#[derive(Debug, Default)]
struct Desk {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    text: String,
    is_closed: bool,
}

impl Desk {
    /// Leaves text to be written, and says how much of it waits.
    fn put(&self, text: &mut String) -> usize {
        let mut state = self.lock();
        if state.text.is_empty() && !text.is_empty() {
            self.changed.notify_one();
        }
        state.text.push_str(text);
        text.clear();
        state.text.len()
    }

    fn close(&self) {
        self.lock().is_closed = true;
        self.changed.notify_one();
    }

    /// Writes what is put down, until the desk is closed and nothing is left.
    fn write_all(&self, mut output: impl Write) -> io::Result<()> {
        let mut text = String::new();
        while self.take(&mut text) {
            output.write_all(text.as_bytes())?;
            output.flush()?;
            text.clear();
        }
        Ok(())
    }

    /// Waits for text, and a moment longer for what may follow it; false if none will come.
    fn take(&self, text: &mut String) -> bool {
        let idle = |state: &mut State| state.text.is_empty() && !state.is_closed;
        let state = self.changed.wait_while(self.lock(), idle).unwrap_or_else(PoisonError::into_inner);
        let open = |state: &mut State| !state.is_closed;
        let waited = self.changed.wait_timeout_while(state, GATHERING, open);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        mem::swap(&mut state.text, text);
        !text.is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is whole between any two steps, so a panic elsewhere does no harm to it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, pipe};
    use std::net::Ipv4Addr;

    use p2pm_core::door::ManyGuesses;
    use p2pm_core::wire::{Close, Name};

    use super::*;

    fn joined() -> Notice {
        let name = Name::new(b"abdul").unwrap();
        Notice::Left { name, ended: p2pm_core::channel::Ended::Lost, online: 1 }
    }

    fn refused() -> Notice {
        Notice::Refused { from: Ipv4Addr::LOCALHOST.into(), reason: Close::WrongPassword }
    }

    #[test]
    fn every_line_is_written_before_the_printer_is_gone() {
        let (mut reader, writer) = pipe().unwrap();
        let mut printer = Printer::new(writer).unwrap();
        printer.notice(&joined());
        printer.flush();
        printer.notice(&refused());
        drop(printer);
        let mut all = String::new();
        reader.read_to_string(&mut all).unwrap();
        assert_eq!(all, "abdul left: connection lost (1 online)\nrefused 127.0.0.1: wrong password\n");
    }

    #[test]
    fn an_output_that_blocks_keeps_nobody_waiting_and_the_backlog_is_bounded() {
        let (mut reader, writer) = pipe().unwrap();
        let mut printer = Printer::new(writer).unwrap();
        for _ in 0..100_000 {
            printer.notice(&joined());
            printer.flush();
        }
        assert!(printer.lost > 0);
        assert!(printer.desk.lock().text.len() < BACKLOG + 100);
        let lost = printer.lost;
        // Once it is read again, it goes on, and says what is missing.
        let reading = thread::spawn(move || {
            let mut all = String::new();
            reader.read_to_string(&mut all).unwrap();
            all
        });
        while printer.waiting >= BACKLOG {
            printer.flush();
        }
        printer.notice(&refused());
        drop(printer);
        let all = reading.join().unwrap();
        let end = format!("({lost} lines not shown)\nrefused 127.0.0.1: wrong password\n");
        assert!(all.ends_with(&end), "{}", &all[all.len() - 200..]);
    }

    #[test]
    fn a_closed_output_is_borne() {
        let (reader, writer) = pipe().unwrap();
        drop(reader);
        let mut printer = Printer::new(writer).unwrap();
        for _ in 0..100_000 {
            printer.notice(&joined());
            printer.flush();
        }
    }

    #[test]
    fn who_does_not_care_who_comes_and_goes_is_warned_all_the_same() {
        let mut printer = Printer::new(io::sink()).unwrap().warnings_only();
        for notice in [refused(), joined(), Notice::ManyGuesses(ManyGuesses), joined()] {
            printer.notice(&notice);
        }
        assert_eq!(printer.text, "warning: 100 wrong passwords within 60 minutes\n");
    }

    #[test]
    fn strangers_cannot_flood_the_output() {
        let mut printer = Printer::new(io::sink()).unwrap();
        for _ in 0..LogLimit::LINES * 2 {
            printer.notice(&refused());
        }
        assert_eq!(printer.text.lines().count(), LogLimit::LINES as usize);
        printer.notice(&joined());
        assert!(printer.text.ends_with("(100 lines not shown)\nabdul left: connection lost (1 online)\n"));
    }
}
