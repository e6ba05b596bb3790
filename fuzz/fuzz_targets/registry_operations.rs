//! Operations on a registry, compared with a plain map.
#![no_main]

use std::collections::{BTreeMap, BTreeSet};

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use p2pm_core::limits::CHANGES_MAX;
use p2pm_core::registry::{Bucket, ClaimError, Cursor, RegistryInner, Slot, UserId, Version};
use p2pm_core::wire::{Change, Name, User};
use p2pm_fuzz::{endpoint, name};

#[derive(Arbitrary, Debug)]
struct Input {
    slots: u8,
    key: [u8; 16],
    operations: Vec<Operation>,
}

#[derive(Arbitrary, Debug)]
enum Operation {
    Claim {
        name: u8,
        port: u16,
    },
    /// Of a user that was ever online, who may be offline by now.
    Release(u8),
    Lookup(u8),
    /// Starts a walk over the users.
    Walk,
    /// Continues the walk by this many users.
    Step(u8),
    /// Asks for the changes since a previous version.
    Changes(u8),
}

fuzz_target!(|input: Input| {
    let slots = usize::from(input.slots % 8);
    let registry =
        RegistryInner::with_storage((vec![Slot::EMPTY; slots], vec![Bucket::EMPTY; slots]), input.key);
    let first = registry.version();
    let mut checked = Checked {
        registry,
        model: BTreeMap::new(),
        ids: Vec::new(),
        history: Vec::new(),
        versions: vec![first],
        walk: Walk { cursor: Cursor::START, expected: BTreeSet::new(), met: Vec::new() },
    };
    for operation in &input.operations {
        checked.apply(operation);
    }
});

/// A registry and its model.
struct Checked {
    registry: RegistryInner<(Vec<Slot>, Vec<Bucket>)>,
    model: BTreeMap<Name, (UserId, User)>,
    /// Ids of all users that were ever online.
    ids: Vec<UserId>,
    history: Vec<Change>,
    /// One before each change, and one after the last.
    versions: Vec<Version>,
    walk: Walk,
}

/// A walk, during which users join and leave.
struct Walk {
    cursor: Cursor,
    /// Users online since the walk started, which must come up.
    expected: BTreeSet<UserKey>,
    met: Vec<UserKey>,
}

/// One stay of a user.
type UserKey = (Name, usize);

impl Checked {
    fn apply(&mut self, operation: &Operation) {
        match *operation {
            Operation::Claim { name: number, port } => {
                self.claim(User { name: name(number), endpoint: endpoint(port) });
            }
            Operation::Release(number) => self.release(number),
            Operation::Lookup(number) => {
                let name = name(number);
                let id = self.registry.lookup(&name);
                assert_eq!(id, self.model.get(&name).map(|(id, _)| *id));
                let user = id.and_then(|id| self.registry.get(id));
                assert_eq!(user, self.model.get(&name).map(|(_, user)| user));
            }
            Operation::Walk => self.begin_walk(),
            Operation::Step(users) => self.step(usize::from(users)),
            Operation::Changes(number) => self.check_changes(usize::from(number)),
        }
        assert_eq!(self.registry.len(), self.model.len());
        assert_eq!(self.registry.is_empty(), self.model.is_empty());
        assert_eq!(Some(&self.registry.version()), self.versions.last());
    }

    fn claim(&mut self, user: User) {
        let result = self.registry.claim(user.name.clone(), user.endpoint);
        if self.model.contains_key(&user.name) {
            assert_eq!(result, Err(ClaimError::NameTaken));
        } else if self.model.len() == self.registry.capacity() {
            assert_eq!(result, Err(ClaimError::Full));
        } else {
            let id = result.expect("a name that is free, and room");
            assert!(!self.ids.contains(&id), "an id means one stay");
            self.ids.push(id);
            self.model.insert(user.name.clone(), (id, user.clone()));
            self.record(Change::Joined(user));
        }
    }

    fn release(&mut self, number: u8) {
        let Some(index) = usize::from(number).checked_rem(self.ids.len()) else { return };
        let id = self.ids[index];
        let name = self.model.iter().find(|(_, (online, _))| *online == id).map(|(name, _)| name.clone());
        let expected = name.and_then(|name| self.model.remove(&name)).map(|(_, user)| user);
        assert_eq!(self.registry.release(id), expected);
        assert_eq!(self.registry.get(id), None);
        if let Some(user) = expected {
            self.walk.expected.remove(&(user.name.clone(), index));
            self.record(Change::Left(user.name));
        }
    }

    fn record(&mut self, change: Change) {
        let version = self.registry.version();
        assert!(self.versions.last() < Some(&version), "versions rise");
        self.history.push(change);
        self.versions.push(version);
    }

    fn key(&self, name: &Name) -> UserKey {
        let (id, _) = &self.model[name];
        (name.clone(), self.ids.iter().position(|known| known == id).expect("an id that was given"))
    }

    fn begin_walk(&mut self) {
        let expected = self.model.keys().map(|name| self.key(name)).collect();
        self.walk = Walk { cursor: Cursor::START, expected, met: Vec::new() };
    }

    fn step(&mut self, users: usize) {
        let page: Vec<(User, Cursor)> =
            self.registry.users(self.walk.cursor).take(users).map(|(user, at)| (user.clone(), at)).collect();
        let is_complete = page.len() < users;
        for (user, cursor) in page {
            assert_eq!(self.model.get(&user.name).map(|(_, user)| user), Some(&user));
            let key = self.key(&user.name);
            assert!(!self.walk.met.contains(&key), "nobody comes up twice");
            self.walk.expected.remove(&key);
            self.walk.met.push(key);
            self.walk.cursor = cursor;
        }
        assert!(!is_complete || self.walk.expected.is_empty(), "everyone who stays comes up");
    }

    fn check_changes(&self, number: usize) {
        let known = number % self.versions.len();
        let (missed, changes) = self.registry.changes_since(self.versions[known]);
        let kept = known.max(self.history.len().saturating_sub(CHANGES_MAX));
        assert_eq!(missed, (kept - known) as u64);
        assert!(changes.eq(self.history[kept..].iter().zip(self.versions[kept + 1..].iter().copied())));
    }
}
