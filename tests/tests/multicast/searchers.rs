//! Whoever searches is answered, whatever others do.

use std::net::SocketAddrV4;

use p2pm_core::limits::{ANSWER_DELAY, BROADCAST_PORT};
use p2pm_tests::device::{SEARCHERS, ip};
use p2pm_tests::ethernet::address;
use p2pm_tests::frames::{SEARCH, datagram};
use smoltcp::wire::EthernetAddress;

use crate::bench::{Bench, SECOND, Sent};

/// Which of these hosts were answered in time.
fn answered(bench: &mut Bench, hosts: impl Iterator<Item = u8>) -> Vec<u8> {
    bench.pass(ANSWER_DELAY);
    hosts.filter(|host| bench.sent.iter().any(|sent| sent.answers(*host))).collect()
}

#[test]
fn five_at_once_are_answered_at_once() {
    let mut bench = Bench::settled();
    for host in 11..16 {
        bench.search(host, address(host));
    }
    assert_eq!(answered(&mut bench, 11..16), [11, 12, 13, 14, 15]);
    assert!(!bench.sent.iter().any(Sent::is_arp), "nobody is looked for");
}

#[test]
fn a_search_in_the_name_of_nobody_delays_nobody() {
    let mut bench = Bench::settled();
    bench.search(99, address(66));
    bench.search(11, address(11));
    assert_eq!(answered(&mut bench, 11..12), [11]);
    bench.pass(SECOND * 5);
    assert!(!bench.sent.iter().any(Sent::is_arp), "nobody is looked for");
}

#[test]
fn a_crowd_has_no_hardware_address() {
    let mut bench = Bench::settled();
    bench.search(11, EthernetAddress::BROADCAST);
    bench.pass(SECOND);
    let is_answer = |text: String| text.starts_with("HTTP/1.1 200 OK");
    assert!(!bench.sent.iter().filter_map(Sent::text).any(is_answer));
}

#[test]
fn a_flood_in_many_names_is_over_as_soon_as_it_ends() {
    let mut bench = Bench::settled();
    for round in 0..1000_u32 {
        let host = u8::try_from(round % 200).expect("a byte") + 20;
        bench.search(host, address(66));
    }
    bench.pass(SECOND * 10);
    let answers = bench.sent.iter().filter(|sent| sent.ethernet().dst_addr() == address(66)).count();
    assert!(answers <= 32, "{answers} answers");
    bench.search(11, address(11));
    assert_eq!(answered(&mut bench, 11..12), [11]);
}

#[test]
fn others_who_talk_do_not_make_it_forget_a_searcher() {
    let mut bench = Bench::settled();
    bench.search(11, address(11));
    for host in (20..).take(SEARCHERS * 2) {
        let ports = (SocketAddrV4::new(ip(host), 1900), SocketAddrV4::new(ip(0), BROADCAST_PORT));
        bench.inject(&datagram(address(host), address(0), ports, b"NOTIFY * HTTP/1.1\r\n\r\n"));
    }
    assert_eq!(answered(&mut bench, 11..12), [11]);
}

#[test]
fn who_asks_it_alone_is_answered_from_the_port_that_was_asked() {
    let mut bench = Bench::settled();
    let from = SocketAddrV4::new(ip(11), BROADCAST_PORT);
    let to = SocketAddrV4::new(ip(0), BROADCAST_PORT);
    bench.inject(&datagram(address(11), address(0), (from, to), SEARCH));
    assert_eq!(answered(&mut bench, 11..12), [11]);
    let answer = bench.sent.iter().find(|sent| sent.answers(11)).expect("it is answered");
    let ports = answer.ip().expect("a packet").payload()[..4].to_vec();
    assert_eq!(ports, [BROADCAST_PORT.to_be_bytes(), BROADCAST_PORT.to_be_bytes()].concat());
}
