//! What a terminal has beyond a pipe: echo, type-ahead and job control.

use std::io::{self, IsTerminal};
use std::os::fd::AsFd;

use rustix::io::ioctl_fionread;
use rustix::process::getpgrp;
use rustix::termios::{
    LocalModes, OptionalActions, QueueSelector, Termios, tcflush, tcgetattr, tcgetpgrp, tcsetattr,
};

/// Whether the user's terminal has nothing but lines, or does not say what it has.
pub(super) fn is_dumb() -> bool {
    std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb")
}

/// Whether standard input and output are a terminal that can be drawn on.
pub fn can_be_drawn_on() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal() && !is_dumb()
}

/// Turns the echo off, except for the end of the line; returns the modes before.
pub(super) fn hide_input(terminal: impl AsFd) -> io::Result<Termios> {
    let before = tcgetattr(&terminal)?;
    let mut hidden = before.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    hidden.local_modes.insert(LocalModes::ECHONL);
    restore(terminal, &hidden)?;
    Ok(before)
}

/// Sets the terminal's modes.
pub(super) fn restore(terminal: impl AsFd, modes: &Termios) -> io::Result<()> {
    Ok(tcsetattr(terminal, OptionalActions::Now, modes)?)
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
