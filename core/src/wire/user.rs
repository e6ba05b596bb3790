//! One line of the list of users online.

use super::{Endpoint, Name};

/// A user who is online, and where to call them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// What they call themselves.
    pub name: Name,
    /// Where their node listens.
    pub endpoint: Endpoint,
}

/// One presence change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// This user came online.
    Joined(User),
    /// The user of this name went offline.
    Left(Name),
}
