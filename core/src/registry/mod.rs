//! Registry of the users online.
//!
//! A [`Registry`] maps unique names to the endpoints that their users listen on, in memory that the caller
//! owns. Claiming, looking up and releasing a name take constant time on average, for up to [`USERS_MAX`]
//! users and with every slot taken. The list of users is read in pages with a [`Cursor`];
//! [`RegistryInner::changes_since`] gives the changes.
//!
//! To replicate a registry: note its [`Version`], walk the users, then apply the changes since that version,
//! and so on. If changes were missed, start over.

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
pub use self::slot::{Bucket, Inline, Slot, Storage};
use self::table::Table;
pub use self::table::UserId;
#[cfg(doc)]
use crate::limits::{CHANGES_MAX, USERS_MAX};
use crate::wire::{Change, Endpoint, Name, User};

/// A registry with room for `USERS` users in an array of its own.
pub type Registry<const USERS: usize> = RegistryInner<Inline<USERS>>;

/// A registry over any storage; see [`Registry`] for one over an array.
pub struct RegistryInner<S> {
    table: Table<S>,
    changes: Changes,
}

/// Why a name was not granted. The registry has not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ClaimError {
    /// Another user online has this name.
    NameTaken,
    /// Every slot is taken.
    Full,
}

impl<const USERS: usize> Registry<USERS> {
    /// An empty registry. The `key` must be 16 secret random bytes: an attacker that knew it could choose
    /// names with the same hash, which are slow to look up.
    pub const fn new(key: [u8; 16]) -> Self {
        let storage = ([Slot::EMPTY; USERS], [Bucket::EMPTY; USERS]);
        Self { table: Table::new(storage, key), changes: Changes::new() }
    }
}

impl<S: Storage> RegistryInner<S> {
    /// An empty registry with room for as many users as there are slots and buckets, [`USERS_MAX`] at most; others
    /// stay unused. The storage is cleared. For the `key` see [`Registry::new`].
    pub fn with_storage(mut storage: S, key: [u8; 16]) -> Self {
        let (slots, buckets) = storage.rows_mut();
        slots.fill(Slot::EMPTY);
        buckets.fill(Bucket::EMPTY);
        Self { table: Table::new(storage, key), changes: Changes::new() }
    }

    /// Brings a user online, if no user online has the name and a slot is free.
    pub fn claim(&mut self, name: Name, endpoint: Endpoint) -> Result<UserId, ClaimError> {
        let user = User { name, endpoint };
        let id = self.table.insert(user.clone())?;
        self.changes.record(Change::Joined(user));
        Ok(id)
    }

    /// Takes a user offline. `None` if the id is stale.
    pub fn release(&mut self, id: UserId) -> Option<User> {
        let user = self.table.remove(id)?;
        self.changes.record(Change::Left(user.name.clone()));
        Some(user)
    }

    /// The user with this id; `None` if the id is stale.
    pub fn get(&self, id: UserId) -> Option<&User> {
        self.table.get(id)
    }

    /// The user online with this name.
    pub fn lookup(&self, name: &Name) -> Option<UserId> {
        self.table.find(name)
    }

    /// Number of users online.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether no user is online.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Most users that can be online.
    pub fn capacity(&self) -> usize {
        self.table.capacity()
    }

    /// The users from a cursor on, each with the cursor after it. An empty iterator means that the walk is
    /// complete.
    pub fn users(&self, from: Cursor) -> impl Iterator<Item = (&User, Cursor)> {
        cursor::walk(self.table.touched(), from)
    }

    /// Version after the latest change.
    pub fn version(&self) -> Version {
        self.changes.version()
    }

    /// Changes after `version`: first the number of them that were dropped, since only the latest
    /// [`CHANGES_MAX`] are kept; then the others, oldest first, each with the version after it.
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
