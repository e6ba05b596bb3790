//! A table of one set, a table of many, and the rule of `docs/PROTOCOL.md` as a model.

extern crate std;

use core::net::{Ipv4Addr, Ipv6Addr};
use core::time::Duration;
use std::boxed::Box;
use std::collections::{BTreeMap, BTreeSet};
use std::vec;
use std::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::limits::GUESSERS_MAX;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const START: Instant = Instant::from_millis(7);

/// A table of a device's size.
fn few() -> Guesses<[Guesser; GUESSER_WAYS]> {
    Guesses::new([Guesser::EMPTY; GUESSER_WAYS], [0; 16])
}

/// A table of a Linux program's size.
fn many() -> Guesses<Box<[Guesser]>> {
    Guesses::new(vec![Guesser::EMPTY; GUESSERS_MAX].into(), [3; 16])
}

fn ipv4(number: u32) -> IpAddr {
    Ipv4Addr::from_bits(0x0A00_0000 | number).into()
}

/// An address in /64 number `network` of /48 number `site`.
fn ipv6(site: u32, network: u16) -> IpAddr {
    Ipv6Addr::from_bits(0x2001 << 112 | u128::from(site) << 80 | u128::from(network) << 64 | 1).into()
}

/// Makes one wrong guess; false if it is rejected unread.
fn guess<G: Guessers>(guesses: &mut Guesses<G>, now: Instant, from: IpAddr) -> bool {
    let is_looked_at = guesses.wait(now, from).is_none();
    if is_looked_at {
        guesses.record_wrong(now, from);
    }
    is_looked_at
}

/// Makes wrong guesses until one is rejected unread, and counts them.
fn guess_all<G: Guessers>(guesses: &mut Guesses<G>, now: Instant, from: IpAddr) -> u32 {
    let mut looked_at = 0;
    while guess(guesses, now, from) {
        looked_at += 1;
    }
    assert!(u64::from(seconds_to_wait(guesses, now, from)) <= GUESS_INTERVAL.as_secs());
    looked_at
}

fn seconds_to_wait<G: Guessers>(guesses: &Guesses<G>, now: Instant, from: IpAddr) -> u32 {
    guesses.wait(now, from).map_or(0, NonZeroU32::get)
}

/// Number of guesses that are read when each address makes `each` at once, one address after the other.
fn looked_at<G: Guessers>(guesses: &mut Guesses<G>, each: u32, from: impl Iterator<Item = IpAddr>) -> u32 {
    let count = |from| (0..each).filter(|_| guess(guesses, START, from)).count();
    u32::try_from(from.map(count).sum::<usize>()).unwrap()
}

#[test]
fn five_at_once_and_then_six_a_minute() {
    let mut guesses = few();
    assert_eq!(guess_all(&mut guesses, START, HERE), 5);
    assert_eq!(seconds_to_wait(&guesses, START, HERE), 10);
    assert_eq!(seconds_to_wait(&guesses, START + Duration::from_millis(1), HERE), 10);
    assert_eq!(seconds_to_wait(&guesses, START + Duration::from_millis(9999), HERE), 1);
    // An attacker that tries ten times a second for an hour.
    let mut looked_at = [0; 60];
    for tenth in 1..=36_000 {
        let now = START + Duration::from_millis(100) * tenth;
        looked_at[usize::try_from((tenth - 1) / 600).unwrap()] += guess_all(&mut guesses, now, HERE);
    }
    assert_eq!(looked_at, [6; 60]);
}

#[test]
fn guesses_are_refilled_up_to_the_burst() {
    let mut guesses = few();
    let mut now = START;
    for (rest, free) in [(0, 5), (9, 0), (1, 1), (10, 1), (20, 2), (49, 4), (1, 1), (50, 5), (600, 5)] {
        now = now + Duration::from_secs(rest);
        assert_eq!(guess_all(&mut guesses, now, HERE), free, "after {rest} s more");
    }
}

#[test]
fn a_network_without_debt_frees_its_slot() {
    let mut guesses = few();
    assert_eq!(looked_at(&mut guesses, 1, (1..=64).map(ipv4)), 64);
    let later = START + GUESS_INTERVAL;
    // Each of these takes a slot of its own again, so none is charged to the shared bucket.
    assert_eq!((101..=164).map(|number| guess_all(&mut guesses, later, ipv4(number))).sum::<u32>(), 5 * 64);
    assert_eq!(guesses.strangers, Instant::default());
}

#[test]
fn an_ipv6_host_cannot_dodge_by_changing_its_address() {
    let mut guesses = few();
    for i in 1..=u128::from(FREE_GUESSES) {
        guesses.record_wrong(START, Ipv6Addr::from_bits(0x2001_0db8 << 96 | i).into());
    }
    assert_eq!(seconds_to_wait(&guesses, START, "2001:db8::ffff".parse().unwrap()), 10);
    assert_eq!(seconds_to_wait(&guesses, START, "2001:db8:0:1::1".parse().unwrap()), 0);
}

#[test]
fn a_site_has_four_networks_worth_of_guesses() {
    let mut guesses = many();
    let networks = || (0..=u16::MAX).map(|network| ipv6(1, network));
    assert_eq!(looked_at(&mut guesses, 1, networks()), FREE_SITE_GUESSES);
    assert_eq!(guess_all(&mut guesses, START, ipv6(2, 0)), FREE_GUESSES, "another site need not wait");
    let minute = (1..=60).map(|second| {
        let now = START + Duration::from_secs(second);
        networks().step_by(64).filter(|from| guess(&mut guesses, now, *from)).count()
    });
    assert_eq!(minute.sum::<usize>(), 24);
}

#[test]
fn seventy_networks_have_no_more_guesses_than_there_are_buckets() {
    let each = 8;
    let seventy = || (1..=70).map(ipv4);
    // Sixty-four have a bucket of their own; six share the one for networks without a slot.
    assert_eq!(looked_at(&mut few(), each, seventy()), 64 * FREE_GUESSES + 6 * each);
    assert_eq!(looked_at(&mut many(), each, seventy()), 70 * FREE_GUESSES);
}

#[test]
fn networks_without_a_slot_share_sixty_guesses_a_minute() {
    let mut guesses = few();
    // Every slot's debt is larger than a minute pays off.
    for known in (1..=64).map(ipv4) {
        (0..10).for_each(|_| guesses.record_wrong(START, known));
    }
    assert_eq!(looked_at(&mut guesses, 1, (1001..=2000).map(ipv4)), FREE_STRANGER_GUESSES);
    let minute = (1..=240).map(|quarter| {
        let now = START + Duration::from_millis(250) * quarter;
        (3001..=3010).filter(|number| guess(&mut guesses, now, ipv4(number + 10 * quarter))).count()
    });
    assert_eq!(minute.sum::<usize>(), 60);
    assert_eq!(seconds_to_wait(&guesses, START + Duration::from_mins(1), ipv4(9999)), 1);
}

#[test]
fn a_proved_network_waits_for_its_own_guesses_alone() {
    let mut guesses = few();
    let (friend, neighbour) = (ipv6(1, 0), ipv6(1, 1));
    guesses.record_right(START, friend);
    assert_eq!(looked_at(&mut guesses, 1, (2..1000).map(|network| ipv6(1, network))), FREE_SITE_GUESSES);
    looked_at(&mut guesses, 10, (1..=500).map(ipv4));
    for from in [neighbour, ipv4(501)] {
        assert_ne!(seconds_to_wait(&guesses, START, from), 0, "who has not waits");
    }
    assert_eq!(guess_all(&mut guesses, START, friend), FREE_GUESSES, "and guesses as often as anybody");
    assert_eq!(seconds_to_wait(&guesses, START, friend), 10);
    guesses.record_right(START, friend);
    assert_eq!(seconds_to_wait(&guesses, START, friend), 10, "the right password makes up for no wrong one");
}

#[test]
fn proved_networks_leave_slots_for_guessing_ones() {
    let mut guesses = few();
    for (number, second) in (1..=1000).zip(0..) {
        guesses.record_right(START + Duration::from_secs(second), ipv4(number));
    }
    let is_proved =
        |number: &u32| guesses.find(Network::from(ipv4(*number))).is_some_and(|known| known.is_proved);
    let last: Vec<u32> = (985..=1000).collect();
    assert_eq!((1..=1000).filter(is_proved).collect::<Vec<_>>(), last, "the latest are remembered");
    let now = START + Duration::from_secs(1000);
    let others = (2001..=2048).map(|number| guess_all(&mut guesses, now, ipv4(number)));
    assert_eq!(others.sum::<u32>(), 48 * FREE_GUESSES);
    assert_eq!(guesses.strangers, Instant::default());
}

#[test]
fn proved_networks_in_debt_leave_slots_too() {
    let mut guesses = few();
    (1..=64).for_each(|number| guesses.record_wrong(START, ipv4(number)));
    (1..=64).for_each(|number| guesses.record_right(START, ipv4(number)));
    assert_eq!(guesses.table.iter().filter(|slot| slot.is_proved).count(), PROVED_MAX);
}

#[test]
fn a_look_up_searches_one_set_whatever_the_size_of_the_table() {
    for slots in [0, 1, 16, 64, 65, 100, GUESSERS_MAX] {
        let mut guesses = Guesses::new(vec![Guesser::EMPTY; slots], [5; 16]);
        let used: BTreeSet<usize> = (0..20_000)
            .map(|number| {
                let network = Network::from(ipv4(number));
                assert!(guesses.set(network).len() <= GUESSER_WAYS);
                assert_eq!(guesses.set(network).len(), guesses.set_mut(network).len());
                guesses.set_index(slots, network)
            })
            .collect();
        assert!(used.len() >= slots.div_ceil(GUESSER_WAYS), "{slots} slots are all used");
        // There is a limit even without any slot.
        assert!(looked_at(&mut guesses, 1, (0..100_000).map(ipv4)) <= u32::try_from(slots).unwrap() + 60);
    }
}

#[test]
fn networks_chosen_without_the_key_fill_no_set() {
    let mut guesses = many();
    let half = u32::try_from(GUESSERS_MAX / 2).unwrap();
    assert_eq!(looked_at(&mut guesses, 1, (0..half).map(ipv4)), half);
    assert_eq!(guesses.strangers, Instant::default(), "half a table has room for half as many");
}

/// A network, or a site if the second part is `None`.
type Place = (u32, Option<u16>);

/// Model of `docs/PROTOCOL.md`, section 7.2, with an unbounded map: the tokens left in each bucket, in
/// milliseconds, and when that was.
#[derive(Default)]
struct Model {
    buckets: BTreeMap<Place, (i64, u64)>,
    proved: BTreeSet<Place>,
}

impl Model {
    fn left(&self, millis: u64, of: Place, full: i64) -> i64 {
        let (left, last) = self.buckets.get(&of).copied().unwrap_or((full, millis));
        full.min(left + i64::try_from(millis - last).unwrap())
    }

    /// Whether a guess is read, right or wrong.
    fn guess(&mut self, millis: u64, site: u32, network: u16, is_right: bool) -> bool {
        let (whole, part) = ((site, None), (site, Some(network)));
        let (of_whole, of_part) = (self.left(millis, whole, 50_000), self.left(millis, part, 50_000));
        if of_part < 10_000 || (of_whole < 2500 && !self.proved.contains(&part)) {
            return false;
        }
        if is_right {
            self.proved.insert(part);
        } else {
            self.buckets.insert(part, (of_part - 10_000, millis));
            // A proved network may overdraw its site's bucket.
            self.buckets.insert(whole, (of_whole - 2500, millis));
        }
        true
    }
}

proptest! {
    #[test]
    fn with_a_slot_for_each_network_it_is_the_documented_rule(
        visits in prop::collection::vec((0..3_u32, 0..5_u16, 0..20_u8, 0..4000_u64), 1..400),
    ) {
        let (mut guesses, mut model, mut millis) = (few(), Model::default(), 0);
        for (site, network, luck, pause) in visits {
            millis += pause * pause / 4000;
            let (now, from, is_right) = (Instant::from_millis(millis), ipv6(site, network), luck == 0);
            let is_looked_at = guesses.wait(now, from).is_none();
            prop_assert_eq!(is_looked_at, model.guess(millis, site, network, is_right));
            match (is_looked_at, is_right) {
                (true, true) => guesses.record_right(now, from),
                (true, false) => guesses.record_wrong(now, from),
                (false, _) => {}
            }
        }
    }

    #[test]
    fn no_crowd_has_more_guesses_than_the_buckets_hold(
        visits in prop::collection::vec((0..2000_u32, 0..200_u64), 1..2000),
    ) {
        let (mut guesses, mut millis, mut looked_at) = (few(), 0, 0_u64);
        for (number, pause) in visits {
            millis += pause;
            looked_at += u64::from(guess(&mut guesses, Instant::from_millis(millis), ipv4(number)));
        }
        // Every bucket full at the start, and what has been refilled since.
        let (own, shared) = (64 * (5 + millis / 10_000 + 1), 60 + millis / 1000);
        prop_assert!(looked_at <= own + shared, "{} in {} ms", looked_at, millis);
    }
}
