//! What goes wrong with files.

use std::fmt;
use std::io;

use p2pm_core::error::Fault;
use p2pm_core::wire::{Close, sanitise};
use rustix::io::Errno;

/// Why files could not be read or written: for our user. The other end is told [`Trouble::close`] alone.
#[derive(Debug)]
pub enum Trouble {
    /// The system has refused it.
    Failed {
        /// What was to be done, such as "open photo.jpg".
        what: String,
        /// Why it was not.
        error: io::Error,
    },
    /// The file system has less space than is needed.
    NoSpace {
        /// Bytes that are needed.
        needed: u64,
        /// Bytes that there are.
        free: u64,
    },
    /// A file or folder is not what it was when it was offered: which one.
    Changed(String),
    /// It is neither a file nor a folder, or has no name: which one.
    NotSendable(String),
    /// A file has content although its length is said to be 0, as those of /proc are: which one.
    Unmeasured(String),
    /// It is another kind of thing than it ought to be, or belongs to somebody else: which one.
    NotOurs(String),
    /// The folder that something was received into has gone from where it was: from where.
    Gone(String),
    /// The peer's stream of a folder breaks the rules.
    Stream(Fault),
    /// This program receives the same already.
    Busy,
}

impl Trouble {
    /// The reason to close the connection.
    pub fn close(&self) -> Close {
        match self {
            Self::Failed { error, .. } if is_full(error) => Close::NoSpace,
            Self::NoSpace { .. } => Close::NoSpace,
            Self::Changed(_) => Close::Changed,
            Self::Stream(fault) => Close::Fault(*fault),
            // It may come back.
            Self::Gone(_) => Close::Paused,
            // It is offered again, and comes after the other one.
            Self::Busy => Close::Busy,
            Self::Failed { .. } | Self::NotSendable(_) | Self::Unmeasured(_) | Self::NotOurs(_) => {
                Close::Failed
            }
        }
    }

    /// Makes an error of the system into what it was about.
    pub(super) fn of<E: Into<io::Error>>(what: impl fmt::Display) -> impl FnOnce(E) -> Self {
        move |error| Self::Failed { what: what.to_string(), error: error.into() }
    }
}

/// Whether an error goes away once there is space.
fn is_full(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::NOSPC | Errno::DQUOT))
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed { what, error } => write!(f, "could not {}: {error}", sanitise(what)),
            Self::NoSpace { needed, free } => {
                write!(f, "there is too little space: {needed} bytes are needed, {free} are free")
            }
            Self::Changed(what) => write!(f, "{} has changed since it was offered", sanitise(what)),
            Self::NotSendable(what) => {
                write!(f, "{} is neither a file nor a folder with a name", sanitise(what))
            }
            Self::Unmeasured(what) => {
                write!(f, "how long {} is shows only when it is read: copy it first", sanitise(what))
            }
            Self::NotOurs(what) => {
                write!(f, "{} is not a folder of our own that others cannot write to", sanitise(what))
            }
            Self::Gone(what) => {
                write!(f, "the folder {} is not there any more: bring it back, and go on", sanitise(what))
            }
            Self::Stream(fault) => write!(f, "the stream of the folder is broken: {fault}"),
            Self::Busy => f.write_str("the same is being received already"),
        }
    }
}

impl std::error::Error for Trouble {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Failed { error, .. } => Some(error),
            Self::Stream(fault) => Some(fault),
            _ => None,
        }
    }
}
