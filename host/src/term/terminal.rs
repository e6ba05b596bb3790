//! What a terminal does beyond a pipe: echo, a queue of what was typed, and jobs that share it.

use std::io;
use std::os::fd::AsFd;

use rustix::io::ioctl_fionread;
use rustix::process::getpgrp;
use rustix::termios::{
    LocalModes, OptionalActions, QueueSelector, Termios, tcflush, tcgetattr, tcgetpgrp, tcsetattr,
};

/// Has the terminal not show what is typed, save the end of the line: how it was before.
pub(super) fn hide_input(terminal: impl AsFd) -> io::Result<Termios> {
    let before = tcgetattr(&terminal)?;
    let mut hidden = before.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    hidden.local_modes.insert(LocalModes::ECHONL);
    restore(terminal, &hidden)?;
    Ok(before)
}

/// Has the terminal work so from now on.
pub(super) fn restore(terminal: impl AsFd, modes: &Termios) -> io::Result<()> {
    Ok(tcsetattr(terminal, OptionalActions::Now, modes)?)
}

/// Whether what is typed is meant for this program: a job in the background is stopped if it reads, and if it
/// changes how the terminal works.
pub(super) fn is_in_foreground(terminal: impl AsFd) -> bool {
    // A terminal that controls no session has no jobs.
    tcgetpgrp(terminal).map_or(true, |foreground| foreground == getpgrp())
}

/// Drops what was typed and has not been read, up to the line that is being typed: whether there was any.
pub(super) fn drop_queue(terminal: impl AsFd) -> io::Result<bool> {
    let before = tcgetattr(&terminal)?;
    // Line by line, nothing would tell of one that is not finished.
    let mut raw = before.clone();
    raw.local_modes.remove(LocalModes::ICANON);
    tcsetattr(&terminal, OptionalActions::Now, &raw)?;
    let queued = ioctl_fionread(&terminal);
    let flushed = tcflush(&terminal, QueueSelector::IFlush);
    tcsetattr(&terminal, OptionalActions::Now, &before)?;
    flushed?;
    Ok(queued? > 0)
}
