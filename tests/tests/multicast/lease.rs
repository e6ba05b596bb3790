//! An address from a server.

use std::net::{Ipv4Addr, SocketAddrV4};

use p2pm_tests::device::ip;
use p2pm_tests::ethernet::address;
use p2pm_tests::frames::datagram;
use smoltcp::wire::{DhcpMessageType, DhcpPacket, DhcpRepr, EthernetAddress, UdpPacket};

use crate::bench::{Bench, SECOND, Sent};

/// The host that is the server.
const SERVER: u8 = 200;
/// How long an address is given for, in seconds.
const LEASE: u32 = 600;

/// The frame with which the server answers this one, if it is asked for an address. It has this one.
fn answer(sent: &Sent, has: Ipv4Addr) -> Option<Vec<u8>> {
    let ip_packet = sent.ip()?;
    let udp = UdpPacket::new_checked(ip_packet.payload()).ok().filter(|udp| udp.dst_port() == 67)?;
    let packet = DhcpPacket::new_checked(udp.payload()).expect("a message");
    let asked = DhcpRepr::parse(&packet).expect("a message");
    let message_type = match asked.message_type {
        DhcpMessageType::Discover => DhcpMessageType::Offer,
        DhcpMessageType::Request if asked.requested_ip.is_some_and(|wanted| wanted != has) => {
            DhcpMessageType::Nak
        }
        DhcpMessageType::Request => DhcpMessageType::Ack,
        _ => return None,
    };
    let answer = DhcpRepr {
        message_type,
        your_ip: has,
        server_ip: ip(SERVER),
        router: Some(ip(SERVER)),
        subnet_mask: Some(Ipv4Addr::new(255, 255, 255, 0)),
        server_identifier: Some(ip(SERVER)),
        requested_ip: None,
        client_identifier: None,
        parameter_request_list: None,
        dns_servers: None,
        max_size: None,
        lease_duration: Some(LEASE),
        ..asked
    };
    let mut bytes = vec![0; answer.buffer_len()];
    answer.emit(&mut DhcpPacket::new_unchecked(&mut bytes[..])).expect("room");
    let ends = (SocketAddrV4::new(ip(SERVER), 67), SocketAddrV4::new(Ipv4Addr::BROADCAST, 68));
    Some(datagram(address(SERVER), EthernetAddress::BROADCAST, ends, &bytes))
}

/// Runs for so many seconds beside a server that has this address.
fn serve(bench: &mut Bench, seconds: u32, has: Ipv4Addr) {
    let mut seen = bench.sent.len();
    for _ in 0..seconds * 10 {
        bench.pass(SECOND / 10);
        while let Some(sent) = bench.sent.get(seen).cloned() {
            seen += 1;
            if let Some(frame) = answer(&sent, has) {
                bench.inject(&frame);
            }
        }
    }
}

fn announced(bench: &Bench) -> bool {
    bench.sent.iter().filter_map(Sent::text).any(|text| text.starts_with("NOTIFY"))
}

#[test]
fn a_device_gets_an_address_and_is_found_at_it() {
    let mut bench = Bench::newcomer();
    bench.pass(SECOND * 20);
    assert!(!bench.sent.is_empty() && bench.reports().is_empty() && !announced(&bench));
    serve(&mut bench, 10, ip(50));
    assert_eq!(bench.stack.address().map(|cidr| cidr.to_string()), Some("10.0.0.51/24".to_owned()));
    assert!(announced(&bench) && !bench.reports().is_empty());
    bench.sent.clear();
    bench.search(11, address(11));
    bench.pass(SECOND);
    assert!(bench.sent.iter().any(|sent| sent.answers(11)));
}

#[test]
fn it_keeps_the_address_as_long_as_the_server_says_so() {
    let mut bench = Bench::newcomer();
    serve(&mut bench, 10, ip(50));
    serve(&mut bench, LEASE * 2, ip(50));
    assert!(bench.stack.address().is_some());
    bench.pass(SECOND * LEASE);
    assert_eq!(bench.stack.address(), None, "the server is silent");
}

#[test]
fn it_takes_another_one_and_says_so() {
    let mut bench = Bench::newcomer();
    serve(&mut bench, 10, ip(50));
    bench.pass(SECOND * LEASE);
    bench.sent.clear();
    serve(&mut bench, 20, ip(60));
    assert_eq!(bench.stack.address().map(|cidr| cidr.address()), Some(ip(60)));
    let is_there = |text: String| text.contains("LOCATION: http://10.0.0.61:7776");
    assert!(bench.sent.iter().filter_map(Sent::text).any(is_there));
}
