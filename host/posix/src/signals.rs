//! Signals as files to wait on: those that ask a program to end, those of job control, and that of another size.

use std::ffi::c_int;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;

use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM};
use signal_hook::low_level::pipe;

/// A set of caught signals, which stay caught to the end of the program. (SIGPIPE needs no handler: Rust
/// programs start with it ignored.)
#[derive(Debug)]
pub struct Signals(UnixStream);

impl Signals {
    /// Catches SIGINT, SIGTERM and SIGHUP, so that the program can close its connections before it ends.
    pub fn install() -> io::Result<Self> {
        Self::catch(&[SIGINT, SIGTERM, SIGHUP])
    }

    /// Catches SIGCONT, which continues a stopped program all the same.
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

    /// A source without signals, on which the [`Asker`] asks in their place; for a program that runs within
    /// another.
    pub fn pretended() -> io::Result<(Self, Asker)> {
        let (reader, writer) = UnixStream::pair()?;
        reader.set_nonblocking(true)?;
        Ok((Self(reader), Asker(writer)))
    }

    /// Whether a signal has arrived since the last call. Several count as one.
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
    /// Readable once a signal has arrived.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Asks a program to end, in place of a signal.
#[derive(Debug)]
pub struct Asker(UnixStream);

impl Asker {
    /// Asks. Once is enough.
    pub fn ask(&mut self) -> io::Result<()> {
        self.0.write_all(&[0])
    }
}

/// SIGWINCH: the terminal has another size. It is blocked to the end of the program, so that no handler of a library's runs:
/// crossterm's misses a key that is pressed at the same moment.
#[derive(Debug)]
pub struct Resizing(SignalFd);

impl Resizing {
    /// Blocks the signal in this thread, and so in those that it starts. A thread that has been started before would be given
    /// the signal, and lose it.
    pub fn hold() -> io::Result<Self> {
        let held = SigSet::from(Signal::SIGWINCH);
        let waiting = SignalFd::with_flags(&held, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)?;
        held.thread_block()?;
        Ok(Self(waiting))
    }

    /// Whether the size has changed since the last call. Several changes count as one.
    pub fn take(&self) -> bool {
        matches!(self.0.read_signal(), Ok(Some(_)))
    }
}

impl AsFd for Resizing {
    /// Readable once the size has changed.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// SIGTSTP, SIGQUIT and SIGCONT, blocked in this thread until it has done what must come first, such as
/// restoring the terminal's modes. Unblocked on drop.
///
/// Those that stop or end the program are blocked, never caught, so their effect is left to the kernel, which
/// does not stop a process of an orphaned process group.
#[derive(Debug)]
pub struct HeldSignals {
    held: SigSet,
    waiting: SignalFd,
}

impl HeldSignals {
    /// Blocks them.
    pub fn hold() -> io::Result<Self> {
        let held = job_control();
        let waiting = SignalFd::with_flags(&held, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)?;
        // Last, so that an error leaves nothing blocked.
        held.thread_block()?;
        Ok(Self { held, waiting })
    }

    /// Unblocks them for a moment: if one is pending, the program stops here until it is continued, or ends.
    pub fn let_through(&self) -> io::Result<()> {
        self.held.thread_unblock()?;
        self.held.thread_block()?;
        Ok(())
    }
}

impl AsFd for HeldSignals {
    /// Readable once one of them is pending.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.waiting.as_fd()
    }
}

impl Drop for HeldSignals {
    fn drop(&mut self) {
        // Fails only for an invalid set.
        let _ = self.held.thread_unblock();
    }
}

/// Blocks the signals of job control in this thread. Otherwise they would be delivered to it while another
/// thread holds them.
pub fn leave_job_control_to_others() -> io::Result<()> {
    Ok(job_control().thread_block()?)
}

fn job_control() -> SigSet {
    [Signal::SIGTSTP, Signal::SIGQUIT, Signal::SIGCONT].into_iter().collect()
}

#[cfg(test)]
mod tests {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use signal_hook::consts::SIGWINCH;
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

    #[test]
    fn another_size_is_told_to_nobody_else() {
        let elsewhere = Signals::catch(&[SIGWINCH]).unwrap();
        let resizing = Resizing::hold().unwrap();
        assert!(!resizing.take());
        raise(SIGWINCH).unwrap();
        raise(SIGWINCH).unwrap();
        assert!(resizing.take());
        assert!(!resizing.take());
        assert!(!elsewhere.take());
    }
}
