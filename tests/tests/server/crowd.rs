//! Many peers at once, some of them hostile.

use std::io::{ErrorKind, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use p2pm_core::wire::{Close, CommunityMessage, Message};

use crate::peer::Peer;
use crate::running::Running;

/// The test takes ten seconds: the server's own time limit, on its own clock.
#[test]
fn a_peer_that_never_reads_harms_only_itself() {
    let mut server = Running::start(500);
    let _crowd: Vec<Peer> =
        (0..400).map(|i| Peer::join(server.address, &format!("a member of the crowd: {i:09}"))).collect();
    let mut sloth = Peer::join(server.address, "sloth");
    // It requests the list until backpressure stops the server from reading.
    sloth.stream.set_nonblocking(true).unwrap();
    let request = sloth.sealed(&Message::Community(CommunityMessage::List));
    loop {
        match sloth.stream.write(&request) {
            Ok(_) => thread::yield_now(),
            Err(e) if e.kind() == ErrorKind::WouldBlock => break,
            Err(e) => panic!("{e}"),
        }
    }
    let mut katie = Peer::join(server.address, "katie");
    assert_eq!(katie.list().len(), 402);
    server.expect("sloth left: timed out (401 online)");
    assert_eq!(katie.list().len(), 401);
}

#[test]
fn a_flood_does_not_starve_the_others() {
    let server = Running::start(5);
    let over = AtomicBool::new(false);
    let address = server.address;
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut flood = Peer::enter(address);
                let alive = flood.sealed(&Message::KeepAlive).repeat(64);
                while !over.load(Ordering::Relaxed) {
                    flood.stream.write_all(&alive).unwrap();
                }
            });
        }
        let mut katie = Peer::join(address, "katie");
        for _ in 0..100 {
            assert_eq!(katie.list(), ["katie"]);
        }
        over.store(true, Ordering::Relaxed);
    });
}

#[test]
fn a_crowd_costs_a_subscriber_one_frame_a_second() {
    let server = Running::start(500);
    let mut katie = Peer::join(server.address, "katie");
    katie.send(&Message::Community(CommunityMessage::Subscribe(true)));
    assert_eq!(katie.list(), ["katie"], "so the subscription has been seen too");
    let start = Instant::now();
    let _crowd: Vec<Peer> = (0..300).map(|i| Peer::join(server.address, &format!("{i}"))).collect();
    let (mut frames, mut told, mut online) = (0, 0, 0);
    while told < 300 {
        let Message::Community(CommunityMessage::Presence(presence)) = katie.receive() else {
            panic!("not an update")
        };
        frames += 1;
        told += presence.missed as usize + presence.changes.count();
        online = presence.online;
    }
    assert_eq!((told, online), (300, 301));
    // One at once, then one for each second begun.
    assert!(frames <= start.elapsed().as_secs() + 2, "{frames} in {:?}", start.elapsed());
}

#[test]
fn a_crowd_that_leaves_at_once_is_forgotten() {
    let mut server = Running::start(300);
    let mut katie = Peer::join(server.address, "katie");
    for round in 0..3 {
        let crowd: Vec<Peer> =
            (0..299).map(|i| Peer::join(server.address, &format!("{round}-{i}"))).collect();
        assert_eq!(katie.list().len(), 300);
        drop(crowd);
        // The last end to be noticed leaves only katie on the list.
        while katie.list().len() > 1 {}
    }
    katie.send(&Message::Close(Close::Goodbye));
    server.expect("katie left: goodbye (0 online)");
}
