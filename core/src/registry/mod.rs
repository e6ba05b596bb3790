//! Who is online.
//!
//! A [`Registry`] keeps unique names, each with the endpoint its user listens on, in memory that its caller
//! owns. To claim a name, to look one up and to release one takes constant time on average, from one
//! user to [`USERS_MAX`] and with every slot taken. The list of users is walked in pages with a [`Cursor`];
//! what has changed since is told by [`RegistryInner::changes_since`].
//!
//! To follow a registry from afar: note its [`Version`], walk the users, then apply the changes since that
//! version, and go on applying. When changes were missed, start over.

mod changes;
mod cursor;
mod slot;
mod table;
#[cfg(test)]
mod tests;

use core::fmt;

use self::changes::Changes;
pub use self::changes::Version;
pub use self::cursor::Cursor;
pub use self::slot::{Slot, Slots};
use self::table::Table;
pub use self::table::UserId;
#[cfg(doc)]
use crate::limits::{CHANGES_MAX, USERS_MAX};
use crate::wire::{Change, Endpoint, Name, User};

/// A registry with room for `USERS` users in itself.
pub type Registry<const USERS: usize> = RegistryInner<[Slot; USERS]>;

/// A registry over any storage; see [`Registry`] for the one that needs none.
pub struct RegistryInner<S> {
    table: Table<S>,
    changes: Changes,
}

/// Why a name was not given. Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ClaimError {
    /// Somebody online has this name.
    NameTaken,
    /// Every slot is taken.
    Full,
}

impl<const USERS: usize> Registry<USERS> {
    /// Nobody online yet. The `key` must be 16 random bytes that nobody else knows: whoever knew it could
    /// choose names that are slow to look up.
    pub const fn new(key: [u8; 16]) -> Self {
        Self { table: Table::new([Slot::EMPTY; USERS], key), changes: Changes::new() }
    }
}

impl<S: Slots> RegistryInner<S> {
    /// Nobody online yet, with room for as many users as there are slots, [`USERS_MAX`] at most; further
    /// slots lie idle, and what was in them is lost. For the `key` see [`Registry::new`].
    pub fn with_slots(mut slots: S, key: [u8; 16]) -> Self {
        slots.as_mut().fill(Slot::EMPTY);
        Self { table: Table::new(slots, key), changes: Changes::new() }
    }

    /// Brings a user online under a name that nobody online has.
    pub fn claim(&mut self, name: Name, endpoint: Endpoint) -> Result<UserId, ClaimError> {
        let user = User { name, endpoint };
        let id = self.table.insert(user.clone())?;
        self.changes.record(Change::Joined(user));
        Ok(id)
    }

    /// Takes a user offline. `None` if they no longer were online.
    pub fn release(&mut self, id: UserId) -> Option<User> {
        let user = self.table.remove(id)?;
        self.changes.record(Change::Left(user.name.clone()));
        Some(user)
    }

    /// The user with this id, while they are online.
    pub fn get(&self, id: UserId) -> Option<&User> {
        self.table.get(id)
    }

    /// The user who has this name now.
    pub fn lookup(&self, name: &Name) -> Option<UserId> {
        self.table.find(name)
    }

    /// How many users are online.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether nobody is online.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many users can be online.
    pub fn capacity(&self) -> usize {
        self.table.capacity()
    }

    /// The users from a cursor on, each with the cursor to continue from after it. When nobody comes up,
    /// the walk is complete.
    pub fn users(&self, from: Cursor) -> impl Iterator<Item = (&User, Cursor)> {
        cursor::walk(self.table.touched(), from)
    }

    /// The version after the last change.
    pub fn version(&self) -> Version {
        self.changes.version()
    }

    /// What has changed after a version: first how many changes are forgotten, because only the last
    /// [`CHANGES_MAX`] are remembered; then the others, oldest first, each with the version after it.
    pub fn changes_since(&self, version: Version) -> (u64, impl Iterator<Item = (&Change, Version)>) {
        self.changes.since(version)
    }
}

impl fmt::Display for ClaimError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NameTaken => "somebody online has this name",
            Self::Full => "no room for another user",
        })
    }
}

impl core::error::Error for ClaimError {}
