//! Reasons to stop, and exit statuses.

use std::io::{self, Write};

use p2pm_fw::app::Outcome;
use p2pm_posix::exit::Exit;

/// Exit status for the outcome of a role.
pub(crate) fn exit_status(outcome: Outcome) -> Exit {
    match outcome {
        Outcome::Done => Exit::Success,
        Outcome::Failed => Exit::Failure,
        Outcome::Refused => Exit::Refused,
    }
}

/// Why the program cannot go on, in one line for the user.
#[derive(Debug)]
pub enum Stop {
    /// Usage error.
    Usage(String),
    /// Failure of this machine.
    Failure(String),
}

impl Stop {
    /// Reports the reason on standard error, and returns the exit status.
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

/// Reports a problem to the user. An error is ignored: the program goes on without a reader.
pub(crate) fn complain(line: impl std::fmt::Display) {
    // In one write, so that the terminal's echo does not split it.
    _ = io::stderr().write_all(format!("p2pm-tap: {line}\n").as_bytes());
}
