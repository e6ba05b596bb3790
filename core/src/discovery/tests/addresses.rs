//! IPv6, and changes of addresses.

use std::net::{Ipv6Addr, SocketAddrV6};
use std::string::String;

use super::*;
use crate::limits::BROADCAST_PORT;

const LINK_LOCAL: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);
const WIDE: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
const OTHER: InterfaceId = InterfaceId(NonZeroU32::new(7).unwrap());

fn location(datagram: &[u8]) -> Option<&str> {
    match Message::parse(datagram)? {
        Message::Alive(advert) | Message::Update(advert) | Message::Answer(advert) => advert.location,
        Message::ByeBye(_) | Message::Search(_) => None,
    }
}

/// Kind of an announcement, and its `BOOTID`; `None` if it is none.
fn announced((_, datagram): &(Outgoing, Vec<u8>)) -> Option<(&'static str, Option<u32>)> {
    Some(match Message::parse(datagram)? {
        Message::Alive(advert) => ("alive", advert.boot_id),
        Message::ByeBye(advert) => ("byebye", advert.boot_id),
        Message::Update(advert) => ("update", advert.boot_id),
        Message::Answer(_) | Message::Search(_) => return None,
    })
}

/// What is announced on an interface, each thing once, in order.
fn announcements(sent: &[(Outgoing, Vec<u8>)], interface: InterfaceId) -> Vec<(&'static str, Option<u32>)> {
    let of_interface = sent.iter().filter(|(outgoing, _)| outgoing.interface == interface);
    let mut all: Vec<_> = of_interface.filter_map(announced).collect();
    all.dedup();
    all
}

#[test]
fn ipv6_is_announced_to_the_group_of_the_link_alone() {
    let (start, later) = (Instant::default(), Instant::from_millis(5_000));
    let mut node = OurDiscovery::new(setup(1), Rows::default());
    let addresses = Interface { link_local: Subnet::link_local(LINK_LOCAL), ..Interface::default() };
    assert!(node.handle_interface(start, INTERFACE, Some(addresses)));
    let sent = poll_until(&mut node, start, later);
    let group = SocketAddr::new(GROUP_IPV6.into(), SSDP_PORT);
    assert!(!sent.is_empty() && sent.iter().all(|(outgoing, _)| outgoing.to == group));
    let alive = sent.iter().find(|it| announced(it).is_some()).unwrap();
    assert_eq!(location(&alive.1), Some("http://[fe80:0:0:0:0:0:0:1]:1/description.xml"));
    let text = String::from_utf8_lossy(&alive.1);
    assert!(text.contains("\r\nHOST: [ff02:0:0:0:0:0:0:c]:1900\r\n"), "{text}");
}

#[test]
fn an_answer_has_the_address_of_the_subnet_of_the_searcher() {
    let (start, later) = (Instant::default(), Instant::from_millis(5_000));
    let mut node = OurDiscovery::new(setup(1), Rows::default());
    let addresses = Interface {
        link_local: Subnet::link_local(LINK_LOCAL),
        ipv6: Subnet::<Ipv6Addr>::new(WIDE, 64),
        ..interface(1)
    };
    assert!(node.handle_interface(start, INTERFACE, Some(addresses)));
    poll_until(&mut node, start, later);
    let searchers = [
        ("fe80::2", "[fe80:0:0:0:0:0:0:1]"),
        ("2001:db8::2", "[2001:db8:0:0:0:0:0:1]"),
        ("192.0.2.2", "192.0.2.1"),
    ];
    for (searcher, ours) in searchers {
        let ip: IpAddr = searcher.parse().unwrap();
        let mut from = SocketAddr::new(ip, 40_000);
        if let SocketAddr::V6(from) = &mut from {
            *from = SocketAddrV6::new(*from.ip(), from.port(), 0, 3);
        }
        let arrival = Arrival { interface: INTERFACE, from, reach: Reach::Unicast };
        node.handle_datagram(later, &arrival, &search(DEVICE_TYPE)).expect("a search");
        let answers = poll_until(&mut node, later, later + Duration::from_secs(1));
        let [(outgoing, answer)] = &answers[..] else { panic!("{} answers", answers.len()) };
        assert_eq!(outgoing.to, SocketAddr::new(ip, 40_000), "without a scope");
        assert_eq!(location(answer), Some(&*std::format!("http://{ours}:1/description.xml")));
    }
    for stranger in ["2001:db8:1::2", "ff02::c", "::", "198.51.100.1"] {
        let from = arrival(stranger.parse().unwrap(), Reach::Unicast);
        assert_eq!(node.handle_datagram(later, &from, &search(ALL)), Err(Unheard::OffLink), "{stranger}");
    }
}

#[test]
fn a_change_of_address_is_said_on_all_interfaces() {
    let (start, moved) = (Instant::default(), Instant::from_millis(5_000));
    let mut node = node(1);
    let other = Interface {
        ipv4: Subnet::<Ipv4Addr>::new(Ipv4Addr::new(198, 51, 100, 1), 24),
        ..Interface::default()
    };
    assert!(node.handle_interface(start, OTHER, Some(other)));
    let before = poll_until(&mut node, start, moved);
    for interface in [INTERFACE, OTHER] {
        assert_eq!(announcements(&before, interface), [("alive", Some(1))]);
    }
    assert!(node.handle_interface(moved, INTERFACE, Some(interface(9))));
    let after = poll_until(&mut node, moved, moved + Duration::from_secs(5));
    assert_eq!(announcements(&after, INTERFACE), [("byebye", Some(1)), ("alive", Some(2))]);
    assert_eq!(announcements(&after, OTHER), [("update", Some(1)), ("alive", Some(2))]);
    let update = after.iter().find(|it| announced(it) == Some(("update", Some(1)))).unwrap();
    assert!(String::from_utf8_lossy(&update.1).contains("\r\nNEXTBOOTID.UPNP.ORG: 2\r\n"));
    let of_new = after.iter().filter(|(outgoing, _)| outgoing.interface == INTERFACE);
    let mut locations: Vec<_> = of_new.filter_map(|(_, datagram)| location(datagram)).collect();
    locations.dedup();
    assert_eq!(locations, ["http://192.0.2.9:1/description.xml"]);
}

#[test]
fn the_same_addresses_again_are_no_change() {
    let (start, later) = (Instant::default(), Instant::from_millis(5_000));
    let mut node = node(1);
    poll_until(&mut node, start, later);
    assert!(node.handle_interface(later, INTERFACE, Some(interface(1))));
    assert_eq!(poll(&mut node, later), []);
    assert!(node.deadline().is_some_and(|next| next > later + Duration::from_mins(1)));
}

#[test]
fn nodes_on_an_interface_that_is_gone_are_gone() {
    let later = Instant::from_millis(5_000);
    let (mut ann, mut bob) = (node(1), node(2));
    deliver(later, &poll_until(&mut ann, Instant::default(), later), 1, &mut bob, 2);
    assert!(has_found(&events(&mut bob), 1));
    assert!(bob.handle_interface(later, INTERFACE, None));
    assert!(matches!(events(&mut bob)[..], [Event::Gone(found)] if found.endpoint == endpoint(1)));
    assert_eq!(poll(&mut bob, later), []);
    let from = arrival(address(1).into(), Reach::Group);
    assert_eq!(bob.handle_datagram(later, &from, &search(ALL)), Err(Unheard::Interface));
}

#[test]
fn interfaces_beyond_the_rows_are_not_served() {
    let mut node = node(1);
    assert!(node.handle_interface(Instant::default(), OTHER, Some(interface(3))));
    let third = InterfaceId(NonZeroU32::new(8).unwrap());
    assert!(!node.handle_interface(Instant::default(), third, Some(interface(4))));
    assert!(node.handle_interface(Instant::default(), OTHER, None));
    assert!(node.handle_interface(Instant::default(), third, Some(interface(4))));
}

#[test]
fn a_broadcast_goes_to_a_port_of_our_own() {
    let sent = poll_until(&mut node(1), Instant::default(), Instant::from_millis(5_000));
    let to = SocketAddr::new(address(255).into(), BROADCAST_PORT);
    let broadcasts: Vec<_> = sent.iter().filter(|(outgoing, _)| outgoing.to == to).collect();
    assert!(
        broadcasts.iter().any(|it| announced(it).is_some())
            && broadcasts.iter().any(|it| announced(it).is_none())
    );
    let expected = |datagram: &[u8]| match Message::parse(datagram) {
        Some(Message::Search(_)) => LocalPort::Searching,
        _ => LocalPort::Broadcast,
    };
    assert!(broadcasts.iter().all(|(outgoing, datagram)| outgoing.port == expected(datagram)));
}

#[test]
fn a_host_is_on_the_link_of_an_interface_that_is_there() {
    let now = Instant::default();
    let mut node = OurDiscovery::new(setup(1), Rows::default());
    let link_local = Subnet::link_local(LINK_LOCAL);
    for id in [INTERFACE, OTHER] {
        assert!(node.handle_interface(now, id, Some(Interface { link_local, ..Interface::default() })));
    }
    assert!(node.handle_interface(now, INTERFACE, Some(Interface { link_local, ..interface(1) })));
    let [ipv4, there, elsewhere] =
        ["192.0.2.9", "fe80::9", "fe80::7"].map(|it| it.parse::<IpAddr>().unwrap());
    let heard =
        Arrival { interface: INTERFACE, from: SocketAddr::new(there, SSDP_PORT), reach: Reach::Group };
    let mut other = self::node(2);
    let later = Instant::from_millis(100);
    let (_, alive) =
        poll_until(&mut other, now, later).into_iter().find(|it| announced(it).is_some()).unwrap();
    node.handle_datagram(later, &heard, &alive).unwrap();
    let on_link = |node: &OurDiscovery| [ipv4, there, elsewhere].map(|host| node.is_on_link(host));
    assert_eq!(on_link(&node), [true, true, false]);
    assert!(node.handle_interface(now, INTERFACE, None));
    assert_eq!(on_link(&node), [false; 3], "the other interface is there, and the node was not found on it");
}

#[test]
fn further_subnets_are_heard_as_far_as_there_is_room() {
    let ip = |text: &str| text.parse::<IpAddr>().unwrap();
    let addresses = [
        ("192.0.2.1", 24),
        ("192.0.2.7", 24),
        ("fe80::1", 10),
        ("fe80:0:0:1::1", 10),
        ("10.0.1.1", 24),
        ("2001:db8:0:1::1", 64),
        ("10.0.2.1", 24),
        ("2001:db8:0:1::7", 64),
        ("10.0.3.1", 24),
        ("2001:db8:0:2::1", 64),
        ("10.0.4.1", 24),
        ("10.0.5.1", 33),
    ];
    let interface = Interface::of_addresses(addresses.map(|(text, prefix_len)| (ip(text), prefix_len)));
    let towards = |text: &str| interface.address_towards(ip(text)).map(|ip| std::format!("{ip}"));
    let heard = ["192.0.2.9", "10.0.1.9", "10.0.3.9", "fe80::9", "2001:db8:0:1::9", "2001:db8:0:2::9"];
    let ours = ["192.0.2.1", "10.0.1.1", "10.0.3.1", "fe80::1", "2001:db8:0:1::1", "2001:db8:0:2::1"];
    assert_eq!(heard.map(towards), ours.map(|it| Some(String::from(it))));
    assert_eq!(["10.0.4.9", "10.0.5.9", "2001:db8:0:3::9"].map(towards), [None, None, None]);
    let [ipv4, ipv6] =
        [interface.ipv4.map(|it| it.address().into()), interface.ipv6.map(|it| it.address().into())];
    assert_eq!((ipv4, ipv6), (Some(ip("192.0.2.1")), Some(ip("2001:db8:0:1::1"))));
}
