use core::net::Ipv4Addr;
use core::num::NonZeroU16;

use super::*;
use crate::error::tests::assert_texts_differ;
use crate::limits::{CHANGES_MAX, USERS_MAX};

const KEY: [u8; 16] = *b"sixteen bytes 16";
const NAMES: [&str; 4] = ["abdul", "katie", "zoë", "李"];

fn name(text: &str) -> Name {
    Name::new(text.as_bytes()).expect("a valid name")
}

fn endpoint(port: u16) -> Endpoint {
    Endpoint::new(Ipv4Addr::LOCALHOST.into(), NonZeroU16::new(port).expect("not port 0"))
}

fn user(text: &str, port: u16) -> User {
    User { name: name(text), endpoint: endpoint(port) }
}

/// The names from a cursor on.
fn listed<S: Storage>(registry: &RegistryInner<S>, from: Cursor) -> impl Iterator<Item = &str> {
    registry.users(from).map(|(user, _)| user.name.as_str())
}

#[test]
fn a_new_registry_is_empty() {
    static REGISTRY: Registry<16> = Registry::new(KEY);
    assert_eq!((REGISTRY.len(), REGISTRY.capacity()), (0, 16));
    assert!(REGISTRY.is_empty());
    assert_eq!(REGISTRY.lookup(&name("katie")), None);
    assert_eq!(REGISTRY.users(Cursor::START).count(), 0);
}

#[test]
fn a_user_is_found_by_name_and_by_id_until_released() {
    let mut registry = Registry::<16>::new(KEY);
    let katie = registry.claim(name("katie"), endpoint(5460)).expect("room");
    assert_eq!(registry.lookup(&name("katie")), Some(katie));
    assert_eq!(registry.get(katie), Some(&user("katie", 5460)));
    assert_eq!(registry.len(), 1);

    assert_eq!(registry.release(katie), Some(user("katie", 5460)));
    assert_eq!(registry.lookup(&name("katie")), None);
    assert_eq!(registry.get(katie), None);
    assert!(registry.is_empty());
}

#[test]
fn a_name_belongs_to_one_user_at_a_time() {
    let mut registry = Registry::<1>::new(KEY);
    let first = registry.claim(name("katie"), endpoint(1)).expect("room");
    let version = registry.version();
    // Checked before the room, of which there is none either.
    assert_eq!(registry.claim(name("katie"), endpoint(2)), Err(ClaimError::NameTaken));
    assert_eq!(registry.version(), version);
    assert_eq!(registry.get(first), Some(&user("katie", 1)));

    registry.release(first);
    assert!(registry.claim(name("katie"), endpoint(2)).is_ok());
}

#[test]
fn a_full_registry_says_so_and_keeps_everyone() {
    let mut registry = Registry::<2>::new(KEY);
    let abdul = registry.claim(name("abdul"), endpoint(1)).expect("room");
    let katie = registry.claim(name("katie"), endpoint(2)).expect("room");
    let version = registry.version();
    assert_eq!(registry.claim(name("sixth"), endpoint(6)), Err(ClaimError::Full));
    assert_eq!(registry.version(), version);
    assert_eq!(registry.lookup(&name("sixth")), None);
    assert_eq!(registry.lookup(&name("abdul")), Some(abdul));
    assert_eq!(registry.lookup(&name("katie")), Some(katie));

    registry.release(abdul);
    assert!(registry.claim(name("sixth"), endpoint(6)).is_ok());
    assert_eq!(registry.len(), 2);
}

#[test]
fn a_registry_without_slots_is_full() {
    let mut registry = Registry::<0>::new(KEY);
    assert_eq!(registry.claim(name("katie"), endpoint(1)), Err(ClaimError::Full));
    assert_eq!(registry.lookup(&name("katie")), None);
    assert_eq!(registry.users(Cursor::START).count(), 0);
}

#[test]
fn a_stale_id_finds_no_user() {
    let mut registry = Registry::<1>::new(KEY);
    let before = registry.claim(name("katie"), endpoint(1)).expect("room");
    registry.release(before);
    let after = registry.claim(name("katie"), endpoint(1)).expect("room");
    let version = registry.version();

    assert_ne!(before, after);
    assert_eq!(registry.get(before), None);
    assert_eq!(registry.release(before), None);
    assert_eq!(registry.version(), version);
    assert_eq!(registry.lookup(&name("katie")), Some(after));
}

/// Four users join, then leave in any order, some twice, under enough keys that any two of them share a
/// bucket under some key. With fewer `USERS` slots than users some joins fail.
fn leave_in_any_order<const USERS: usize>() {
    for key in 0..64 {
        for order in 0..4_usize.pow(4) {
            let mut registry = Registry::<USERS>::new([key; 16]);
            let ids = NAMES.map(|text| registry.claim(name(text), endpoint(1)).ok());
            let mut online = ids;
            for leaver in [0, 2, 4, 6].map(|shift| order >> shift & 3) {
                let expected = online[leaver].take().map(|_| user(NAMES[leaver], 1));
                assert_eq!(ids[leaver].and_then(|id| registry.release(id)), expected);
                assert_eq!(NAMES.map(|text| registry.lookup(&name(text))), online);
                assert_eq!(registry.len(), online.iter().flatten().count());
            }
        }
    }
}

#[test]
fn users_that_share_a_bucket_leave_alone() {
    leave_in_any_order::<1>();
    leave_in_any_order::<2>();
    leave_in_any_order::<4>();
}

#[test]
fn a_walk_in_steps_meets_everyone_who_stays_exactly_once() {
    let mut registry = Registry::<4>::new(KEY);
    let [abdul, katie, zoe, _] =
        NAMES.map(|text| registry.claim(name(text), endpoint(1)).expect("room for four"));
    let (first, cursor) = registry.users(Cursor::START).next().expect("four users");
    assert_eq!(first.name, name("abdul"));

    // Release one user behind the cursor and two ahead of it; then claim one slot on either side.
    registry.release(katie);
    registry.release(abdul);
    registry.release(zoe);
    registry.claim(name("ahead"), endpoint(1)).expect("room");
    registry.claim(name("behind"), endpoint(1)).expect("room");
    assert!(listed(&registry, cursor).eq(["ahead", "李"]));
    assert!(listed(&registry, Cursor::START).eq(["behind", "ahead", "李"]));
}

#[test]
fn a_cursor_outlives_the_users_it_passed() {
    let mut registry = Registry::<4>::new(KEY);
    let ids = NAMES.map(|text| registry.claim(name(text), endpoint(1)).expect("room for four"));
    let (_, end) = registry.users(Cursor::START).last().expect("four users");
    assert!(ids.map(|id| registry.release(id)).iter().all(Option::is_some));
    assert_eq!(registry.users(end).count(), 0);

    registry.claim(name("katie"), endpoint(1)).expect("room");
    assert_eq!(registry.users(end).count(), 0);
    assert!(listed(&registry, Cursor::START).eq(["katie"]));
}

#[test]
fn changes_tell_who_came_and_who_went() {
    let mut registry = Registry::<4>::new(KEY);
    let start = registry.version();
    let katie = registry.claim(name("katie"), endpoint(5460)).expect("room");
    let joined = registry.version();
    registry.release(katie);
    let left = registry.version();

    let (missed, changes) = registry.changes_since(start);
    assert_eq!(missed, 0);
    let expected = [(Change::Joined(user("katie", 5460)), joined), (Change::Left(name("katie")), left)];
    assert!(changes.map(|(change, after)| (change.clone(), after)).eq(expected));
}

#[test]
fn the_oldest_changes_are_forgotten_but_counted() {
    let mut registry = Registry::<1>::new(KEY);
    let start = registry.version();
    for _ in 0..CHANGES_MAX {
        let id = registry.claim(name("katie"), endpoint(1)).expect("room");
        registry.release(id);
    }
    let (missed, changes) = registry.changes_since(start);
    assert_eq!(missed, CHANGES_MAX as u64);
    assert_eq!(changes.count(), CHANGES_MAX);
}

#[test]
fn storage_may_be_borrowed_and_used_again() {
    let (mut slots, mut buckets) = ([const { Slot::EMPTY }; 2], [const { Bucket::EMPTY }; 2]);
    for _ in 0..2 {
        let mut registry = RegistryInner::with_storage((&mut slots, &mut buckets), KEY);
        assert_eq!(registry.users(Cursor::START).count(), 0);
        assert_eq!(registry.lookup(&name("katie")), None);
        registry.claim(name("katie"), endpoint(1)).expect("room");
        registry.claim(name("abdul"), endpoint(1)).expect("room");
    }
}

#[test]
fn slots_beyond_the_limit_lie_idle() {
    static REGISTRY: Registry<{ USERS_MAX + 1 }> = Registry::new(KEY);
    assert_eq!(REGISTRY.capacity(), USERS_MAX);
}

#[test]
fn each_reason_not_to_grant_a_name_has_its_text() {
    assert_texts_differ(&[ClaimError::NameTaken, ClaimError::Full]);
}
