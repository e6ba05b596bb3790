//! Users online and changes of presence.

use super::{Endpoint, Name};

/// A user online, and the endpoint of its node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Name of the user.
    pub name: Name,
    /// Endpoint of the user's node.
    pub endpoint: Endpoint,
}

/// Presence change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A user came online.
    Joined(User),
    /// The user of this name went offline.
    Left(Name),
}
