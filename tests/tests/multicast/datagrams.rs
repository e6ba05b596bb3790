//! Datagrams on the wire.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::num::NonZeroU32;

use p2pm_core::discovery::{Arrival, InterfaceId, LocalPort, Outgoing, Reach};
use p2pm_core::drive::Datagrams;
use p2pm_core::limits::{BROADCAST_PORT, SSDP_HOPS, SSDP_PORT};
use p2pm_fw::app::Network;
use p2pm_fw::net::Error;
use p2pm_tests::device::ip;
use p2pm_tests::ethernet::{Frame, address};
use p2pm_tests::frames::{GROUP, GROUP_HARDWARE, datagram};
use p2pm_tests::random::Random;
use smoltcp::wire::{EthernetAddress, IgmpPacket, IpProtocol, Ipv4Packet, UdpPacket};

use crate::bench::{Bench, SEARCHING, SECOND};

const INTERFACE: InterfaceId = InterfaceId(NonZeroU32::MIN);
/// The broadcast address of the subnet.
const BROADCAST: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 255);

/// What the stack hands over of a frame, without discovery.
fn heard(bench: &mut Bench, frame: &[u8]) -> Option<(Vec<u8>, Arrival)> {
    bench.ethernet.inject(&Frame::new(frame));
    let now = bench.now();
    bench.stack.poll(now);
    let mut buffer = [0; 100];
    bench.stack.receive(&mut buffer).map(|(len, arrival)| (buffer[..len].to_vec(), arrival))
}

fn from_eleven(hardware: EthernetAddress, to: Ipv4Addr, port: u16) -> Vec<u8> {
    let ends = (SocketAddrV4::new(ip(11), SEARCHING), SocketAddrV4::new(to, port));
    datagram(address(11), hardware, ends, b"hello")
}

#[test]
fn what_is_for_discovery_is_heard_with_how_it_was_addressed() {
    let mut bench = Bench::new();
    let everybody = EthernetAddress::BROADCAST;
    for (frame, reach) in [
        (from_eleven(GROUP_HARDWARE, GROUP, SSDP_PORT), Reach::Group),
        (from_eleven(everybody, BROADCAST, BROADCAST_PORT), Reach::Broadcast),
        (from_eleven(everybody, Ipv4Addr::BROADCAST, BROADCAST_PORT), Reach::Broadcast),
        (from_eleven(address(0), ip(0), BROADCAST_PORT), Reach::Unicast),
    ] {
        let from = SocketAddrV4::new(ip(11), SEARCHING).into();
        let expected = (b"hello".to_vec(), Arrival { interface: INTERFACE, from, reach });
        assert_eq!(heard(&mut bench, &frame), Some(expected));
    }
}

#[test]
fn what_is_for_others_or_damaged_is_not() {
    let mut bench = Bench::new();
    let good = from_eleven(GROUP_HARDWARE, GROUP, SSDP_PORT);
    for frame in [
        from_eleven(GROUP_HARDWARE, GROUP, 5353),
        from_eleven(GROUP_HARDWARE, Ipv4Addr::new(239, 255, 255, 251), SSDP_PORT),
        from_eleven(address(0), ip(1), BROADCAST_PORT),
        from_eleven(address(1), ip(0), BROADCAST_PORT),
        from_eleven(EthernetAddress::BROADCAST, Ipv4Addr::new(10, 0, 1, 255), BROADCAST_PORT),
    ] {
        assert_eq!(heard(&mut bench, &frame), None);
    }
    for len in 0..good.len() {
        assert_eq!(heard(&mut bench, &good[..len]), None, "{len}");
    }
    // The addresses of Ethernet have no checksum.
    for bit in 12 * 8..good.len() * 8 {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(heard(&mut bench, &bad), None, "bit {bit}");
    }
    assert!(heard(&mut bench, &good).is_some());
}

#[test]
fn a_long_one_is_cut_off_and_a_flood_is_lost_in_part() {
    let mut bench = Bench::new();
    let ends = (SocketAddrV4::new(ip(11), SEARCHING), SocketAddrV4::new(GROUP, SSDP_PORT));
    let long = datagram(address(11), GROUP_HARDWARE, ends, &[b'x'; 1472]);
    assert_eq!(heard(&mut bench, &long).expect("it is heard").0, [b'x'; 100]);
    for _ in 0..1000 {
        bench.ethernet.inject(&Frame::new(&long));
        let now = bench.now();
        bench.stack.poll(now);
    }
    let mut buffer = [0; 1500];
    let kept = std::iter::from_fn(|| bench.stack.receive(&mut buffer)).count();
    assert!((10..=64).contains(&kept), "{kept}");
}

#[test]
fn before_it_has_joined_it_hears_nothing() {
    let mut bench = Bench::deaf();
    assert_eq!(heard(&mut bench, &from_eleven(GROUP_HARDWARE, GROUP, SSDP_PORT)), None);
    assert_eq!(heard(&mut bench, &from_eleven(address(0), ip(0), BROADCAST_PORT)), None);
}

#[test]
fn announcements_and_searches_go_to_the_group_and_to_the_subnet() {
    let mut bench = Bench::new();
    bench.pass(SECOND * 3);
    let mut kinds = std::collections::BTreeSet::new();
    for sent in bench.sent.iter().filter(|sent| sent.text().is_some()) {
        let packet = sent.ip().expect("a packet");
        assert_eq!((packet.src_addr(), packet.hop_limit()), (ip(0), SSDP_HOPS));
        assert!(packet.verify_checksum());
        let udp = UdpPacket::new_checked(packet.payload()).expect("a datagram");
        assert!(udp.verify_checksum(&packet.src_addr().into(), &packet.dst_addr().into()));
        let is_group = packet.dst_addr() == GROUP;
        let expected = if is_group { GROUP_HARDWARE } else { EthernetAddress::BROADCAST };
        assert_eq!(sent.ethernet().dst_addr(), expected);
        let from = if udp.src_port() >= 49_152 && udp.src_port() < 57_344 { 0 } else { udp.src_port() };
        let text = sent.text().expect("text");
        kinds.insert((text[..8].to_owned(), from, packet.dst_addr().to_string(), udp.dst_port()));
    }
    let row = |what: &str, from, to: &str, port| (what.to_owned(), from, to.to_owned(), port);
    assert_eq!(
        kinds.into_iter().collect::<Vec<_>>(),
        [
            row("M-SEARCH", 0, "10.0.0.255", BROADCAST_PORT),
            row("M-SEARCH", 0, "239.255.255.250", SSDP_PORT),
            row("NOTIFY *", SSDP_PORT, "239.255.255.250", SSDP_PORT),
            row("NOTIFY *", BROADCAST_PORT, "10.0.0.255", BROADCAST_PORT),
        ]
    );
}

#[test]
fn what_cannot_be_sent_is_an_error() {
    let mut bench = Bench::new();
    let send = |bench: &mut Bench, to: &str, datagram: &[u8]| {
        let to = to.parse().expect("an address");
        let outgoing = Outgoing { interface: INTERFACE, port: LocalPort::Shared, to, len: datagram.len() };
        bench.stack.send(&outgoing, datagram)
    };
    assert_eq!(send(&mut bench, "10.0.0.12:1900", b"hello"), Err(Error::NoRoute), "it has not searched");
    assert_eq!(send(&mut bench, "[ff02::c]:1900", b"hello"), Err(Error::Unaddressable));
    assert_eq!(send(&mut bench, "239.255.255.250:1900", &[0; 1473]), Err(Error::Exhausted));
    assert_eq!(send(&mut bench, "239.255.255.250:1900", &[0; 1472]), Ok(()));
    bench.stack.readdress(None, None);
    assert_eq!(send(&mut bench, "239.255.255.250:1900", b"hello"), Err(Error::Unaddressable));
}

#[test]
fn whatever_a_frame_says_of_itself_nothing_panics() {
    let mut bench = Bench::new();
    let mut random = Random::new(7);
    for _ in 0..20_000 {
        let mut frame = from_eleven(GROUP_HARDWARE, GROUP, SSDP_PORT);
        for _ in 0..random.between(1..=3) {
            let at = random.between(12..=frame.len() - 1);
            frame[at] = random.bytes::<1>()[0];
        }
        frame.truncate(frame.len() - random.between(0..=2) * random.between(0..=7));
        mend(&mut frame);
        heard(&mut bench, &frame);
    }
    let good = from_eleven(GROUP_HARDWARE, GROUP, SSDP_PORT);
    assert!(heard(&mut bench, &good).is_some());
}

/// Corrects the checksums of a frame, as far as it has any.
fn mend(frame: &mut [u8]) {
    let Some(packet) = frame.get_mut(14..) else { return };
    let Ok(mut packet) = Ipv4Packet::new_checked(packet) else { return };
    packet.fill_checksum();
    let (from, to) = (packet.src_addr().into(), packet.dst_addr().into());
    match packet.next_header() {
        IpProtocol::Igmp => {
            if let Ok(mut report) = IgmpPacket::new_checked(packet.payload_mut()) {
                report.fill_checksum();
            }
        }
        _ => {
            if let Ok(mut datagram) = UdpPacket::new_checked(packet.payload_mut()) {
                datagram.fill_checksum(&from, &to);
            }
        }
    }
}
