//! Waiting with poll(2): the only place where the program sleeps.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use p2pm_posix::signals::Signals;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

/// Files to wait on.
pub(crate) struct Waiter {
    tap: OwnedFd,
    signals: Signals,
}

/// What ended a wait, besides packets, input and time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Woken {
    /// Nothing else.
    ToGoOn,
    /// A signal asks the program to end.
    ToEnd,
    /// The TAP does not exist any more.
    Stranded,
}

impl Waiter {
    pub(crate) fn new(tap: OwnedFd) -> io::Result<Self> {
        Ok(Self { tap, signals: Signals::install()? })
    }

    /// Sleeps until a packet has arrived, `input` is readable (if it is to be waited for), a signal has come
    /// or `timeout` has passed; `None` is unlimited.
    pub(crate) fn wait(&self, input: Option<BorrowedFd<'_>>, timeout: Option<Duration>) -> Woken {
        // A timeout that overflows is unlimited.
        let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
        let watch = |fd| PollFd::from_borrowed_fd(fd, PollFlags::IN);
        let mut fds = [self.signals.as_fd(), self.tap.as_fd(), input.unwrap_or(self.tap.as_fd())].map(watch);
        let watched = 2 + usize::from(input.is_some());
        match poll(&mut fds[..watched], timeout.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            // Out of memory: the program goes on without waiting.
            Err(_) => return Woken::ToGoOn,
        }
        let [asked, packets, _] = fds.map(|fd| fd.revents());
        if packets.intersects(PollFlags::ERR | PollFlags::NVAL) {
            return Woken::Stranded;
        }
        if !asked.is_empty() && self.signals.take() { Woken::ToEnd } else { Woken::ToGoOn }
    }
}
