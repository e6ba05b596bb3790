extern crate std;

use core::net::{Ipv4Addr, Ipv6Addr};
use core::num::NonZeroU16;
use std::vec::Vec;

use super::*;

const NOW: Instant = Instant::from_millis(500);

fn dialer() -> Dialer<[Target; 2]> {
    Dialer::new(NOW, [Target::EMPTY; 2], 0)
}

fn at(ip: impl Into<IpAddr>) -> Endpoint {
    Endpoint::new(ip.into(), NonZeroU16::MIN)
}

/// An address on one network, of nobody known.
fn address(last: u8) -> Address {
    Address::of_anybody(at(Ipv4Addr::new(10, 0, 0, last)), CircleId(0))
}

#[test]
fn a_word_of_others_does_not_hide_an_address() {
    let mut dialer = dialer();
    let [ours, linked] = [1, 2].map(|byte| Some(PublicKey([byte; 32])));
    dialer.add(NOW, Address { key: ours, ..address(1) }, Source::Remembered, Duration::ZERO);
    dialer.add(NOW, Address { key: linked, ..address(1) }, Source::Roster, Duration::ZERO);
    let demand = |address: &Address| if address.key == linked { Demand::Linked } else { Demand::Wanted };
    assert!(dialer.next(NOW, demand).is_some());
}

#[test]
fn a_full_table_keeps_what_the_user_has_named() {
    let mut dialer = dialer();
    let mut add = |last, source| dialer.add(NOW, address(last), source, Duration::ZERO);
    assert!(add(1, Source::Typed) && add(2, Source::Roster));
    assert!(add(3, Source::Found), "in place of what a roster tells of");
    assert!(!add(4, Source::Roster));
    assert!(add(5, Source::Meeting));
    assert!(!add(6, Source::Typed) && add(1, Source::Typed));
}

#[test]
fn the_node_with_the_larger_key_waits_for_the_other_one_to_dial() {
    let mut dialer = dialer();
    let [smaller, larger] = [1, 2].map(|byte| PublicKey([byte; 32]));
    let delays = [(&smaller, &larger), (&larger, &smaller)].map(|(ours, theirs)| dialer.delay(ours, theirs));
    assert!(delays[0] < YIELD_DELAY / 4 && delays[1] >= YIELD_DELAY, "{delays:?}");
}

#[test]
fn what_the_user_has_named_is_dialled_however_much_others_cause() {
    let mut dialer = dialer();
    dialer.debts.contacts = NOW + DIAL_INTERVAL * DIALS_BURST;
    dialer.add(NOW, address(1), Source::Remembered, Duration::ZERO);
    assert!(dialer.next(NOW, |_| Demand::Wanted).is_none());
    assert_eq!(dialer.deadline(NOW), Some(NOW + DIAL_INTERVAL));
    dialer.add(NOW, address(2), Source::Typed, Duration::ZERO);
    assert_eq!(dialer.deadline(NOW), Some(NOW));
    assert_eq!(dialer.next(NOW, |_| Demand::Wanted).map(|(index, _)| index), Some(1));
}

/// A dialer that knows of a hundred nodes that are not there, after ten minutes in which it has dialled them.
fn misled<const ROWS: usize>() -> (Instant, Dialer<[Target; ROWS]>) {
    let mut dialer = Dialer::new(NOW, [Target::EMPTY; ROWS], 0);
    for last in 0..100 {
        dialer.add(NOW, address(last), Source::Found, Duration::ZERO);
    }
    dialer.debts.hints = NOW + DIAL_INTERVAL * DIALS_BURST;
    let mut now = NOW;
    for _ in 0..600 {
        now = now + DIAL_INTERVAL;
        if let Some((index, _)) = dialer.next(now, |_| Demand::Wanted) {
            dialer.ended(now, index, Outcome::Failed);
        }
    }
    (now, dialer)
}

#[test]
fn nodes_that_are_not_there_do_not_keep_others_from_being_dialled() {
    let (mut now, mut dialer) = misled::<128>();
    assert!(dialer.add(now, address(200), Source::Found, Duration::ZERO));
    let mut dials = Vec::new();
    for _ in 0..10 {
        now = now + DIAL_INTERVAL;
        let (index, dialled) = dialer.next(now, |_| Demand::Wanted).unwrap();
        dialer.ended(now, index, Outcome::Failed);
        dials.push(dialled == address(200));
    }
    assert!(dials[0], "it is dialled next");
    assert!(
        dials[1..].contains(&true),
        "and again after its back-off, although others have waited for longer"
    );
}

#[test]
fn a_contact_that_was_lost_is_dialled_whatever_others_tell_of() {
    let (mut now, mut dialer) = misled::<128>();
    dialer.add(now, address(200), Source::Remembered, Duration::ZERO);
    let mut dials = 0;
    for _ in 0..30 {
        now = now + DIAL_INTERVAL;
        while let Some((index, dialled)) = dialer.next(now, |_| Demand::Wanted) {
            dialer.ended(now, index, Outcome::Failed);
            dials += u32::from(dialled == address(200));
        }
    }
    assert!(dials >= 4, "at once, and after 1, 2, 4 and 8 seconds, but {dials} times");
}

#[test]
fn all_nodes_that_are_not_there_are_dialled_alike() {
    let (_, dialer) = misled::<100>();
    let failures = || dialer.rows.used().iter().map(|target| target.failures);
    assert!(
        failures().max().unwrap() - failures().min().unwrap() <= 1,
        "{:?}",
        failures().collect::<Vec<_>>()
    );
}

#[test]
fn nodes_that_are_not_there_do_not_fill_the_table_for_good() {
    let (now, mut dialer) = misled::<100>();
    assert!(dialer.add(now, address(200), Source::Roster, Duration::ZERO));
    let next = dialer.next(now + DIAL_INTERVAL, |_| Demand::Wanted);
    assert_eq!(next.map(|(_, dialled)| dialled), Some(address(200)));
}

/// A dialer that was told of an address and then lost its network; `tell` says how it was told.
fn stranded(tell: impl FnOnce(&mut Dialer<[Target; 2]>)) -> Dialer<[Target; 2]> {
    let mut dialer = dialer();
    tell(&mut dialer);
    dialer.retain_found(|_| false);
    dialer
}

fn is_dialled(dialer: &mut Dialer<[Target; 2]>) -> bool {
    dialer.next(NOW + DIAL_BACK_OFF_MAX * 2, |_| Demand::Wanted).is_some()
}

#[test]
fn where_somebody_was_found_on_a_network_that_is_gone_nobody_is_dialled() {
    let is_dialled_from = |source, key| {
        let address = Address { key, ..address(1) };
        is_dialled(&mut stranded(|it| assert!(it.add(NOW, address, source, Duration::ZERO))))
    };
    assert!(!is_dialled_from(Source::Found, None));
    assert!(is_dialled_from(Source::Found, Some(PublicKey([1; 32]))), "it has answered");
    for source in [Source::Roster, Source::Listed, Source::Remembered, Source::Typed] {
        assert!(is_dialled_from(source, None), "{source:?}");
    }
    let mut dialer = dialer();
    dialer.add(NOW, address(1), Source::Found, Duration::ZERO);
    dialer.retain_found(|ip| ip == address(1).endpoint.ip());
    assert!(is_dialled(&mut dialer), "its network is there");
}

/// A dialer that dials somebody who was found, and then loses the network.
fn dialling() -> Dialer<[Target; 2]> {
    stranded(|dialer| {
        dialer.add(NOW, address(1), Source::Found, Duration::ZERO);
        assert!(is_dialled(dialer));
    })
}

#[test]
fn a_dial_on_a_network_that_is_gone_is_the_last_one_unless_it_is_answered() {
    let mut last = dialling();
    last.ended(NOW, 0, Outcome::Failed);
    assert!(!is_dialled(&mut last));
    let mut answered = dialling();
    answered.answered(0, PublicKey([1; 32]));
    answered.ended(NOW, 0, Outcome::Failed);
    assert!(is_dialled(&mut answered));
    let mut again = dialling();
    again.add(NOW, address(1), Source::Found, Duration::ZERO);
    again.ended(NOW, 0, Outcome::Failed);
    assert!(is_dialled(&mut again), "it was found again meanwhile");
}

#[test]
fn what_was_given_up_is_not_dialled_on_another_network_either() {
    let mut dialer = dialling();
    assert!(!dialer.has_given_up(address(1).endpoint));
    for _ in 0..2 {
        dialer.ended(NOW, 0, Outcome::Hopeless);
        assert!(dialer.has_given_up(address(1).endpoint) && !dialer.has_given_up(address(2).endpoint));
        dialer.add(NOW, address(1), Source::Found, Duration::ZERO);
        assert!(!is_dialled(&mut dialer));
        dialer.retain_found(|_| false);
    }
}

#[test]
fn an_address_that_was_forgotten_leaves_its_room() {
    let mut dialer = stranded(|dialer| {
        for last in [1, 2] {
            dialer.add(NOW, address(last), Source::Found, Duration::ZERO);
        }
    });
    assert!(dialer.add(NOW, address(3), Source::Roster, Duration::ZERO));
    assert!(dialer.add(NOW, address(4), Source::Roster, Duration::ZERO));
    assert_eq!(dialer.rows.used().iter().filter(|target| target.address.is_some()).count(), 2);
}

#[test]
fn a_server_is_not_forgotten_with_a_node_that_claims_its_address() {
    let mut dialer = dialer();
    for source in [Source::Meeting, Source::Typed] {
        dialer.add(NOW, address(1), source, Duration::ZERO);
    }
    dialer.forget(|it| *it == address(1));
    let dialled = core::iter::from_fn(|| dialer.next(NOW, |_| Demand::Wanted)).map(|(index, _)| index);
    assert_eq!(dialled.collect::<Vec<_>>(), [0]);
}

#[test]
fn peers_send_a_node_only_to_hosts() {
    let host = IpAddr::from([192, 0, 2, 1]);
    for ip in [host, Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1).into()] {
        assert!(is_plausible(&at(ip), None) && is_plausible(&at(ip), Some(host)), "{ip}");
    }
    for ip in ["0.0.0.0", "224.0.0.1", "255.255.255.255", "169.254.0.1", "::", "ff02::1", "fe80::1"] {
        let ip: IpAddr = ip.parse().unwrap();
        assert!(!is_plausible(&at(ip), None) && !is_plausible(&at(ip), Some(host)), "{ip}");
    }
    for ip in [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()] {
        assert!(is_plausible(&at(ip), Some(ip)));
        assert!(!is_plausible(&at(ip), None) && !is_plausible(&at(ip), Some(host)), "{ip}");
    }
}

#[test]
fn dials_that_others_cause_are_paid_for() {
    let mut dialer = Dialer::new(NOW, std::vec![Target::EMPTY; 300], 0);
    for source in [Source::Found, Source::Remembered] {
        for last in 0..=255 {
            let shared = Endpoint::new(
                Ipv4Addr::new(10, 0, u8::from(source == Source::Found), last).into(),
                NonZeroU16::MIN,
            );
            dialer.add(NOW, Address::of_anybody(shared, CircleId(0)), source, Duration::ZERO);
        }
    }
    let dialled = core::iter::from_fn(|| dialer.next(NOW, |_| Demand::Wanted)).count();
    assert_eq!(dialled, 300, "as many as there is room for");
    let burst = usize::try_from(DIALS_BURST).unwrap();
    for _ in 0..2 {
        for index in 0..300 {
            dialer.ended(NOW, index, Outcome::Failed);
        }
        let later = NOW + DIAL_BACK_OFF_MAX;
        let dialled = core::iter::from_fn(|| dialer.next(later, |_| Demand::Wanted)).count();
        assert!(dialled < burst, "{dialled}");
    }
}

#[test]
fn a_node_that_has_left_an_address_is_still_looked_for_at_others() {
    let mut dialer = dialer();
    let key = Some(PublicKey([1; 32]));
    for last in [1, 2] {
        dialer.add(NOW, Address { key, ..address(last) }, Source::Remembered, Duration::ZERO);
    }
    dialer.left(address(1).endpoint, &PublicKey([1; 32]));
    let keys: Vec<_> = dialer.rows.used().iter().map(|it| it.address.unwrap().key).collect();
    assert_eq!(keys, [None, key]);
}

#[test]
fn the_wait_after_a_failure_doubles_and_varies_by_a_quarter() {
    let mut dialer = dialer();
    dialer.add(NOW, address(1), Source::Typed, Duration::ZERO);
    let (mut now, mut wait) = (NOW, DIAL_BACK_OFF_MIN);
    for _ in 0..10 {
        let (index, _) = dialer.next(now, |_| Demand::Wanted).expect("it is due");
        dialer.ended(now, index, Outcome::Failed);
        let due = dialer.deadline(now).unwrap();
        assert!((now + wait * 3 / 4..=now + wait * 5 / 4).contains(&due), "{wait:?}");
        (now, wait) = (due, (wait * 2).min(DIAL_BACK_OFF_MAX));
    }
}

#[test]
fn of_those_that_have_not_failed_the_newest_is_dialled_first_and_of_others_the_oldest() {
    let mut dialer = dialer();
    let soon = NOW + Duration::from_millis(10);
    dialer.add(NOW, address(1), Source::Found, Duration::ZERO);
    dialer.add(soon, address(2), Source::Found, Duration::ZERO);
    let mut order = |now| {
        let dialled: Vec<_> = core::iter::from_fn(|| dialer.next(now, |_| Demand::Wanted)).collect();
        for (index, _) in &dialled {
            dialer.ended(now, *index, Outcome::Failed);
        }
        dialled.into_iter().map(|(_, it)| it).collect::<Vec<_>>()
    };
    assert_eq!(order(soon), [address(2), address(1)]);
    let Target { state: State::Due(first), .. } = dialer.rows.used()[0] else { panic!("it is due") };
    dialer.rows.used_mut()[1].state = State::Due(first + Duration::from_millis(1));
    let later = first + DIAL_BACK_OFF_MAX;
    assert_eq!(dialer.next(later, |_| Demand::Wanted).map(|(_, it)| it), Some(address(1)));
}
