//! The signals that ask a program to end, as something to wait for.

use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::low_level::pipe;

/// SIGINT, SIGTERM and SIGHUP, caught: none ends the program by itself any more, so that it can say goodbye.
///
/// They stay caught to the end of the program. (SIGPIPE needs no care: Rust programs start with it ignored.)
#[derive(Debug)]
pub struct Signals(UnixStream);

impl Signals {
    /// Starts to catch them.
    pub fn install() -> io::Result<Self> {
        let (reader, writer) = UnixStream::pair()?;
        reader.set_nonblocking(true)?;
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            pipe::register(signal, writer.try_clone()?)?;
        }
        Ok(Self(reader))
    }

    /// Readable once a signal has come.
    pub fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }

    /// Whether a signal has come since the last call. Many are as good as one.
    pub fn take(&self) -> bool {
        let mut bytes = [0; 16];
        let mut came = false;
        while (&self.0).read(&mut bytes).is_ok_and(|len| len > 0) {
            came = true;
        }
        came
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use signal_hook::low_level::raise;

    use super::*;
    use crate::wait::Waiter;

    #[test]
    fn every_signal_wakes_and_is_taken_once() {
        let signals = Signals::install().unwrap();
        assert!(!signals.take());
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            raise(signal).unwrap();
            raise(signal).unwrap();
            let mut waiter = Waiter::new();
            let token = waiter.read(signals.as_fd());
            assert!(waiter.wait(Some(Duration::from_secs(10))).unwrap().contains(token));
            assert!(signals.take());
            assert!(!signals.take());
        }
    }
}
