//! Link: the conversation of two nodes of a circle.
//!
//! ```text
//! Outgoing ─┐             introduced both ways
//!           ├── Introduce ───────────────────▶ Link: Name, Admit, then Say, Receipt, Roster
//! Incoming ─┘
//! ```
//!
//! Here is what one connection knows of itself. What it says, and whom it admits, is decided by its
//! [`node`](crate::node), together with which it is a [`Machine`](crate::channel::Machine).

mod hearing;
mod mail;
mod opening;

use core::num::{NonZeroU16, NonZeroU32};

pub(crate) use self::hearing::{Heard, Hearing};
pub(crate) use self::mail::{Entrusting, Mail, Passed};
pub use self::opening::{Incoming, Opening, Outgoing};
use crate::channel::{Channel, Established};
use crate::suite::SealedWith;
use crate::suite::aead::Aead;

/// Number of a link, unique within a run of its node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LinkId(pub u32);

/// A link whose two ends are introduced to each other.
pub struct Link<A: Aead> {
    pub(crate) channel: Channel<SealedWith<A>, Established>,
    pub(crate) state: LinkState,
}

/// State of a link besides its channel.
#[derive(Debug)]
pub(crate) struct LinkState {
    pub id: LinkId,
    /// Contact at the other end, as an index of its node's.
    pub contact: u16,
    /// Index of the target that was dialled.
    pub target: Option<u16>,
    /// Version of our name that was sent, if any was.
    pub name_sent: Option<NonZeroU32>,
    /// Whether we have said that the other node is admitted.
    pub admitted: bool,
    /// Whether the other node has said so.
    pub admits_us: bool,
    /// Longest text that the other node takes, in bytes.
    pub text_max: u16,
    /// Sequence number of the last message that a receipt was sent for.
    pub receipted: u32,
    /// Message that is half sent.
    pub saying: Option<Saying>,
    /// Message that is half received.
    pub hearing: Hearing,
    /// Stamp of the last neighbour that was told.
    pub roster_told: u64,
    pub mail: Mail,
}

/// A message that is half sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Saying {
    pub sequence: u32,
    /// Bytes sent, less than the text has.
    pub offset: NonZeroU16,
}

impl LinkState {
    pub(crate) fn new(id: LinkId, contact: u16, target: Option<u16>, text_max: u16) -> Self {
        Self {
            id,
            contact,
            target,
            name_sent: None,
            admitted: false,
            admits_us: false,
            text_max,
            receipted: 0,
            saying: None,
            hearing: Hearing::default(),
            roster_told: 0,
            mail: Mail::default(),
        }
    }

    /// Whether texts may cross: both ends have admitted each other.
    pub(crate) fn is_mutual(&self) -> bool {
        self.admitted && self.admits_us
    }
}
