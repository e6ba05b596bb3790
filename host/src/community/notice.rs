//! What a server tells of.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use p2pm_core::channel::Ended;
use p2pm_core::door::ManyGuesses;
use p2pm_core::wire::{Close, Name, User};

/// Something that happened at a server, shown as one line without its end. It is safe for a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Somebody has connected.
    Connected(SocketAddr),
    /// A user is online.
    Joined {
        /// Who, and where others can call them.
        user: User,
        /// Users online, this one included.
        online: usize,
    },
    /// A user is no longer online.
    Left {
        /// Who.
        name: Name,
        /// Why.
        ended: Ended,
        /// Users still online.
        online: usize,
    },
    /// Somebody who was not online was sent away.
    Refused {
        /// Where from.
        from: IpAddr,
        /// Why.
        reason: Close,
    },
    /// Somebody, or many together, try to guess the password.
    ManyGuesses(ManyGuesses),
    /// Somebody who was not online is gone, and not because they were sent away or said goodbye.
    Lost {
        /// Where from.
        from: IpAddr,
        /// Why.
        ended: Ended,
    },
    /// The server ends, and says goodbye to its clients.
    Stopping {
        /// Users online until now.
        online: usize,
    },
}

impl Notice {
    /// Whether anyone can bring it about, who knows no password.
    pub fn is_of_stranger(&self) -> bool {
        matches!(self, Self::Connected(_) | Self::Refused { .. } | Self::Lost { .. })
    }

    /// Whether it matters to whoever does not care who comes and goes.
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

/// Whoever is told what happens at a server, in the server's own thread: it waits meanwhile.
pub trait Observer {
    /// Something has happened.
    fn notice(&mut self, notice: &Notice);
}

impl<F: FnMut(&Notice)> Observer for F {
    fn notice(&mut self, notice: &Notice) {
        self(notice);
    }
}
