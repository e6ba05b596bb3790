//! Why the program stops, and the exit status that says so.

use std::io::{self, Write};

use p2pm_fw::app::Outcome;
use p2pm_posix::exit::Exit;

/// The exit status of a program whose role has come to this end.
pub(crate) fn exit_status(outcome: Outcome) -> Exit {
    match outcome {
        Outcome::Done => Exit::Success,
        Outcome::Failed => Exit::Failure,
        Outcome::Refused => Exit::Refused,
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
