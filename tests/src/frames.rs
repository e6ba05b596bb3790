//! Frames that nobody's stack has sent.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{
    EthernetAddress, EthernetFrame, EthernetProtocol, EthernetRepr, IgmpPacket, IgmpRepr, IgmpVersion,
    IpAddress, IpProtocol, Ipv4Packet, Ipv4Repr, TcpControl, TcpPacket, TcpRepr, TcpSeqNumber, UdpPacket,
    UdpRepr,
};

use crate::device::ip;
use crate::ethernet::{FRAME_MAX, Frame, address};

/// Group of SSDP.
pub const GROUP: Ipv4Addr = Ipv4Addr::new(239, 255, 255, 250);
/// Hardware address of the group.
pub const GROUP_HARDWARE: EthernetAddress = EthernetAddress([1, 0, 0x5e, 0x7f, 0xff, 0xfa]);
/// All hosts.
pub const ALL: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 1);
/// Hardware address of all hosts.
pub const ALL_HARDWARE: EthernetAddress = EthernetAddress([1, 0, 0x5e, 0, 0, 1]);

/// A search for nodes.
pub const SEARCH: &[u8] = b"M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\n\
MX: 1\r\nST: urn:p2pm-example:device:Node:1\r\n\r\n";

/// The frame of a datagram.
pub fn datagram(
    from_hardware: EthernetAddress,
    to_hardware: EthernetAddress,
    (from, to): (SocketAddrV4, SocketAddrV4),
    payload: &[u8],
) -> Vec<u8> {
    let udp = UdpRepr { src_port: from.port(), dst_port: to.port() };
    let (src, dst) = (IpAddress::Ipv4(*from.ip()), IpAddress::Ipv4(*to.ip()));
    let len = udp.header_len() + payload.len();
    packet((from_hardware, to_hardware), (*from.ip(), *to.ip()), IpProtocol::Udp, len, |into| {
        let mut packet = UdpPacket::new_unchecked(into);
        let checksums = ChecksumCapabilities::default();
        udp.emit(&mut packet, &src, &dst, payload.len(), |to| to.copy_from_slice(payload), &checksums);
    })
}

/// The frame of a packet, whose payload is written by `fill`.
pub fn packet(
    (from_hardware, to_hardware): (EthernetAddress, EthernetAddress),
    (src_addr, dst_addr): (Ipv4Addr, Ipv4Addr),
    next_header: IpProtocol,
    payload_len: usize,
    fill: impl FnOnce(&mut [u8]),
) -> Vec<u8> {
    let ethernet =
        EthernetRepr { src_addr: from_hardware, dst_addr: to_hardware, ethertype: EthernetProtocol::Ipv4 };
    let ip = Ipv4Repr { src_addr, dst_addr, next_header, payload_len, hop_limit: 1 };
    let len = ethernet.buffer_len() + ip.buffer_len() + payload_len;
    let mut bytes = vec![0; FRAME_MAX];
    let mut frame = EthernetFrame::new_unchecked(&mut bytes[..]);
    ethernet.emit(&mut frame);
    let mut packet = Ipv4Packet::new_unchecked(frame.payload_mut());
    ip.emit(&mut packet, &ChecksumCapabilities::default());
    fill(packet.payload_mut());
    bytes.truncate(len);
    bytes
}

/// A segment to a host, with this source.
pub fn segment(from: Ipv4Addr, host: u8, tcp: &TcpRepr<'_>) -> Frame {
    // Its Ethernet address has no port.
    let hardware = (address(99), address(host));
    let bytes = packet(hardware, (from, ip(host)), IpProtocol::Tcp, tcp.buffer_len(), |into| {
        let mut segment = TcpPacket::new_unchecked(into);
        tcp.emit(&mut segment, &from.into(), &ip(host).into(), &ChecksumCapabilities::default());
    });
    Frame::new(&bytes)
}

/// The first segment of a connection to the listening host.
pub fn syn(from: Ipv4Addr, from_port: u16, to_port: u16) -> Frame {
    segment(
        from,
        0,
        &TcpRepr {
            src_port: from_port,
            dst_port: to_port,
            control: TcpControl::Syn,
            seq_number: TcpSeqNumber(1000),
            ack_number: None,
            window_len: 1000,
            window_scale: None,
            max_seg_size: Some(536),
            sack_permitted: false,
            sack_ranges: [None; 3],
            timestamp: None,
            payload: &[],
        },
    )
}

/// A query for a group, or for all.
pub fn query(group: Ipv4Addr, limit: Duration) -> Vec<u8> {
    let query = IgmpRepr::MembershipQuery {
        max_resp_time: limit.into(),
        group_addr: group,
        version: IgmpVersion::Version2,
    };
    let (to, hardware) = if group.is_unspecified() { (ALL, ALL_HARDWARE) } else { (group, GROUP_HARDWARE) };
    packet((address(9), hardware), (ip(9), to), IpProtocol::Igmp, query.buffer_len(), |into| {
        query.emit(&mut IgmpPacket::new_unchecked(into));
    })
}
