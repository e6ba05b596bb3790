//! Exit statuses.

use std::process::{ExitCode, Termination};

use p2pm_core::channel::Ended;

/// Exit status of every program here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done. For a server, or a node that listens, also the end by a signal, after it has closed its
    /// connections.
    Success = 0,
    /// Failure of the network, the peer or this machine.
    Failure = 1,
    /// Usage error; the same status as that of the command line's parser.
    Usage = 2,
    /// Refused by the peer: wrong password, busy, name taken, full, or the call was refused.
    Refused = 3,
    /// Nobody has the name that was given.
    Nobody = 4,
    /// The time limit has passed; the same status as that of timeout(1).
    TimedOut = 124,
    /// Interrupted by a signal: 128 + SIGINT, as shells have it, whatever the signal.
    Interrupted = 130,
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        ExitCode::from(self as u8)
    }
}

impl From<Ended> for Exit {
    fn from(ended: Ended) -> Self {
        if ended.is_goodbye() {
            Self::Success
        } else if ended.is_refusal() {
            Self::Refused
        } else {
            Self::Failure
        }
    }
}
