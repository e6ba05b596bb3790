//! Signals as something to wait for: those that ask a program to end, and those of job control.

use std::ffi::c_int;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;

use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM};
use signal_hook::low_level::pipe;

/// Some signals, caught to the end of the program. (SIGPIPE needs no care: Rust programs start with it ignored.)
#[derive(Debug)]
pub struct Signals(UnixStream);

impl Signals {
    /// SIGINT, SIGTERM and SIGHUP: none ends the program by itself any more, so that it can say goodbye.
    pub fn install() -> io::Result<Self> {
        Self::catch(&[SIGINT, SIGTERM, SIGHUP])
    }

    /// SIGCONT, by which a program that was stopped goes on. It does so all the same.
    pub fn of_resumption() -> io::Result<Self> {
        Self::catch(&[SIGCONT])
    }

    fn catch(signals: &[c_int]) -> io::Result<Self> {
        let (reader, writer) = UnixStream::pair()?;
        reader.set_nonblocking(true)?;
        for signal in signals {
            pipe::register(*signal, writer.try_clone()?)?;
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

/// SIGTSTP, SIGQUIT and SIGCONT, held back from this thread until it has done what must come first, such as giving
/// the terminal its modes back. Dropped, it holds back nothing any more.
///
/// They are blocked, and those that stop or end never caught. So that is left to the kernel, which knows who may be
/// stopped: not a process that nobody could let go on again.
#[derive(Debug)]
pub struct HeldSignals {
    held: SigSet,
    waiting: SignalFd,
}

impl HeldSignals {
    /// Starts to hold them back.
    pub fn hold() -> io::Result<Self> {
        let held = job_control();
        held.thread_block()?;
        let waiting = SignalFd::with_flags(&held, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)?;
        Ok(Self { held, waiting })
    }

    /// Lets those that have come do what they do: the program stops here until it is let go on, or ends.
    pub fn let_through(&self) -> io::Result<()> {
        self.held.thread_unblock()?;
        self.held.thread_block()?;
        Ok(())
    }
}

impl AsFd for HeldSignals {
    /// Readable once one of them has come.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.waiting.as_fd()
    }
}

impl Drop for HeldSignals {
    fn drop(&mut self) {
        // It fails only for a set that makes no sense.
        let _ = self.held.thread_unblock();
    }
}

/// Leaves the signals of job control to the other threads: one of them may hold them back, and any thread that does
/// not would let them through.
pub fn leave_job_control_to_others() -> io::Result<()> {
    Ok(job_control().thread_block()?)
}

fn job_control() -> SigSet {
    [Signal::SIGTSTP, Signal::SIGQUIT, Signal::SIGCONT].into_iter().collect()
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
