//! A program between pipes, as a script runs it.

use std::io::Read;
use std::os::fd::AsFd;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

use p2pm_host::wait::Waiter;

use crate::pty::DEADLINE;

/// A program between two pipes, killed on drop.
#[derive(Debug)]
pub struct Piped {
    child: Child,
    /// Its standard input, until it is taken.
    pub input: Option<ChildStdin>,
    /// Its standard output, until it is taken.
    pub output: Option<ChildStdout>,
    /// Output that was read and not returned yet.
    unread: Vec<u8>,
}

impl Piped {
    /// Starts `command`.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn start(mut command: Command) -> Self {
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let (input, output) = (child.stdin.take(), child.stdout.take());
        Self { child, input, output, unread: Vec::new() }
    }

    /// Waits for a line with this beginning, and returns it without its end.
    ///
    /// # Panics
    ///
    /// If its output ends or [`DEADLINE`] passes first.
    pub fn read_to(&mut self, start: &str) -> String {
        loop {
            let line = self.read_line().unwrap_or_else(|| panic!("no line begins with {start:?}"));
            if line.starts_with(start) {
                return line;
            }
        }
    }

    /// The next line; `None` if its output ends or the time is up first.
    fn read_line(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.unread.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.unread.drain(..=end).collect();
                return Some(String::from_utf8_lossy(&line[..end]).into_owned());
            }
            let output = self.output.as_mut()?;
            let mut waiter = Waiter::new();
            waiter.read(output.as_fd());
            if waiter.wait(Some(DEADLINE)).ok()?.is_empty() {
                return None;
            }
            let mut chunk = [0; 4096];
            let len = output.read(&mut chunk).ok().filter(|len| *len > 0)?;
            self.unread.extend_from_slice(&chunk[..len]);
        }
    }

    /// Whether it is still running.
    ///
    /// # Panics
    ///
    /// If the system does not say.
    pub fn is_alive(&mut self) -> bool {
        self.child.try_wait().expect("a child").is_none()
    }

    /// Waits for its end.
    ///
    /// # Panics
    ///
    /// If the system does not say.
    pub fn wait(&mut self) -> ExitStatus {
        self.child.wait().expect("a child")
    }
}

impl Drop for Piped {
    fn drop(&mut self) {
        // It may have ended already.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
