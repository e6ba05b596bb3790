//! What a terminal has beyond a pipe: echo, type-ahead and job control.

use std::io::{self, IsTerminal};
use std::os::fd::{AsFd, BorrowedFd};

use p2pm_posix::signals::HeldSignals;
use rustix::io::ioctl_fionread;
use rustix::process::getpgrp;
use rustix::termios::{
    LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios, tcflush, tcgetattr, tcgetpgrp,
    tcsetattr,
};

/// Whether the user's terminal has nothing but lines, or does not say what it has.
pub(super) fn is_dumb() -> bool {
    std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb")
}

/// Whether standard input and output are a terminal that can be drawn on.
pub fn can_be_drawn_on() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal() && !is_dumb()
}

/// A terminal's modes while a program changes them.
///
/// Meanwhile the signals are held that would stop or end the program and leave the terminal so, or continue it on a terminal
/// whose modes a shell has set.
#[derive(Debug)]
pub(super) struct Modes {
    change: fn(&mut Termios),
    /// The modes to restore, while they are changed.
    before: Option<Termios>,
    signals: HeldSignals,
}

impl Modes {
    /// Holds the signals. The modes are as they were before until they are [taken](Self::take).
    pub(super) fn to_be(change: fn(&mut Termios)) -> io::Result<Self> {
        Ok(Self { change, before: None, signals: HeldSignals::hold()? })
    }

    /// Changes the modes, also if a shell has set others meanwhile.
    pub(super) fn take(&mut self, terminal: impl AsFd) -> io::Result<()> {
        let before = self.before.take().map_or_else(|| tcgetattr(&terminal), Ok)?;
        let mut changed = before.clone();
        (self.change)(&mut changed);
        tcsetattr(terminal, OptionalActions::Now, &changed)?;
        self.before = Some(before);
        Ok(())
    }

    /// Restores the modes, unless another job has the terminal, and with it modes of its own.
    pub(super) fn give_back(&mut self, terminal: impl AsFd) -> io::Result<()> {
        if is_in_foreground(&terminal)
            && let Some(before) = self.before.take()
        {
            tcsetattr(terminal, OptionalActions::Now, &before)?;
        }
        Ok(())
    }

    /// Lets pending signals take effect.
    pub(super) fn let_signals_through(&self) -> io::Result<()> {
        self.signals.let_through()
    }
}

impl AsFd for Modes {
    /// Readable once a signal is pending.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.signals.as_fd()
    }
}

/// The echo is off, except for the end of the line.
pub(super) fn hide_input(modes: &mut Termios) {
    modes.local_modes.remove(LocalModes::ECHO);
    modes.local_modes.insert(LocalModes::ECHONL);
}

/// Every key is passed on as it is typed, and not echoed. Ctrl-C, Ctrl-Z, Ctrl-S and the like go on to do what they do.
pub(super) fn pass_keys(modes: &mut Termios) {
    modes.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ECHONL);
    modes.special_codes[SpecialCodeIndex::VMIN] = 1;
    modes.special_codes[SpecialCodeIndex::VTIME] = 0;
}

/// Whether this program's job is in the foreground: a job in the background is stopped if it reads or changes
/// modes.
pub(super) fn is_in_foreground(terminal: impl AsFd) -> bool {
    // A terminal that controls no session has no jobs.
    tcgetpgrp(terminal).map_or(true, |foreground| foreground == getpgrp())
}

/// Drops type-ahead, the unfinished line included; true if there was any.
pub(super) fn drop_queue(terminal: impl AsFd) -> io::Result<bool> {
    let before = tcgetattr(&terminal)?;
    // In canonical mode an unfinished line is not counted.
    let mut raw = before.clone();
    raw.local_modes.remove(LocalModes::ICANON);
    tcsetattr(&terminal, OptionalActions::Now, &raw)?;
    let queued = ioctl_fionread(&terminal);
    let flushed = tcflush(&terminal, QueueSelector::IFlush);
    tcsetattr(&terminal, OptionalActions::Now, &before)?;
    flushed?;
    Ok(queued? > 0)
}
