//! Closing sockets.

use embedded_nal::{TcpClientStack, TcpFullStack, nb};
use p2pm_fw::net::{CLOSE_TIMEOUT, Error};
use p2pm_tests::device::ip;

use crate::hosts::{Hosts, Lan, PORT, SECOND, SOCKETS};

#[test]
fn a_socket_is_free_when_both_have_closed() {
    let mut lan = Lan::new(2);
    let mut listener = lan.listen();
    let caller = lan.call();
    let accepted = lan.accept(&mut listener).unwrap();
    lan.close(1, caller);
    lan.run_until_idle();
    assert_eq!(lan.free()[1], SOCKETS - 1);
    lan.close(0, accepted);
    lan.run_until_idle();
    assert_eq!(lan.free()[1], SOCKETS);
    lan.close(0, listener);
    lan.run_until_idle();
    assert_eq!(lan.free(), [SOCKETS; 2]);

    // TIME-WAIT blocks neither a listener nor a caller.
    let mut listener = lan.listen();
    let _callers: Vec<_> = (0..3).map(|_| lan.call()).collect();
    assert!((0..3).all(|_| lan.accept(&mut listener).is_some()));
    lan.pass_all(SECOND * 60);
    assert_eq!(lan.deadline(), None);
}

#[test]
fn a_peer_that_never_closes_is_reset_in_time() {
    let mut lan = Lan::new(2);
    let mut listener = lan.listen();
    let caller = lan.call();
    let mut accepted = lan.accept(&mut listener).unwrap();
    lan.close(1, caller);
    lan.pass_all(CLOSE_TIMEOUT.saturating_sub(SECOND));
    assert_eq!(lan.free()[1], SOCKETS - 1);
    assert_eq!(lan.stacks[0].send(&mut accepted, b"wait"), Ok(4));
    lan.pass_all(SECOND);
    assert_eq!(lan.free()[1], SOCKETS);
    assert_eq!(lan.stacks[0].send(&mut accepted, b"!"), Err(nb::Error::Other(Error::Lost)));
}

#[test]
fn a_peer_that_is_gone_is_forgotten_in_time() {
    let mut lan = Lan::new(2);
    let mut listener = lan.listen();
    let mut caller = lan.call();
    lan.accept(&mut listener).unwrap();
    // The neighbour's Ethernet address is forgotten, too: not even a reset can be sent.
    lan.ethernet.cut(0, true);
    lan.pass_all(SECOND * 100);
    lan.stacks[1].send(&mut caller, b"goodbye").unwrap();
    lan.close(1, caller);
    lan.pass_all(CLOSE_TIMEOUT);
    assert_eq!(lan.free()[1], SOCKETS);
    let sent = lan.ethernet.sent();
    lan.pass_all(SECOND * 100);
    assert_eq!(lan.ethernet.sent(), sent, "nobody is looked for any more");
}

#[test]
fn a_call_that_is_given_up_leaves_nothing_behind() {
    let mut lan = Lan::new(2);
    for to in [(ip(0), PORT), (ip(9), PORT)] {
        let mut caller = lan.stacks[1].socket().unwrap();
        assert_eq!(lan.stacks[1].connect(&mut caller, to.into()), Err(nb::Error::WouldBlock));
        lan.close(1, caller);
        lan.run_until_idle();
        assert_eq!(lan.free()[1], SOCKETS);

        let mut caller = lan.stacks[1].socket().unwrap();
        assert_eq!(lan.stacks[1].connect(&mut caller, to.into()), Err(nb::Error::WouldBlock));
        lan.run_until_idle();
        lan.close(1, caller);
        lan.run_until_idle();
        assert_eq!(lan.free()[1], SOCKETS);
        // The last ARP request may still be pending.
        lan.pass_all(SECOND * 2);
        assert_eq!(lan.deadline(), None);
    }
}

#[test]
fn a_call_without_an_answer_is_an_error_in_the_end() {
    let mut lan = Lan::new(2);
    for to in [ip(9), ip(10)] {
        let mut caller = lan.stacks[1].socket().unwrap();
        let start = lan.now();
        let error = loop {
            match lan.stacks[1].connect(&mut caller, (to, PORT).into()) {
                Err(nb::Error::WouldBlock) => lan.pass(SECOND),
                other => break other,
            }
            assert!(lan.now() < start + SECOND * 60);
        };
        assert_eq!(error, Err(nb::Error::Other(Error::Refused)));
        lan.close(1, caller);
        lan.pass_all(SECOND * 3);
        assert_eq!((lan.free()[1], lan.deadline()), (SOCKETS, None));
    }
}

#[test]
fn an_address_that_cannot_be_called_is_an_error_at_once() {
    let mut lan = Lan::new(2);
    let mut caller = lan.stacks[1].socket().unwrap();
    for to in ["0.0.0.0:1", "255.255.255.255:1", "224.0.0.1:1", "10.0.0.1:0", "[::1]:1"] {
        let to = to.parse().unwrap();
        assert_eq!(
            lan.stacks[1].connect(&mut caller, to),
            Err(nb::Error::Other(Error::Unaddressable)),
            "{to}"
        );
    }
    for far in ["10.0.1.1:1", "127.0.0.1:1"] {
        let connecting = lan.stacks[1].connect(&mut caller, far.parse().unwrap());
        assert_eq!(connecting, Err(nb::Error::Other(Error::NoRoute)), "{far}");
    }
    lan.listen();
    lan.connect(&mut caller).unwrap();
}

#[test]
fn a_new_socket_takes_the_one_that_has_been_closing_the_longest() {
    let mut lan = Lan::new(2);
    let mut listener = lan.listen();
    let mut peers = Vec::new();
    let mut callers = Vec::new();
    for _ in 0..3 {
        callers.push(lan.call());
        peers.push(lan.accept(&mut listener).unwrap());
    }
    let [first, second, third] = <[_; 3]>::try_from(callers).unwrap();
    for caller in [second, first] {
        lan.close(1, caller);
        lan.pass_all(SECOND);
    }
    assert_eq!(lan.free()[1], SOCKETS - 3);
    let mut others: Vec<_> = (0..SOCKETS - 3).map(|_| lan.stacks[1].socket().unwrap()).collect();
    for index in [1, 0] {
        let mut caller = lan.stacks[1].socket().unwrap();
        // Used at once: the reset has been sent already.
        assert_eq!(lan.stacks[1].connect(&mut caller, (ip(9), PORT).into()), Err(nb::Error::WouldBlock));
        others.push(caller);
        lan.run_until_idle();
        let is_reset: Vec<_> =
            peers.iter_mut().map(|peer| lan.stacks[0].send(peer, b"?") == Err(Error::Lost.into())).collect();
        assert_eq!(is_reset, [index == 0, true, false], "the third is not closing");
    }
    assert_eq!(lan.stacks[1].socket().err(), Some(Error::Exhausted));
    lan.close(1, third);
    assert!(lan.stacks[1].socket().is_ok());
}

#[test]
fn ports_are_not_given_twice() {
    // Starts at the last port.
    let mut lan = Lan::with_seed(2, 0xFFFF - 1);
    let mut listener = lan.listen();
    let mut ports = Vec::new();
    for _ in 0..100 {
        let caller = lan.call();
        let (accepted, from) = lan.stacks[0].accept(&mut listener).unwrap();
        ports.push(from.port());
        lan.close(1, caller);
        lan.close(0, accepted);
        lan.run_until_idle();
        let mut bound = lan.stacks[1].socket().unwrap();
        lan.stacks[1].bind(&mut bound, 0).unwrap();
        ports.push(bound.local_port().unwrap());
        lan.close(1, bound);
    }
    assert!(ports.iter().all(|port| *port >= 49_152));
    assert_eq!(ports[0], 49_152, "after the last comes the first");
    ports.sort_unstable();
    ports.dedup();
    assert_eq!(ports.len(), 200);
}

#[test]
fn a_port_that_is_held_is_passed_over() {
    let mut lan = Lan::new(2);
    let mut first = lan.stacks[1].socket().unwrap();
    lan.stacks[1].bind(&mut first, 0).unwrap();
    let next = first.local_port().unwrap() + 1;
    let mut second = lan.stacks[1].socket().unwrap();
    lan.stacks[1].bind(&mut second, next).unwrap();
    let mut listener = lan.listen();
    let _caller = lan.call();
    let (_, from) = lan.stacks[0].accept(&mut listener).unwrap();
    assert_eq!(from.port(), next + 1);
}
