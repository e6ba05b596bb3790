//! Deadlines of a stack. [`Lan::run_until_idle`] checks them in every other test, too: no stack may ask for
//! the same moment again and again.

use embedded_nal::TcpClientStack;
use p2pm_fw::app::Network;

use crate::hosts::{Hosts, Lan, SECOND};

#[test]
fn a_stack_with_nothing_to_do_wants_nothing() {
    let mut lan = Lan::new(2);
    lan.run_until_idle();
    assert_eq!(lan.deadline(), None);
    let mut listener = lan.listen();
    let mut caller = lan.call();
    let mut accepted = lan.accept(&mut listener).unwrap();
    lan.tell((1, &mut caller), (0, &mut accepted), b"hello");
    lan.pass_all(SECOND);
    assert_eq!(lan.deadline(), None, "an idle connection costs nothing");
}

#[test]
fn after_a_poll_the_next_is_later() {
    let mut lan = Lan::new(2);
    let mut listener = lan.listen();
    let mut caller = lan.call();
    let mut accepted = lan.accept(&mut listener).unwrap();
    for number in 0..100 {
        lan.stacks[1].send(&mut caller, &[number; 700]).unwrap();
        lan.run_until_idle();
        let now = lan.now();
        for stack in &mut lan.stacks {
            stack.poll(now);
            assert!(stack.deadline().is_none_or(|deadline| deadline > now));
        }
        lan.pass(SECOND);
        lan.hear(0, &mut accepted).unwrap();
    }
}

#[test]
fn every_round_has_a_reason() {
    let mut lan = Lan::new(2);
    let mut listener = lan.listen();
    let mut caller = lan.call();
    let mut accepted = lan.accept(&mut listener).unwrap();
    let (rounds, sent) = (lan.rounds(), lan.ethernet.sent());
    for number in 0..100 {
        lan.tell((1, &mut caller), (0, &mut accepted), &[number]);
        lan.tell((0, &mut accepted), (1, &mut caller), &[number]);
    }
    let (rounds, sent) = (lan.rounds() - rounds, lan.ethernet.sent() - sent);
    // Each text carries an acknowledgement; a round processes the packets of the one before.
    assert!((200..=300).contains(&sent), "{sent} frames");
    assert!(rounds <= sent * 3, "{rounds} rounds for {sent} frames");
}

#[test]
fn a_dead_wire_costs_less_and_less() {
    let mut lan = Lan::new(2);
    let mut listener = lan.listen();
    let mut caller = lan.call();
    let _accepted = lan.accept(&mut listener).unwrap();
    lan.ethernet.cut(0, true);
    lan.stacks[1].send(&mut caller, b"hello?").unwrap();
    let (rounds, sent) = (lan.rounds(), lan.ethernet.sent());
    lan.pass_all(SECOND * 600);
    let (rounds, sent) = (lan.rounds() - rounds, lan.ethernet.sent() - sent);
    // While the neighbour is known, retransmissions after 0.2, 0.4, 0.8 ... 12 s; then ARP requests, five per
    // second.
    assert!(sent < 5 * 600, "{sent} frames");
    assert!(rounds < 2 * 5 * 600 + 100, "{rounds} rounds");
}
