//! The registry compared with a plain map: random claims and releases, with a slow walk and a subscriber that
//! lags behind.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::num::NonZeroU16;

use p2pm_core::limits::{CHANGES_MAX, USERS_MAX};
use p2pm_core::registry::{Bucket, ClaimError, Cursor, Registry, RegistryInner, Slot, UserId, Version};
use p2pm_core::wire::{Change, Endpoint, Name, User};
use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};

const KEY: [u8; 16] = *b"not random at al";

type Online = BTreeMap<Name, Endpoint>;

fn name(number: usize) -> Name {
    format!("user {number}").parse().unwrap()
}

fn endpoint(port: NonZeroU16) -> Endpoint {
    Endpoint::new(Ipv4Addr::LOCALHOST.into(), port)
}

/// Endpoint of users that join and leave repeatedly.
fn flapping() -> Endpoint {
    endpoint(NonZeroU16::MAX)
}

/// Every user in the registry, each once.
fn list<const USERS: usize>(registry: &Registry<USERS>) -> Online {
    let users = registry.users(Cursor::START).map(|(user, _)| (user.name.clone(), user.endpoint));
    let list: Online = users.collect();
    assert_eq!(list.len(), registry.users(Cursor::START).count());
    list
}

fn apply_change(online: &mut Online, change: &Change) {
    match change {
        Change::Joined(user) => online.insert(user.name.clone(), user.endpoint),
        Change::Left(name) => online.remove(name),
    };
}

/// How many of the last `changes` changes are no longer kept.
fn too_many(changes: usize) -> u64 {
    changes.saturating_sub(CHANGES_MAX).try_into().unwrap()
}

/// Model of a registry with `USERS` slots.
#[derive(Clone, Debug, Default)]
struct Model<const USERS: usize> {
    online: Online,
    /// All changes since the start.
    changes: Vec<Change>,
    /// Expected result of the last claim.
    claimed: Option<ClaimError>,
    /// Expected result of the last release.
    released: Option<User>,
}

#[derive(Clone, Debug)]
enum Step {
    Claim(Name, Endpoint),
    Release(Name),
    /// Claim and release a name so many times in a row that changes are dropped.
    Flap(Name, usize),
    /// Release a stale id.
    ReleaseStale(prop::sample::Index),
    /// Continue the walk by this many users.
    Walk(usize),
    /// Read this many of the changes that the subscriber has not read.
    Read(usize),
}

impl<const USERS: usize> Model<USERS> {
    /// More names than slots.
    fn names() -> impl Iterator<Item = Name> {
        (0..USERS + USERS / 2 + 2).map(name)
    }

    fn claim(&mut self, name: &Name, endpoint: Endpoint) -> Option<ClaimError> {
        if self.online.contains_key(name) {
            return Some(ClaimError::NameTaken);
        }
        if self.online.len() == USERS {
            return Some(ClaimError::Full);
        }
        self.online.insert(name.clone(), endpoint);
        self.changes.push(Change::Joined(User { name: name.clone(), endpoint }));
        None
    }

    fn release(&mut self, name: &Name) -> Option<User> {
        let (name, endpoint) = self.online.remove_entry(name)?;
        self.changes.push(Change::Left(name.clone()));
        Some(User { name, endpoint })
    }
}

impl<const USERS: usize> ReferenceStateMachine for Model<USERS> {
    type State = Self;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Self> {
        Just(Self::default()).boxed()
    }

    fn transitions(_: &Self) -> BoxedStrategy<Step> {
        let name = || prop::sample::select(Self::names().collect::<Vec<_>>());
        prop_oneof![
            8 => (name(), any::<NonZeroU16>()).prop_map(|(name, port)| Step::Claim(name, endpoint(port))),
            6 => name().prop_map(Step::Release),
            1 => (name(), 0..=CHANGES_MAX).prop_map(|(name, times)| Step::Flap(name, times)),
            1 => any::<prop::sample::Index>().prop_map(Step::ReleaseStale),
            3 => (0..=USERS / 4 + 1).prop_map(Step::Walk),
            2 => prop_oneof![3 => 0..5_usize, 1 => Just(usize::MAX)].prop_map(Step::Read),
        ]
        .boxed()
    }

    fn apply(mut model: Self, step: &Step) -> Self {
        match step {
            Step::Claim(name, endpoint) => model.claimed = model.claim(name, *endpoint),
            Step::Release(name) => model.released = model.release(name),
            Step::Flap(name, times) => {
                for _ in 0..*times {
                    model.claimed = model.claim(name, flapping());
                    model.released = model.release(name);
                }
            }
            Step::ReleaseStale(_) | Step::Walk(_) | Step::Read(_) => {}
        }
        model
    }
}

/// A walk over the users, a few at a time.
struct Walk {
    cursor: Cursor,
    since: Version,
    /// Number of changes when it began.
    changes: usize,
    /// Users online since then.
    steady: BTreeSet<Name>,
    met: Vec<User>,
}

impl Walk {
    fn begin<const USERS: usize>(registry: &Registry<USERS>, model: &Model<USERS>) -> Self {
        Self {
            cursor: Cursor::START,
            since: registry.version(),
            changes: model.changes.len(),
            steady: model.online.keys().cloned().collect(),
            met: Vec::new(),
        }
    }

    /// Continues over `count` users; returns whether that was the end.
    fn step<const USERS: usize>(&mut self, registry: &Registry<USERS>, count: usize) -> bool {
        let mut users = registry.users(self.cursor);
        for (user, after) in users.by_ref().take(count) {
            assert_eq!(registry.lookup(&user.name).and_then(|id| registry.get(id)), Some(user));
            self.met.push(user.clone());
            self.cursor = after;
        }
        users.next().is_none()
    }

    /// Every user that stayed has come up once; with the changes since, the list is right.
    fn check<const USERS: usize>(self, registry: &Registry<USERS>, model: &Model<USERS>) {
        for name in &self.steady {
            assert_eq!(self.met.iter().filter(|user| user.name == *name).count(), 1, "{name}");
        }
        let (missed, changes) = registry.changes_since(self.since);
        assert_eq!(missed, too_many(model.changes.len() - self.changes));
        if missed == 0 {
            let mut list = self.met.into_iter().map(|user| (user.name, user.endpoint)).collect();
            changes.for_each(|(change, _)| apply_change(&mut list, change));
            assert_eq!(list, model.online);
        }
    }
}

/// A subscriber that applies changes to its list.
struct Subscriber {
    version: Version,
    /// Number of changes at that version.
    changes: usize,
    list: Online,
}

impl Subscriber {
    fn begin<const USERS: usize>(registry: &Registry<USERS>, model: &Model<USERS>) -> Self {
        Self { version: registry.version(), changes: model.changes.len(), list: list(registry) }
    }

    /// Reads `limit` changes, or starts over if some were dropped.
    fn read<const USERS: usize>(&mut self, registry: &Registry<USERS>, model: &Model<USERS>, limit: usize) {
        let (missed, changes) = registry.changes_since(self.version);
        assert_eq!(missed, too_many(model.changes.len() - self.changes));
        if missed > 0 {
            *self = Self::begin(registry, model);
            return;
        }
        let expected = model.changes[self.changes..].iter().take(limit);
        let read: Vec<_> = changes.take(limit).collect();
        assert!(read.iter().map(|&(change, _)| change).eq(expected));
        for (change, after) in read {
            apply_change(&mut self.list, change);
            self.version = after;
            self.changes += 1;
        }
        if self.changes == model.changes.len() {
            assert_eq!(self.version, registry.version());
            assert_eq!(self.list, model.online);
        }
    }
}

/// A registry and its users.
struct Driven<const USERS: usize> {
    registry: Registry<USERS>,
    ids: BTreeMap<Name, UserId>,
    stale: Vec<UserId>,
    walk: Walk,
    subscriber: Subscriber,
}

impl<const USERS: usize> Driven<USERS> {
    fn claim(&mut self, model: &Model<USERS>, name: Name, endpoint: Endpoint) {
        let claimed = self.registry.claim(name.clone(), endpoint);
        assert_eq!(claimed.err(), model.claimed);
        if let Ok(id) = claimed {
            assert!(!self.stale.contains(&id));
            self.ids.insert(name, id);
        }
    }

    fn release(&mut self, model: &Model<USERS>, name: &Name) {
        let id = self.ids.remove(name);
        assert_eq!(id.and_then(|id| self.registry.release(id)), model.released);
        self.stale.extend(id);
        self.walk.steady.remove(name);
    }

    fn flap(&mut self, name: &Name, times: usize) {
        for _ in 0..times {
            let claimed = self.registry.claim(name.clone(), flapping());
            let Some(id) = claimed.ok().or_else(|| self.ids.remove(name)) else { return };
            assert_eq!(self.registry.release(id).unwrap().name, *name);
            self.stale.push(id);
            self.walk.steady.remove(name);
        }
    }

    fn release_stale(&mut self, index: prop::sample::Index) {
        if !self.stale.is_empty() {
            let id = *index.get(&self.stale);
            assert_eq!(self.registry.release(id), None);
        }
    }
}

impl<const USERS: usize> StateMachineTest for Driven<USERS> {
    type SystemUnderTest = Self;
    type Reference = Model<USERS>;

    fn init_test(model: &Model<USERS>) -> Self {
        let registry = Registry::new(KEY);
        let walk = Walk::begin(&registry, model);
        let subscriber = Subscriber::begin(&registry, model);
        Self { registry, ids: BTreeMap::new(), stale: Vec::new(), walk, subscriber }
    }

    fn apply(mut driven: Self, model: &Model<USERS>, step: Step) -> Self {
        match step {
            Step::Claim(name, endpoint) => driven.claim(model, name, endpoint),
            Step::Release(name) => driven.release(model, &name),
            Step::Flap(name, times) => driven.flap(&name, times),
            Step::ReleaseStale(index) => driven.release_stale(index),
            Step::Walk(count) => {
                if driven.walk.step(&driven.registry, count) {
                    let next = Walk::begin(&driven.registry, model);
                    std::mem::replace(&mut driven.walk, next).check(&driven.registry, model);
                }
            }
            Step::Read(limit) => driven.subscriber.read(&driven.registry, model, limit),
        }
        driven
    }

    fn check_invariants(driven: &Self, model: &Model<USERS>) {
        let registry = &driven.registry;
        assert_eq!(registry.len(), model.online.len());
        assert_eq!(registry.is_empty(), model.online.is_empty());
        assert_eq!(registry.capacity(), USERS);
        assert_eq!(list(registry), model.online);
        for name in Model::<USERS>::names() {
            let id = registry.lookup(&name);
            assert_eq!(id, driven.ids.get(&name).copied());
            let user = id.and_then(|id| registry.get(id)).cloned();
            assert_eq!(user, model.online.get(&name).map(|&endpoint| User { name, endpoint }));
        }
        assert!(driven.stale.iter().rev().take(CHANGES_MAX).all(|&id| registry.get(id).is_none()));
    }
}

prop_state_machine! {
    #[test]
    fn one_slot_is_like_a_map(sequential 1..300 => Driven<1>);

    #[test]
    fn two_slots_are_like_a_map(sequential 1..300 => Driven<2>);

    #[test]
    fn sixteen_slots_are_like_a_map(sequential 1..500 => Driven<16>);
}

#[test]
fn as_many_users_as_can_be_come_and_go() {
    let storage = (vec![Slot::EMPTY; USERS_MAX], vec![Bucket::EMPTY; USERS_MAX]);
    let mut registry = RegistryInner::with_storage(storage, KEY);
    let ids: Vec<_> = (0..USERS_MAX)
        .map(|number| registry.claim(name(number), endpoint(NonZeroU16::MIN)).unwrap())
        .collect();
    assert_eq!(registry.claim(name(USERS_MAX), endpoint(NonZeroU16::MIN)), Err(ClaimError::Full));
    assert_eq!(registry.len(), USERS_MAX);
    assert_eq!(registry.users(Cursor::START).count(), USERS_MAX);

    for (number, &id) in ids.iter().enumerate() {
        assert_eq!(registry.lookup(&name(number)), Some(id));
        assert_eq!(registry.get(id).unwrap().name, name(number));
    }
    for (number, &id) in ids.iter().enumerate() {
        assert_eq!(registry.release(id).unwrap().name, name(number));
        assert_eq!(registry.lookup(&name(number)), None);
    }
    assert!(registry.is_empty());
    assert_eq!(registry.users(Cursor::START).count(), 0);
}
