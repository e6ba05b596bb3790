//! Connections in slots.

use std::io::Write;
use std::time::Duration;

use p2pm_host::reactor::{Key, Reactor};

use crate::toy::{Peer, Told, Toy, pair};

fn polled(told: &[Told]) -> Vec<Key> {
    let key = |told: &Told| if let Told::Polled(key, _) = told { Some(*key) } else { None };
    told.iter().filter_map(key).collect()
}

#[test]
fn an_event_of_a_removed_connection_does_not_reach_its_successor() {
    let mut toy = Toy::new();
    let ((a, _a), (b, _b)) = (toy.connect(None), toy.connect(None));
    toy.reactor.enqueue(a);
    toy.reactor.enqueue(b);
    let (stream, _c) = pair();
    let mut newcomer = Some(Peer::Connected { stream, deadline: None });
    // A queued connection is removed, and another one takes its slot.
    toy.on_poll = Box::new(move |reactor, _| {
        if let Some(newcomer) = newcomer.take() {
            reactor.remove(b);
            reactor.insert(newcomer, None).unwrap();
        }
    });
    assert_eq!(polled(&toy.run_until(|_| true)), [a]);
    let c = toy.reactor.key_at(1).unwrap();
    assert_ne!(c, b);
    assert_eq!(toy.reactor.end(), 2, "the slot is the same");

    toy.reactor.enqueue(b);
    toy.reactor.remove(b);
    assert!(toy.reactor.get(b).is_none() && toy.reactor.get(c).is_some());
    let told = toy.run_until(|told| !polled(told).is_empty());
    assert_eq!(polled(&told), [c], "and is told what it is ready for");
}

#[test]
fn a_busy_connection_does_not_starve_the_others() {
    let mut toy = Toy::new();
    let ((a, _a), (b, mut peer)) = (toy.connect(None), toy.connect(None));
    toy.on_poll = Box::new(move |reactor, key| {
        if key == a {
            reactor.enqueue(a);
            reactor.enqueue(a);
        }
    });
    toy.run_until(|told| polled(told).len() > 10);
    peer.write_all(b"xyz").unwrap();
    let told = toy.run_until(move |told| polled(told).contains(&b));
    assert!(told.contains(&Told::Byte(b'x')));
    toy.on_poll = Box::new(Reactor::enqueue);
    toy.reactor.enqueue(b);
    let told = polled(&toy.run_until(|told| polled(told).len() > 10));
    assert!(told.windows(2).all(|two| two[0] != two[1]), "they take turns: {told:?}");
}

#[test]
fn a_deadline_that_moves_is_kept_and_those_of_the_gone_are_forgotten() {
    let mut toy = Toy::new();
    let now = toy.reactor.now();
    let (early, late) = (now + Duration::from_millis(20), now + Duration::from_millis(100));
    let (gone, _gone) = toy.connect(Some(early));
    let (key, _peer) = toy.connect(Some(early));
    toy.reactor.remove(gone);
    let Some(Peer::Connected { deadline, .. }) = toy.reactor.get_mut(key) else { panic!("gone") };
    *deadline = Some(late);
    let is_late = move |told: &Told| matches!(told, Told::Polled(_, now) if *now >= late);
    let told = toy.run_until(move |told| told.iter().any(is_late));
    assert!(polled(&told).iter().all(|polled| *polled == key));
    // It is ready when it is added, which is one poll; the first deadline must not cause another.
    assert!(told.iter().filter(|told| !is_late(told)).count() <= 1, "{told:?}");
}

#[test]
fn the_number_of_connections_is_bounded() {
    let mut toy = Toy::new();
    assert!(toy.reactor.is_empty());
    let connected = [(); 3].map(|()| toy.connect(None));
    assert!(toy.reactor.is_full());
    let (stream, _other) = pair();
    assert!(toy.reactor.insert(Peer::Connected { stream, deadline: None }, None).is_err());
    toy.reactor.remove(connected[1].0);
    assert!(!toy.reactor.is_full() && !toy.reactor.is_empty());
}
