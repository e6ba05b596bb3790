//! Events of a server for its log.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use p2pm_core::channel::Ended;
use p2pm_core::door::ManyGuesses;
use p2pm_core::wire::{Close, Name, User};

/// An event of a server. Displayed as one line without its end, safe for a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A connection was accepted.
    Connected(SocketAddr),
    /// A user has come online.
    Joined {
        /// The user, with the endpoint of the node.
        user: User,
        /// Number of users online, this one included.
        online: usize,
    },
    /// A user has gone offline.
    Left {
        /// Name of the user.
        name: Name,
        /// How the session ended.
        ended: Ended,
        /// Number of users still online.
        online: usize,
    },
    /// A connection without a user was closed by the server.
    Refused {
        /// Address of the peer.
        from: IpAddr,
        /// Reason that the peer was given.
        reason: Close,
    },
    /// The password is being guessed.
    ManyGuesses(ManyGuesses),
    /// A connection without a user ended otherwise than by the server or by a goodbye.
    Lost {
        /// Address of the peer.
        from: IpAddr,
        /// How it ended.
        ended: Ended,
    },
    /// The server stops and sends its clients a goodbye.
    Stopping {
        /// Number of users online until now.
        online: usize,
    },
}

impl Notice {
    /// Whether an unauthenticated peer can cause it.
    pub fn is_of_stranger(&self) -> bool {
        matches!(self, Self::Connected(_) | Self::Refused { .. } | Self::Lost { .. })
    }

    /// Whether it is a warning, which is shown even by a quiet server.
    pub fn is_warning(&self) -> bool {
        matches!(self, Self::ManyGuesses(_))
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connected(peer) => write!(f, "new connection from {} on port {}", peer.ip(), peer.port()),
            Self::Joined { user, online } => {
                write!(f, "{} joined: {} ({online} online)", user.name, user.endpoint)
            }
            Self::Left { name, ended, online } => {
                write!(f, "{name} left: {} ({online} online)", ended.reason())
            }
            Self::Refused { from, reason } => write!(f, "refused {from}: {reason}"),
            Self::ManyGuesses(warning) => write!(f, "{warning}"),
            Self::Lost { from, ended } => write!(f, "lost {from}: {}", ended.reason()),
            Self::Stopping { online } => write!(f, "goodbye to {online} online"),
        }
    }
}

/// Receiver of a server's events. It runs in the server's thread, which waits for it.
pub trait Observer {
    /// Handles an event.
    fn notice(&mut self, notice: &Notice);
}

impl<F: FnMut(&Notice)> Observer for F {
    fn notice(&mut self, notice: &Notice) {
        self(notice);
    }
}
