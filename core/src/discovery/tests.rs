extern crate std;

mod addresses;
mod reflection;

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::num::{NonZeroU16, NonZeroU32};
use core::time::Duration;
use std::vec::Vec;

use super::*;
use crate::limits::{DATAGRAM_BUFFER_LEN, MAX_AGE, SSDP_PORT};

type OurDiscovery = Discovery<Inline<2, 8, 8, 8>>;

const INTERFACE: InterfaceId = InterfaceId(NonZeroU32::MIN);

fn address(last: u8) -> Ipv4Addr {
    Ipv4Addr::new(192, 0, 2, last)
}

fn interface(last: u8) -> Interface {
    Interface { ipv4: Subnet::<Ipv4Addr>::new(address(last), 24), ..Interface::default() }
}

fn setup(last: u8) -> Setup {
    let port = NonZeroU16::new(7000 + u16::from(last)).unwrap();
    let announced = Some(Announced { node: port, description: NonZeroU16::MIN });
    Setup { id: Uuid::from_random([last; 16]), announced, seed: last.into() }
}

fn node(last: u8) -> OurDiscovery {
    let mut node = OurDiscovery::new(setup(last), Rows::default());
    assert!(node.handle_interface(Instant::default(), INTERFACE, Some(interface(last))));
    node
}

fn arrival(from: IpAddr, reach: Reach) -> Arrival {
    Arrival { interface: INTERFACE, from: SocketAddr::new(from, SSDP_PORT), reach }
}

/// All that is due at this moment.
fn poll(node: &mut OurDiscovery, now: Instant) -> Vec<(Outgoing, Vec<u8>)> {
    let mut buffer = [0; DATAGRAM_BUFFER_LEN];
    node.handle_timeout(now);
    core::iter::from_fn(|| {
        let outgoing = node.poll_datagram(now, &mut buffer)?;
        Some((outgoing, buffer[..outgoing.len].to_vec()))
    })
    .collect()
}

/// All that is due until then.
fn poll_until(node: &mut OurDiscovery, mut now: Instant, until: Instant) -> Vec<(Outgoing, Vec<u8>)> {
    let mut sent = poll(node, now);
    while let Some(next) = node.deadline().filter(|next| *next <= until) {
        assert!(next > now, "something was due at {next:?} and is not done");
        now = next;
        sent.extend(poll(node, now));
    }
    sent
}

fn events(node: &mut OurDiscovery) -> Vec<Event> {
    core::iter::from_fn(|| node.poll_event()).collect()
}

/// Has `to` hear what `from`, at the address that ends with `last`, has sent to all or to it.
fn deliver(now: Instant, sent: &[(Outgoing, Vec<u8>)], last: u8, to: &mut OurDiscovery, to_last: u8) {
    for (outgoing, datagram) in sent {
        let reach = match outgoing.to.ip() {
            IpAddr::V4(ip) if ip.is_multicast() => Reach::Group,
            ip if ip == IpAddr::from(address(to_last)) => Reach::Unicast,
            _ => Reach::Broadcast,
        };
        to.handle_datagram(now, &arrival(address(last).into(), reach), datagram).expect("a message");
    }
}

fn search(target: &str) -> Vec<u8> {
    std::format!("M-SEARCH * HTTP/1.1\nMAN:\"ssdp:discover\"\nMX:2.0\nST:{target}\n\n").into_bytes()
}

fn endpoint(last: u8) -> Endpoint {
    Endpoint::new(address(last).into(), NonZeroU16::new(7000 + u16::from(last)).unwrap())
}

fn has_found(events: &[Event], last: u8) -> bool {
    events.iter().any(|event| matches!(event, Event::Found(found) if found.endpoint == endpoint(last)))
}

#[test]
fn two_nodes_find_each_other_and_say_goodbye() {
    let (start, later) = (Instant::default(), Instant::from_millis(5_000));
    let (mut ann, mut bob) = (node(1), node(2));
    let announced = poll_until(&mut ann, start, later);
    assert!(announced.iter().all(|(outgoing, _)| outgoing.len <= DATAGRAM_MAX && outgoing.len > 0));
    deliver(later, &announced, 1, &mut bob, 2);
    assert_eq!(bob.found().count(), 0, "nobody was told");
    assert!(has_found(&events(&mut bob), 1), "by the announcement");
    assert!(bob.found().map(|found| found.endpoint).eq([endpoint(1)]));

    let announcements = Reached { multicasts: true, broadcasts: true, answers: false };
    assert_eq!(bob.reached_from(address(1).into()), announcements);
    assert_eq!(bob.reached_from(address(3).into()), Reached::default());

    let answers = poll_until(&mut bob, later, later + Duration::from_secs(1));
    let answers: Vec<_> =
        answers.into_iter().filter(|(it, _)| it.to.ip() == IpAddr::from(address(1))).collect();
    assert!(!answers.is_empty());
    deliver(later, &answers, 2, &mut ann, 1);
    assert!(has_found(&events(&mut ann), 2), "by the answer");
    assert_eq!(ann.reached_from(address(2).into()), Reached { answers: true, ..Reached::default() });

    ann.leave(later);
    let farewell = poll_until(&mut ann, later, later + Duration::from_secs(10));
    assert!(ann.has_left());
    deliver(later, &farewell, 1, &mut bob, 2);
    assert!(matches!(events(&mut bob)[..], [Event::Gone(found)] if found.endpoint == endpoint(1)));
    assert_eq!(bob.found().count(), 0);
}

#[test]
fn a_silent_node_is_gone() {
    let (start, soon) = (Instant::default(), Instant::from_millis(100));
    let (mut ann, mut bob) = (node(1), node(2));
    let announced = poll_until(&mut ann, start, soon);
    deliver(soon, &announced, 1, &mut bob, 2);
    assert!(has_found(&events(&mut bob), 1));
    bob.handle_timeout(soon + MAX_AGE);
    assert!(matches!(events(&mut bob)[..], [Event::Gone(_)]));
}

#[test]
fn what_is_ours_is_not_found_and_not_answered() {
    let now = Instant::from_millis(5_000);
    let mut ann = node(1);
    let sent = poll_until(&mut ann, Instant::default(), now);
    for (_, datagram) in &sent {
        let heard = ann.handle_datagram(now, &arrival(address(1).into(), Reach::Group), datagram);
        assert!(heard.is_ok_and(|heard| heard.is_ours));
    }
    assert_eq!(events(&mut ann), []);
    assert_eq!(poll(&mut ann, now + Duration::from_secs(1)), []);
}

#[test]
fn only_hosts_on_the_link_are_heard() {
    let now = Instant::default();
    let mut ann = node(1);
    for host in [[198, 51, 100, 1], [192, 0, 2, 255], [192, 0, 2, 0], [224, 0, 0, 1]] {
        let from = arrival(Ipv4Addr::from(host).into(), Reach::Group);
        assert_eq!(ann.handle_datagram(now, &from, &search(ALL)), Err(Unheard::OffLink), "{host:?}");
    }
}

#[test]
fn a_flood_of_forged_nodes_pushes_out_itself() {
    let now = Instant::from_millis(5_000);
    let (mut ann, mut bob) = (node(1), node(2));
    let announced = poll_until(&mut ann, Instant::default(), now);
    deliver(now, &announced, 1, &mut bob, 2);
    assert!(has_found(&events(&mut bob), 1));

    let text = std::string::String::from_utf8(announced[0].1.clone()).unwrap();
    for fake in 0..10_000_u32 {
        let id = Uuid::from_random(u128::from(fake).to_be_bytes());
        let forged = text.replace(&std::format!("{}", Uuid::from_random([1; 16])), &std::format!("{id}"));
        let from = arrival(address(3 + u8::try_from(fake % 200).unwrap()).into(), Reach::Group);
        let at = now + Duration::from_millis(1 + u64::from(fake));
        bob.handle_datagram(at, &from, forged.as_bytes()).expect("a message");
        events(&mut bob);
    }
    let later = now + Duration::from_secs(11);
    deliver(later, &announced, 1, &mut bob, 2);
    assert_eq!(events(&mut bob), [], "it was there all the time");
}

#[test]
fn a_lenient_parser_takes_what_tools_send() {
    let datagram =
        b"HTTP/1.1 200 OK\ncache-control:no-cache, Max-Age = 60\nbad line\nusn :uuid:x::y\nST:y\n z: 1\n\n";
    let Some(Message::Answer(advert)) = Message::parse(datagram) else { panic!("an answer") };
    assert_eq!((advert.target, advert.usn), ("y", "uuid:x::y"));
    assert_eq!(advert.max_age, Some(Duration::from_mins(1)));
    let search = search(ALL);
    assert!(matches!(Message::parse(&search), Some(Message::Search(it)) if it.max_wait == Some(2)));
    for end in 0..datagram.len() {
        Message::parse(&datagram[..end]);
    }
}

/// An IPv4 address is one that others can be told of; a node that has none is dialled at its link-local one.
#[test]
fn a_node_is_told_of_once_for_each_interface_by_its_ipv4_address_if_it_has_one() {
    let both = |last: u8| {
        let ip = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, last.into());
        Interface { link_local: Subnet::link_local(ip), ..interface(last) }
    };
    let (mut one, mut other) = (node(1), node(2));
    let now = Instant::from_millis(1000);
    for (node, last) in [(&mut one, 1), (&mut other, 2)] {
        node.handle_interface(now, INTERFACE, Some(both(last)));
    }
    let later = now + Duration::from_secs(5);
    let (on_ipv4, on_ipv6): (Vec<_>, Vec<_>) =
        poll_until(&mut other, now, later).into_iter().partition(|(outgoing, _)| outgoing.to.is_ipv4());
    deliver(later, &on_ipv4, 2, &mut one, 1);
    for (_, datagram) in &on_ipv6 {
        let from = IpAddr::V6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 2));
        one.handle_datagram(later, &arrival(from, Reach::Group), datagram).unwrap();
    }
    let told = events(&mut one);
    assert!(matches!(told.as_slice(), [Event::Found(found)] if found.endpoint == endpoint(2)), "{told:?}");
    let second = |node: &OurDiscovery, last| node.second_choices(endpoint(last).into()).count();
    assert_eq!(
        (second(&one, 2), second(&one, 3)),
        (1, 0),
        "the other address is kept for the case that it is needed"
    );
    let id = Uuid::from_random([2; 16]);
    let gone = Found { interface: INTERFACE, id, endpoint: endpoint(2) };
    let alone = Interface { ipv4: None, ..both(1) };
    one.handle_interface(later, INTERFACE, Some(alone));
    let told = events(&mut one);
    let is_link_local =
        |found: &Found| matches!(found.endpoint.ip(), IpAddr::V6(ip) if ip.is_unicast_link_local());
    assert!(told.contains(&Event::Gone(gone)), "{told:?}");
    assert!(
        told.iter().any(|event| matches!(event, Event::Found(found) if is_link_local(found))),
        "{told:?}"
    );
}

#[test]
fn two_nodes_of_one_host_are_told_apart() {
    let (start, later) = (Instant::default(), Instant::from_millis(5_000));
    let mut ann = node(1);
    let mut second = OurDiscovery::new(setup(2), Rows::default());
    assert!(second.handle_interface(start, INTERFACE, Some(interface(1))));
    let mut bob = node(3);
    let [of_ann, of_second] = [&mut ann, &mut second].map(|node| poll_until(node, start, later));
    deliver(later, &of_ann, 1, &mut second, 1);
    deliver(later, &of_second, 1, &mut ann, 1);
    deliver(later, &of_ann, 1, &mut bob, 3);
    deliver(later, &of_second, 1, &mut bob, 3);
    let found = |node: &mut OurDiscovery| {
        let events = events(node);
        let endpoints = events.iter().map(|event| match event {
            Event::Found(found) => (found.endpoint.ip(), found.endpoint.port().get()),
            Event::Gone(_) => panic!("all are there"),
        });
        endpoints.collect::<Vec<_>>()
    };
    let [first_place, second_place] = [7001, 7002].map(|port| (IpAddr::from(address(1)), port));
    assert_eq!(found(&mut second), [first_place]);
    assert_eq!(found(&mut ann), [second_place]);
    let mut both = found(&mut bob);
    both.sort_unstable();
    assert_eq!(both, [first_place, second_place]);
}

/// UUID of a node in its next run.
const NEXT: Uuid = Uuid::from_random([9; 16]);

/// A node in two runs, of which Bob has found the first one and heard the next one; and Bob's node.
fn restarted(now: Instant) -> [OurDiscovery; 3] {
    let (mut old, mut bob) = (node(1), node(2));
    let mut new = OurDiscovery::new(Setup { id: NEXT, ..setup(1) }, Rows::default());
    assert!(new.handle_interface(Instant::default(), INTERFACE, Some(interface(1))));
    deliver(now, &poll_until(&mut old, Instant::default(), now), 1, &mut bob, 2);
    assert!(has_found(&events(&mut bob), 1));
    deliver(now, &poll_until(&mut new, Instant::default(), now), 1, &mut bob, 2);
    [old, new, bob]
}

#[test]
fn a_node_that_starts_anew_is_found_anew() {
    let later = Instant::from_millis(5_000);
    let [mut old, _, mut bob] = restarted(later);
    assert!(
        matches!(events(&mut bob)[..], [Event::Found(found)] if (found.id, found.endpoint) == (NEXT, endpoint(1)))
    );
    // The farewell of the old one was late.
    old.leave(later);
    deliver(later, &poll_until(&mut old, later, later + Duration::from_secs(1)), 1, &mut bob, 2);
    assert_eq!(events(&mut bob), []);
}

#[test]
fn a_node_that_starts_anew_and_leaves_before_it_is_told_of_is_gone() {
    let later = Instant::from_millis(5_000);
    let [_, mut new, mut bob] = restarted(later);
    new.leave(later);
    deliver(later, &poll_until(&mut new, later, later + Duration::from_secs(1)), 1, &mut bob, 2);
    assert!(matches!(events(&mut bob)[..], [Event::Gone(found)] if found.endpoint == endpoint(1)));
}

#[test]
fn nodes_find_each_other_again_after_a_split() {
    let (start, split) = (Instant::default(), Instant::from_millis(5_000));
    let (mut ann, mut bob) = (node(1), node(2));
    deliver(split, &poll_until(&mut ann, start, split), 1, &mut bob, 2);
    assert!(has_found(&events(&mut bob), 1));
    let healed = split + MAX_AGE;
    poll_until(&mut ann, split, healed);
    poll_until(&mut bob, split, healed);
    assert!(matches!(events(&mut bob)[..], [Event::Gone(found)] if found.endpoint == endpoint(1)));
    let again = healed + MAX_AGE / 2;
    deliver(again, &poll_until(&mut ann, healed, again), 1, &mut bob, 2);
    assert!(has_found(&events(&mut bob), 1));
}

#[test]
fn who_only_searches_announces_nothing_and_answers_nobody() {
    let (start, later) = (Instant::default(), Instant::from_millis(5_000));
    let mut watcher = OurDiscovery::new(Setup { announced: None, ..setup(1) }, Rows::default());
    assert!(watcher.handle_interface(start, INTERFACE, Some(interface(1))));
    let from = arrival(address(2).into(), Reach::Group);
    watcher.handle_datagram(start, &from, &search(ALL)).expect("a search");
    let sent = poll_until(&mut watcher, start, later);
    assert!(!sent.is_empty());
    for (_, datagram) in &sent {
        assert!(matches!(Message::parse(datagram), Some(Message::Search(_))));
    }
    watcher.leave(later);
    assert_eq!(poll_until(&mut watcher, later, later + MAX_AGE), []);
    assert!(watcher.has_left());
}

#[test]
fn one_host_is_searched_and_answers_on_the_same_way() {
    let (mut one, mut other) = (node(1), node(2));
    let now = Instant::from_millis(10_000);
    let mut buffer = [0; DATAGRAM_BUFFER_LEN];
    assert_eq!(one.search_host(INTERFACE, Ipv4Addr::new(198, 51, 100, 2).into(), &mut buffer), None);
    let outgoing = one.search_host(INTERFACE, address(2).into(), &mut buffer).unwrap();
    assert_eq!((outgoing.to, outgoing.port), ((address(2), BROADCAST_PORT).into(), LocalPort::Broadcast));
    poll_until(&mut other, Instant::default(), now);
    let from = SocketAddr::new(address(1).into(), BROADCAST_PORT);
    let arrival = Arrival { interface: INTERFACE, from, reach: Reach::Unicast };
    other.handle_datagram(now, &arrival, &buffer[..outgoing.len]).unwrap();
    let later = now + Duration::from_millis(200);
    let sent = poll_until(&mut other, now, later);
    let (answer, datagram) = sent.iter().find(|(outgoing, _)| outgoing.to == from).expect("an answer");
    assert_eq!(answer.port, LocalPort::Broadcast);
    let arrival = Arrival { from: (address(2), BROADCAST_PORT).into(), ..arrival };
    for reach in [Reach::Unicast, Reach::Broadcast] {
        one.handle_datagram(later, &Arrival { reach, ..arrival }, datagram).unwrap();
    }
    assert!(matches!(events(&mut one).as_slice(), [Event::Found(found)] if found.endpoint == endpoint(2)));
    assert_eq!(one.reached_from(address(2).into()), Reached::default(), "a firewall has seen the search");
}
