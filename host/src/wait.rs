//! Waiting with poll(2): where the interactive programs sleep.

use std::io;
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

/// Set of files to wait on with `poll(2)`, made anew for each wait.
///
/// ```no_run
/// # fn main() -> std::io::Result<()> {
/// # use p2pm_host::{term::Console, wait::Waiter};
/// # let mut console = Console::new()?;
/// let mut waiter = Waiter::new();
/// let typed = waiter.read(console.as_fd());
/// if waiter.wait(None)?.contains(typed) {
///     console.read_ready()?;
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct Waiter<'fd> {
    fds: Vec<PollFd<'fd>>,
}

/// Entry of a [`Waiter`], to be looked up in [`Ready`].
#[derive(Clone, Copy, Debug)]
pub struct Token(Option<usize>);

impl<'fd> Waiter<'fd> {
    /// An empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Wakes when reading `fd` would not block: there are bytes, the end, or an error. `None` is never ready.
    pub fn read(&mut self, fd: impl Into<Option<BorrowedFd<'fd>>>) -> Token {
        self.add(fd.into(), PollFlags::IN)
    }

    /// Wakes when writing to `fd` would not block: there is room, or an error. `None` is never ready.
    pub fn write(&mut self, fd: impl Into<Option<BorrowedFd<'fd>>>) -> Token {
        self.add(fd.into(), PollFlags::OUT)
    }

    /// Wakes when `fd` has no reader any more, or has failed.
    pub fn hang_up(&mut self, fd: impl Into<Option<BorrowedFd<'fd>>>) -> Token {
        // poll(2) reports that unasked.
        self.add(fd.into(), PollFlags::empty())
    }

    fn add(&mut self, fd: Option<BorrowedFd<'fd>>, flags: PollFlags) -> Token {
        Token(fd.map(|fd| {
            self.fds.push(PollFd::from_borrowed_fd(fd, flags));
            self.fds.len() - 1
        }))
    }

    /// Sleeps until an entry is ready or `timeout` has passed; `None` is unlimited. A signal does not end the
    /// wait: see [`Signals`](p2pm_posix::signals::Signals).
    pub fn wait(mut self, timeout: Option<Duration>) -> io::Result<Ready<'fd>> {
        let start = Instant::now();
        let mut left = timeout;
        loop {
            // A timeout that overflows is never reached.
            let timespec = left.and_then(|left| Timespec::try_from(left).ok());
            match poll(&mut self.fds, timespec.as_ref()) {
                Err(Errno::INTR) => left = timeout.map(|timeout| timeout.saturating_sub(start.elapsed())),
                Err(e) => return Err(e.into()),
                Ok(_) => return Ok(Ready(self.fds)),
            }
        }
    }
}

/// Result of a wait: the entries that are ready, none at the timeout.
#[derive(Debug)]
pub struct Ready<'fd>(Vec<PollFd<'fd>>);

impl Ready<'_> {
    /// Whether the entry of `token`, of the same waiter, is ready.
    pub fn contains(&self, token: Token) -> bool {
        token.0.is_some_and(|index| is_ready(&self.0[index]))
    }

    /// Whether the timeout has passed first.
    pub fn is_empty(&self) -> bool {
        !self.0.iter().any(is_ready)
    }
}

fn is_ready(fd: &PollFd<'_>) -> bool {
    !fd.revents().is_empty()
}

#[cfg(test)]
mod tests {
    use std::io::{Write, pipe};
    use std::os::fd::AsFd;

    use super::*;

    const LONG: Duration = Duration::from_mins(1);
    const SHORT: Duration = Duration::from_millis(20);

    #[test]
    fn the_time_runs_out_and_not_before() {
        let (reader, _writer) = pipe().unwrap();
        let mut waiter = Waiter::new();
        let input = waiter.read(reader.as_fd());
        let start = Instant::now();
        let ready = waiter.wait(Some(SHORT)).unwrap();
        assert!(start.elapsed() >= SHORT);
        assert!(ready.is_empty() && !ready.contains(input));
    }

    #[test]
    fn each_token_tells_of_its_own_file() {
        let (quiet, mut writer) = pipe().unwrap();
        let (loud, mut other) = pipe().unwrap();
        other.write_all(b"x").unwrap();
        let mut waiter = Waiter::new();
        let (absent, quiet) = (waiter.read(None), waiter.read(quiet.as_fd()));
        let (loud, room) = (waiter.read(loud.as_fd()), waiter.write(writer.as_fd()));
        let ready = waiter.wait(Some(LONG)).unwrap();
        assert_eq!([absent, quiet, loud, room].map(|t| ready.contains(t)), [false, false, true, true]);
        writer.write_all(b"x").unwrap();
    }

    #[test]
    fn a_hang_up_is_ready() {
        let (reader, writer) = pipe().unwrap();
        drop(writer);
        let mut waiter = Waiter::new();
        let input = waiter.read(reader.as_fd());
        assert!(waiter.wait(Some(LONG)).unwrap().contains(input));
    }

    #[test]
    fn a_pipe_without_a_reader_is_hung_up() {
        let (reader, writer) = pipe().unwrap();
        let is_hung_up = || {
            let mut waiter = Waiter::new();
            let output = waiter.hang_up(writer.as_fd());
            waiter.wait(Some(Duration::ZERO)).unwrap().contains(output)
        };
        assert!(!is_hung_up(), "room to write is no matter");
        drop(reader);
        assert!(is_hung_up());
    }

    #[test]
    fn the_longest_timeout_is_never() {
        let (reader, mut writer) = pipe().unwrap();
        writer.write_all(b"x").unwrap();
        let mut waiter = Waiter::new();
        let input = waiter.read(reader.as_fd());
        assert!(waiter.wait(Some(Duration::MAX)).unwrap().contains(input));
    }
}
