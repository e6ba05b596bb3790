//! Connections to a listener, and those that are never accepted.

use std::net::Ipv4Addr;

use embedded_nal::{TcpClientStack, TcpFullStack, nb};
use p2pm_fw::app::Network;
use p2pm_fw::net::{ANSWER_TIMEOUT, BACKLOG, Error};
use p2pm_tests::device::ip;
use p2pm_tests::frames::syn;

use crate::hosts::{Hosts, Lan, PORT, SECOND, SOCKETS};

/// An address without a host.
fn nobody(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 0, 0, 100 + number % 100)
}

#[test]
fn a_syn_flood_passes_and_harms_no_connection() {
    let mut lan = Lan::new(2);
    let mut listener = lan.listen();
    let mut caller = lan.call();
    let mut answerer = lan.accept(&mut listener).unwrap();
    for round in 0..20_u8 {
        for number in 0..200_u8 {
            // From this network, from another one, from an invalid address, and from the host itself.
            let from = match number % 4 {
                0 => Ipv4Addr::new(192, 0, 2, number),
                1 => Ipv4Addr::BROADCAST,
                2 if round % 2 == 0 => ip(0),
                _ => nobody(number),
            };
            lan.ethernet.inject(&syn(from, 1000 + u16::from(number), PORT));
        }
        lan.run_until_idle();
        assert_eq!(lan.stacks[0].accept(&mut listener).err(), Some(nb::Error::WouldBlock));
        lan.tell((1, &mut caller), (0, &mut answerer), &[round]);
        lan.tell((0, &mut answerer), (1, &mut caller), &[round; 2]);
    }
    let last = lan.now();
    while lan.now() < last + ANSWER_TIMEOUT {
        lan.pass(SECOND);
    }
    lan.run_until_idle();
    assert_eq!(lan.now(), last + ANSWER_TIMEOUT);
    let mut late = [0; BACKLOG].map(|_| lan.call());
    for late in &mut late {
        let mut accepted = lan.accept(&mut listener).unwrap();
        lan.tell((1, late), (0, &mut accepted), b"at last");
    }
}

#[test]
fn a_full_backlog_refuses_and_refills() {
    let mut lan = Lan::new(2);
    let mut listener = lan.listen();
    let waiting: Vec<_> = (0..BACKLOG).map(|_| lan.call()).collect();
    let mut one_more = lan.stacks[1].socket().unwrap();
    assert_eq!(lan.connect(&mut one_more), Err(Error::Refused));
    let accepted = lan.accept(&mut listener).unwrap();
    lan.run_until_idle();
    lan.connect(&mut one_more).unwrap();

    let accepted: Vec<_> =
        [accepted].into_iter().chain((0..BACKLOG).map(|_| lan.accept(&mut listener).unwrap())).collect();
    assert!(lan.accept(&mut listener).is_none());
    lan.run_until_idle();
    // One socket fewer than there were free ones.
    assert_eq!(lan.free()[0], 0);
    for socket in accepted {
        lan.close(0, socket);
    }
    for socket in waiting.into_iter().chain([one_more]) {
        lan.close(1, socket);
    }
    lan.close(0, listener);
    lan.run_until_idle();
    assert_eq!(lan.free(), [SOCKETS; 2]);
}

#[test]
fn data_sent_before_a_fin_is_received_after_the_accept() {
    let mut lan = Lan::new(2);
    let mut listener = lan.listen();
    let mut caller = lan.call();
    lan.stacks[1].send(&mut caller, b"in a hurry").unwrap();
    lan.close(1, caller);
    lan.run_until_idle();
    let mut accepted = lan.accept(&mut listener).unwrap();
    assert_eq!(lan.hear(0, &mut accepted).unwrap(), b"in a hurry");
    assert_eq!(lan.hear(0, &mut accepted).unwrap(), b"");
}

#[test]
fn connections_given_up_free_their_sockets() {
    let mut lan = Lan::new(2);
    let mut listener = lan.listen();
    for _ in 0..3 {
        let callers: Vec<_> = (0..BACKLOG).map(|_| lan.call()).collect();
        // Reset: their sockets are taken for other uses before they can send FIN.
        for caller in callers {
            lan.close(1, caller);
        }
        let others: Vec<_> = (0..SOCKETS).map(|_| lan.stacks[1].socket().unwrap()).collect();
        for other in others {
            lan.close(1, other);
        }
        lan.run_until_idle();
        assert!(lan.accept(&mut listener).is_none());
    }
    let _callers = [0; BACKLOG].map(|_| lan.call());
}

#[test]
fn a_backlog_is_as_long_as_the_stack_is_told() {
    let mut lan = Lan::new(2);
    lan.stacks[0].set_backlog(1);
    let mut listener = lan.listen();
    assert_eq!(lan.stacks[0].free_sockets(), SOCKETS - 1);
    let _caller = lan.call();
    let mut late = lan.stacks[1].socket().unwrap();
    assert_eq!(lan.connect(&mut late), Err(Error::Refused));
    let _accepted = lan.accept(&mut listener).unwrap();
    lan.call();
}

#[test]
fn a_connection_that_is_not_accepted_is_reset_in_time() {
    let mut lan = Lan::new(2);
    let mut listener = lan.listen();
    let mut callers = [0; BACKLOG].map(|_| lan.call());
    lan.pass_all(ANSWER_TIMEOUT);
    assert!(lan.accept(&mut listener).is_none());
    for caller in &mut callers {
        assert_eq!(lan.hear(1, caller), Err(nb::Error::Other(Error::Lost)));
    }
    lan.call();
    assert!(lan.accept(&mut listener).is_some());
}

#[test]
fn an_accepted_connection_has_no_time_limit() {
    let mut lan = Lan::new(2);
    let mut listener = lan.listen();
    let mut caller = lan.call();
    let mut accepted = lan.accept(&mut listener).unwrap();
    lan.pass_all(ANSWER_TIMEOUT * 100);
    lan.tell((0, &mut accepted), (1, &mut caller), b"still here");

    // Also for an acknowledgement of what it has sent.
    lan.ethernet.cut(0, true);
    lan.stacks[0].send(&mut accepted, b"hello?").unwrap();
    lan.stacks[1].send(&mut caller, b"hello!").unwrap();
    lan.pass_all(ANSWER_TIMEOUT * 100);
    lan.ethernet.cut(0, false);
    // The longest retransmission timeout is 12 s.
    lan.pass_all(SECOND * 13);
    assert_eq!(lan.hear(1, &mut caller).unwrap(), b"hello?");
    assert_eq!(lan.hear(0, &mut accepted).unwrap(), b"hello!");
}

#[test]
fn the_last_socket_of_a_listener_is_not_handed_over() {
    let mut lan = Lan::new(2);
    let mut listener = lan.listen();
    let mut sockets: Vec<_> = std::iter::from_fn(|| lan.stacks[0].socket().ok()).collect();
    assert_eq!(sockets.len(), SOCKETS - BACKLOG);
    let mut callers: Vec<_> = (0..BACKLOG).map(|_| lan.call()).collect();
    for _ in 1..BACKLOG {
        sockets.push(lan.accept(&mut listener).unwrap());
    }
    assert_eq!(lan.stacks[0].accept(&mut listener).err(), Some(nb::Error::Other(Error::Exhausted)));
    let mut late = lan.stacks[1].socket().unwrap();
    assert_eq!(lan.connect(&mut late), Err(Error::Refused));
    lan.close(0, sockets.pop().unwrap());
    let mut accepted = lan.accept(&mut listener).unwrap();
    lan.tell((1, callers.last_mut().unwrap()), (0, &mut accepted), b"the last one");
    lan.run_until_idle();
    lan.connect(&mut late).unwrap();
}

#[test]
fn a_connection_to_a_closed_listener_is_refused() {
    let mut lan = Lan::new(2);
    let listener = lan.listen();
    let mut caller = lan.stacks[1].socket().unwrap();
    assert_eq!(lan.connect(&mut caller), Ok(()));
    lan.close(1, caller);
    lan.run_until_idle();
    lan.close(0, listener);
    // Closed at once, not at the next poll.
    lan.ethernet.inject(&syn(ip(1), 4000, PORT));
    let now = lan.now();
    lan.stacks[0].poll(now);
    let frame = lan.ethernet.last();
    assert_eq!(frame.bytes()[14 + 20 + 13] & 0x04, 0x04, "a reset");
    lan.run_until_idle();
    assert_eq!(lan.free(), [SOCKETS; 2]);
}
