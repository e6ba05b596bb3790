//! How the program says how it went.

use std::io::{self, Write};
use std::process::{ExitCode, Termination};

use p2pm_fw::app::Outcome;

/// The exit status, the same as that of the other programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// It did what it was started for. So has whoever waits for others, if a signal told it to end and it has
    /// said goodbye.
    Success = 0,
    /// The network, the peer or this machine stood in the way.
    Failure = 1,
    /// It was called wrongly; the same status that the parser of the command line uses.
    Usage = 2,
    /// The peer said no: wrong password, busy, name taken, full.
    Refused = 3,
    /// A signal ended a call. 128 + SIGINT, as shells have it, whatever the signal.
    Interrupted = 130,
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        ExitCode::from(self as u8)
    }
}

impl From<Outcome> for Exit {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::Success,
            Outcome::Failed => Self::Failure,
            Outcome::Refused => Self::Refused,
        }
    }
}

/// Why the program cannot do what it was started for. In one line, for the user.
#[derive(Debug)]
pub enum Stop {
    /// It was called wrongly.
    Usage(String),
    /// This machine stood in the way.
    Failure(String),
}

impl Stop {
    /// Says why on standard error, and gives the exit status.
    pub fn report(&self) -> Exit {
        let (why, exit) = match self {
            Self::Usage(why) => (why, Exit::Usage),
            Self::Failure(why) => (why, Exit::Failure),
        };
        complain(why);
        exit
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Failure(error.to_string())
    }
}

impl From<p2pm_fw::net::Error> for Stop {
    fn from(error: p2pm_fw::net::Error) -> Self {
        Self::Failure(error.to_string())
    }
}

/// Tells the user of something that is not as it should be. That nobody may see it is no reason to stop.
pub(crate) fn complain(line: impl std::fmt::Display) {
    // In one piece: what the terminal echoes meanwhile comes before or behind it.
    _ = io::stderr().write_all(format!("p2pm-tap: {line}\n").as_bytes());
}
