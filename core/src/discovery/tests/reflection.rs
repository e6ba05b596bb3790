//! What a flood of searches makes a node send.

use super::*;
use crate::limits::{ALL_ANSWERS_BURST, ALL_ANSWERS_INTERVAL, ANSWER_INTERVAL, ANSWERS_BURST, ECHO_INTERVAL};

const SEARCHES_PER_SECOND: u64 = 10_000;
const SECONDS: u64 = 2;
/// No answer is longer, whatever addresses it has.
const ANSWER_MAX: usize = 400;
/// Three targets are answered or none, so a burst may exceed its limit by the rest of an answer.
const REST: u64 = 2;

/// What has come and gone, in bytes, and in datagrams to one host and to groups.
#[derive(Debug, Default)]
struct Flow {
    bytes_in: usize,
    bytes_out: usize,
    answers: u64,
    to_groups: u64,
}

/// A flood of searches for anything, from each of these hosts in turn.
fn flood(hosts: &[Ipv4Addr], reach: Reach) -> Flow {
    let start = Instant::from_millis(5_000);
    let (mut ann, mut flow) = (node(1), Flow::default());
    poll_until(&mut ann, Instant::default(), start);
    let search = b"M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\nST: ssdp:all\r\n\r\n";
    let mut turns = hosts.iter().cycle();
    for millis in 0..SECONDS * 1_000 {
        let now = start + Duration::from_millis(millis);
        for _ in 0..SEARCHES_PER_SECOND / 1_000 {
            flow.bytes_in += search.len();
            // Each from another port, so that none is taken for a repetition.
            let port = u16::try_from(1 + flow.bytes_in % 60_000).unwrap();
            let from = SocketAddr::new((*turns.next().unwrap()).into(), port);
            _ = ann.handle_datagram(now, &Arrival { interface: INTERFACE, from, reach }, search);
        }
        for (outgoing, datagram) in poll(&mut ann, now) {
            flow.bytes_out += datagram.len();
            let is_answer = matches!(Message::parse(&datagram), Some(Message::Answer(_)));
            assert!(datagram.len() <= ANSWER_MAX, "{}", datagram.len());
            assert_eq!(is_answer, hosts.iter().any(|host| outgoing.to.ip() == IpAddr::from(*host)));
            *(if is_answer { &mut flow.answers } else { &mut flow.to_groups }) += 1;
        }
    }
    flow
}

/// What a bucket lets through in that time.
fn budget(burst: u32, interval: Duration) -> u64 {
    let refills = SECONDS * 1_000 / u64::try_from(interval.as_millis()).unwrap();
    u64::from(burst) + refills + REST
}

/// To groups go a broadcast and an announcement over IPv4, once in a while.
fn check(flow: &Flow, answers: u64) {
    let to_groups = 2 * (1 + SECONDS / ECHO_INTERVAL.as_secs());
    assert!(flow.answers > 0 && flow.answers <= answers, "{flow:?}");
    assert!(flow.to_groups <= to_groups, "{flow:?}");
    assert!(flow.bytes_out * 80 < flow.bytes_in, "{flow:?}");
}

#[test]
fn one_host_is_sent_no_more_than_its_budget() {
    for reach in [Reach::Unicast, Reach::Group] {
        let flow = flood(&[address(7)], reach);
        check(&flow, budget(ANSWERS_BURST, ANSWER_INTERVAL));
    }
}

#[test]
fn all_hosts_are_sent_no_more_than_their_budget() {
    let hosts: Vec<_> = (2..=254).map(address).collect();
    for reach in [Reach::Unicast, Reach::Group] {
        check(&flood(&hosts, reach), budget(ALL_ANSWERS_BURST, ALL_ANSWERS_INTERVAL));
    }
}

#[test]
fn hosts_off_the_link_are_sent_nothing() {
    let hosts = [Ipv4Addr::new(198, 51, 100, 7), address(0), address(255), Ipv4Addr::BROADCAST];
    for reach in [Reach::Unicast, Reach::Group, Reach::Broadcast] {
        assert_eq!(flood(&hosts, reach).bytes_out, 0);
    }
}

/// A host that floods is answered no more, and others are answered all the same.
#[test]
fn a_flood_from_one_host_is_not_at_the_expense_of_others() {
    let now = Instant::from_millis(5_000);
    let mut ann = node(1);
    poll_until(&mut ann, Instant::default(), now);
    for port in 1..1_000 {
        let from = SocketAddr::new(address(7).into(), port);
        let arrival = Arrival { interface: INTERFACE, from, reach: Reach::Unicast };
        ann.handle_datagram(now, &arrival, &search(ALL)).expect("a search");
    }
    let later = now + Duration::from_secs(1);
    poll_until(&mut ann, now, later);
    let other = arrival(address(8).into(), Reach::Unicast);
    ann.handle_datagram(later, &other, &search(DEVICE_TYPE)).expect("a search");
    let sent = poll_until(&mut ann, later, later + Duration::from_secs(1));
    assert!(sent.iter().any(|(outgoing, _)| outgoing.to == other.from));
}
