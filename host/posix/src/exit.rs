//! How a program says how it went.

use std::process::{ExitCode, Termination};

use p2pm_core::channel::Ended;

/// The exit status of every program here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// It did what it was started for. So has a server, or a node that listens, that a signal told to end
    /// and that has said goodbye to its peers.
    Success = 0,
    /// The network, the peer or this machine stood in the way.
    Failure = 1,
    /// It was called wrongly; the same status that the parser of the command line uses.
    Usage = 2,
    /// The peer said no: wrong password, busy, name taken, full, or the call was refused.
    Refused = 3,
    /// A signal ended it before it was done. 128 + SIGINT, as shells have it, whatever the signal.
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
