//! What discovery tells its shell.

use super::interface::InterfaceId;
use super::uuid::Uuid;
use crate::wire::Endpoint;

/// A node that was found. All of it is a claim of whoever sent the datagram: a hint to dial, never a reason to trust.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The interface on which it was heard, which is the scope of a link-local address.
    pub interface: InterfaceId,
    /// What it calls itself in this run. A node on several interfaces is found on each.
    pub id: Uuid,
    /// Where to dial it: the source address of its datagram, and the port that it said.
    pub endpoint: Endpoint,
}

/// What has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A node is there. It is told again if the node says that it left, and comes back; and it may be told again
    /// where there are more nodes than rows.
    Found(Found),
    /// A node that was found has said that it leaves, has been silent for too long, or is on an interface that is gone.
    Gone(Found),
}
