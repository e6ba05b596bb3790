//! The signals that ask a program to end, as something to wait for.

use std::io::{self, Read, Write};
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

    /// No signal at all: whoever holds the [`Asker`] asks in its place. For a program within a program.
    pub fn pretended() -> io::Result<(Self, Asker)> {
        let (reader, writer) = UnixStream::pair()?;
        reader.set_nonblocking(true)?;
        Ok((Self(reader), Asker(writer)))
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

impl AsFd for Signals {
    /// Readable once a signal has come.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Asks a program to end, in the place of a signal.
#[derive(Debug)]
pub struct Asker(UnixStream);

impl Asker {
    /// Asks. Once is enough.
    pub fn ask(&mut self) -> io::Result<()> {
        self.0.write_all(&[0])
    }
}

#[cfg(test)]
mod tests {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use signal_hook::low_level::raise;

    use super::*;

    #[test]
    fn every_signal_wakes_and_is_taken_once() {
        let signals = Signals::install().unwrap();
        assert!(!signals.take());
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            raise(signal).unwrap();
            raise(signal).unwrap();
            let mut fds = [PollFd::new(&signals, PollFlags::IN)];
            assert_eq!(poll(&mut fds, Some(&Timespec { tv_sec: 10, tv_nsec: 0 })), Ok(1));
            assert!(signals.take());
            assert!(!signals.take());
        }
    }
}
