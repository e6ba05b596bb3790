//! A program on a pseudo-terminal, as a person at a keyboard uses it.
//!
//! Nothing here sleeps or busy-waits: every wait is one `poll(2)` that ends with the event or at
//! [`DEADLINE`].

use std::fmt::{Debug, Display};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, ioctl_fionbio};
use rustix::process::{Pid, PidfdFlags, Signal, ioctl_tiocsctty, pidfd_open, pidfd_send_signal, setsid};
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{LocalModes, Termios, Winsize, tcgetattr, tcsetwinsize};

use crate::machine::Machine;

/// Time limit of each wait, after which the test fails, unless [`Terminal::with_patience`] sets another.
pub const DEADLINE: Duration = Duration::from_secs(20);

const SIZE: Winsize = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };

/// A program on a terminal of its own, 80 columns wide, which echoes input unless the program turns that off.
/// Killed on drop.
#[derive(Debug)]
pub struct Terminal {
    child: Child,
    /// Refers to the process even after its end, when its pid may be used again.
    process: OwnedFd,
    /// Screen and keyboard side of the terminal.
    master: OwnedFd,
    /// Output so far, as it was sent.
    output: Vec<u8>,
    /// The same without carriage returns.
    text: Vec<u8>,
    /// Length of the output that was expected already.
    expected: usize,
    /// Whether every program has closed its side of the terminal.
    hung_up: bool,
    /// Time limit of each wait.
    patience: Duration,
    /// The machine that only this program runs on, held for as long as it runs.
    machine: Option<Machine>,
}

impl Terminal {
    /// Starts `command` with a new terminal as its standard input, output and error, and as the
    /// controlling terminal of a new session.
    ///
    /// # Panics
    /// If there is no terminal to be had or the program does not start.
    #[track_caller]
    pub fn spawn(command: Command) -> Self {
        let description = format!("{command:?}");
        Self::try_spawn(command).unwrap_or_else(|error| panic!("{description} on a terminal: {error}"))
    }

    /// Consumes the command: it holds the program's side of the terminal, and while that is open anywhere the
    /// program's end is not visible on ours.
    fn try_spawn(mut command: Command) -> io::Result<Self> {
        let (master, slave) = open_pair()?;
        command.stdin(slave.try_clone()?).stdout(slave.try_clone()?).stderr(slave);
        // SAFETY: between fork and exec only async-signal-safe calls are allowed. These are bare system
        // calls: none allocates, locks, or touches memory shared with the parent.
        unsafe { command.pre_exec(take_terminal).pre_exec(heed_signals) };
        let child = command.spawn()?;
        let process = pidfd_open(Pid::from_child(&child), PidfdFlags::empty())?;
        Ok(Self {
            child,
            process,
            master,
            output: Vec::new(),
            text: Vec::new(),
            expected: 0,
            hung_up: false,
            patience: DEADLINE,
            machine: None,
        })
    }

    /// Keeps the program's machine for as long as the program.
    pub(crate) fn alone_on(mut self, machine: Machine) -> Self {
        self.machine = Some(machine);
        self
    }

    /// Sets the time limit of each wait.
    #[must_use]
    pub fn with_patience(mut self, limit: Duration) -> Self {
        self.patience = limit;
        self
    }

    /// Process id of the program.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Types `line` and presses Enter.
    #[track_caller]
    pub fn send_line(&mut self, line: &str) {
        self.send(line.as_bytes());
        self.send(b"\r");
    }

    /// Types `bytes`. The terminal interprets control characters: `\x03` is Ctrl-C, `\x04` end of input.
    ///
    /// # Panics
    ///
    /// If the terminal is gone or does not take the bytes in time.
    #[track_caller]
    pub fn send(&mut self, bytes: &[u8]) {
        let deadline = Instant::now() + self.patience;
        let mut rest = bytes;
        while !rest.is_empty() {
            match rustix::io::write(&self.master, rest) {
                Ok(count) => rest = &rest[count..],
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => {
                    let mut keyboard = [PollFd::new(&self.master, PollFlags::OUT)];
                    if !ready(&mut keyboard, deadline) {
                        self.fail("the program does not read what is typed");
                    }
                }
                Err(error) => self.fail(format_args!("typing: {error}")),
            }
        }
    }

    /// Waits until the output since the last expected text contains `text`; lines end in `\n`.
    ///
    /// # Panics
    ///
    /// With the whole screen, if the program ends or the time is up first.
    #[track_caller]
    pub fn expect(&mut self, text: &str) {
        if !self.shows(text) {
            self.fail(format_args!("{text:?} was not shown before the program ended"));
        }
    }

    /// Like [`Self::expect`], but `false` if the program ends first.
    ///
    /// # Panics
    ///
    /// With the whole screen, if the time is up first.
    #[track_caller]
    pub fn shows(&mut self, text: &str) -> bool {
        self.first_of(&[text]).is_some()
    }

    /// Like [`Self::expect`] for one of several texts; returns its index.
    ///
    /// # Panics
    ///
    /// With the whole screen, if the program ends or the time is up first.
    #[track_caller]
    pub fn expect_one_of(&mut self, texts: &[impl AsRef<str> + Debug]) -> usize {
        match self.first_of(texts) {
            Some(index) => index,
            None => self.fail(format_args!("none of {texts:?} was shown before the program ended")),
        }
    }

    /// Like [`Self::expect_one_of`], but `None` if the program ends first.
    ///
    /// # Panics
    ///
    /// With the whole screen, if the time is up first.
    #[track_caller]
    pub fn first_of(&mut self, texts: &[impl AsRef<str> + Debug]) -> Option<usize> {
        let deadline = Instant::now() + self.patience;
        loop {
            let shown = &self.text[self.expected..];
            let ends = texts.iter().map(|text| end_of(text.as_ref().as_bytes(), shown));
            if let Some((end, index)) = ends.zip(0..).filter_map(|(end, index)| Some((end?, index))).min() {
                self.expected += end;
                return Some(index);
            }
            if self.hung_up {
                return None;
            }
            if !ready(&mut [PollFd::new(&self.master, PollFlags::IN)], deadline) {
                let shown = if let [text] = texts {
                    format!("{text:?} was not")
                } else {
                    format!("none of {texts:?} was")
                };
                self.fail(format_args!("{shown} shown within {:?}", self.patience));
            }
            self.read();
        }
    }

    /// Waits for all of `time`, during which nothing new but white space may be shown.
    ///
    /// # Panics
    ///
    /// With the whole screen, if something is shown, or the program ends.
    #[track_caller]
    pub fn expect_nothing_for(&mut self, time: Duration) {
        let deadline = Instant::now() + time;
        while ready(&mut [PollFd::new(&self.master, PollFlags::IN)], deadline) {
            self.read();
            if self.hung_up || !self.text[self.expected..].trim_ascii().is_empty() {
                self.fail(format_args!("something happened within {time:?}"));
            }
        }
    }

    /// Everything shown since the start, as read by the waits so far: lines end in `\n`, bytes that are not
    /// UTF-8 are replaced.
    pub fn screen(&self) -> String {
        String::from_utf8_lossy(&self.text).into_owned()
    }

    /// The same, as it was sent: with what moves the cursor.
    pub fn output(&self) -> &[u8] {
        &self.output
    }

    /// Waits for more output and reads it; `false` if the program ends or the time is up first.
    ///
    /// # Panics
    ///
    /// If the terminal fails.
    #[track_caller]
    pub fn read_more(&mut self, deadline: Instant) -> bool {
        let comes = !self.hung_up && ready(&mut [PollFd::new(&self.master, PollFlags::IN)], deadline);
        let before = self.output.len();
        self.read();
        comes && self.output.len() > before
    }

    /// Gives the terminal another size, of which the program is told.
    ///
    /// # Panics
    ///
    /// If the terminal is gone.
    #[track_caller]
    pub fn resize(&mut self, rows: u16, columns: u16) {
        let size = Winsize { ws_row: rows, ws_col: columns, ..SIZE };
        if let Err(error) = tcsetwinsize(&self.master, size) {
            self.fail(format_args!("another size: {error}"));
        }
    }

    /// Waits for the program to end, and reads its last output.
    ///
    /// # Panics
    ///
    /// With the whole screen, if the time is up first.
    #[track_caller]
    pub fn wait(&mut self) -> ExitStatus {
        let deadline = Instant::now() + self.patience;
        loop {
            let mut events =
                [PollFd::new(&self.process, PollFlags::IN), PollFd::new(&self.master, PollFlags::IN)];
            let watched = if self.hung_up { 1 } else { 2 }; // a file that has hung up is always ready
            if !ready(&mut events[..watched], deadline) {
                self.fail(format_args!("the program did not end within {:?}", self.patience));
            }
            let ended = !events[0].revents().is_empty();
            self.read();
            if ended {
                return self.child.wait().expect("a child that ended can be waited for");
            }
        }
    }

    /// Sends a signal to the program, not to its children.
    ///
    /// # Panics
    ///
    /// If the program has ended.
    #[track_caller]
    pub fn signal(&mut self, signal: Signal) {
        if let Err(error) = pidfd_send_signal(&self.process, signal) {
            self.fail(format_args!("signal {signal:?}: {error}"));
        }
    }

    /// Whether the terminal's echo is on.
    ///
    /// # Panics
    ///
    /// If the terminal is gone.
    #[track_caller]
    pub fn echoes(&self) -> bool {
        self.modes().local_modes.contains(LocalModes::ECHO)
    }

    /// The terminal's modes.
    ///
    /// # Panics
    ///
    /// If the terminal is gone.
    #[track_caller]
    pub fn modes(&self) -> Termios {
        match tcgetattr(&self.master) {
            Ok(modes) => modes,
            Err(error) => self.fail(format_args!("the modes of the terminal: {error}")),
        }
    }

    /// Reads all output there is, without waiting. A program whose output is not read blocks.
    ///
    /// # Panics
    ///
    /// With the whole screen, if the terminal fails.
    #[track_caller]
    pub fn read(&mut self) {
        let mut buffer = [0; 4096];
        while !self.hung_up {
            match rustix::io::read(&self.master, &mut buffer) {
                Ok(0) | Err(Errno::IO) => self.hung_up = true, // EIO: the other side is closed
                Ok(count) => {
                    self.output.extend(&buffer[..count]);
                    self.text.extend(buffer[..count].iter().filter(|&&byte| byte != b'\r'));
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return,
                Err(error) => self.fail(format_args!("reading: {error}")),
            }
        }
    }

    #[track_caller]
    fn fail(&self, reason: impl Display) -> ! {
        panic!("{reason}; the screen so far:\n{}\n(end of the screen)", self.screen())
    }
}

impl Drop for Terminal {
    /// Kills the program and waits for it; processes that it left behind get SIGHUP.
    fn drop(&mut self) {
        _ = self.child.kill(); // fails only if it has ended already
        _ = self.child.wait();
    }
}

/// A new terminal: the screen and keyboard side, non-blocking, and the program's side.
fn open_pair() -> io::Result<(OwnedFd, OwnedFd)> {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let master = openpt(flags)?;
    grantpt(&master)?;
    unlockpt(&master)?;
    let slave = ioctl_tiocgptpeer(&master, flags)?;
    tcsetwinsize(&slave, SIZE)?;
    ioctl_fionbio(&master, true)?;
    Ok((master, slave))
}

/// Default signal actions, as on a user's terminal: a test that runs as a background job ignores some
/// signals, and its children would inherit that.
fn heed_signals() -> io::Result<()> {
    for signal in
        [Signal::HUP, Signal::INT, Signal::QUIT, Signal::TERM, Signal::TSTP, Signal::TTIN, Signal::TTOU]
    {
        // SAFETY: it installs the default action, no handler of ours.
        if unsafe { libc::signal(signal.as_raw(), libc::SIG_DFL) } == libc::SIG_ERR {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

/// In the child: starts a new session with standard input as its controlling terminal.
fn take_terminal() -> io::Result<()> {
    setsid()?;
    ioctl_tiocsctty(rustix::stdio::stdin())?;
    Ok(())
}

/// Waits until one of `events` is ready; `false` if `deadline` passes first.
fn ready(events: &mut [PollFd<'_>], deadline: Instant) -> bool {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let timeout = Timespec::try_from(left).expect("a deadline is not far away");
        match poll(events, Some(&timeout)) {
            Ok(count) => return count > 0,
            Err(Errno::INTR) => {}
            Err(error) => panic!("poll: {error}"),
        }
    }
}

/// Index just behind the first `needle` in `haystack`.
fn end_of(needle: &[u8], haystack: &[u8]) -> Option<usize> {
    if needle.is_empty() {
        return Some(0);
    }
    haystack.windows(needle.len()).position(|window| window == needle).map(|start| start + needle.len())
}

#[cfg(test)]
mod tests;
