//! Frames that are sent.

use core::net::{Ipv4Addr, SocketAddrV4};

use p2pm_core::time::Instant;
use smoltcp::phy::{ChecksumCapabilities, Device, TxToken};
use smoltcp::wire::{
    EthernetAddress, EthernetFrame, EthernetProtocol, EthernetRepr, IgmpPacket, IgmpRepr, IgmpVersion,
    IpProtocol, Ipv4Packet, Ipv4Repr, UDP_HEADER_LEN, UdpPacket, UdpRepr,
};

use crate::net::clock;

/// Option of IPv4 that has routers look at a packet, which each message of IGMP must have (RFC 2236 §2, RFC 2113).
const ROUTER_ALERT: [u8; 4] = [0x94, 4, 0, 0];

/// When a frame is sent, and between which hosts.
pub(super) struct Link {
    pub(super) now: Instant,
    pub(super) from: EthernetAddress,
    pub(super) to: EthernetAddress,
}

/// Hardware address of a group (RFC 1112 §6.4).
pub(super) const fn group_address(group: Ipv4Addr) -> EthernetAddress {
    let [_, b, c, d] = group.octets();
    EthernetAddress([1, 0, 0x5e, b & 0x7f, c, d])
}

/// Sends a datagram; `None` if the device cannot now, or never one of this length.
pub(super) fn send_datagram(
    device: &mut impl Device,
    link: &Link,
    (from, to): (SocketAddrV4, SocketAddrV4),
    hop_limit: u8,
    datagram: &[u8],
) -> Option<()> {
    let udp = UdpRepr { src_port: from.port(), dst_port: to.port() };
    let payload_len = UDP_HEADER_LEN + datagram.len();
    let next_header = IpProtocol::Udp;
    let ip = Ipv4Repr { src_addr: *from.ip(), dst_addr: *to.ip(), next_header, payload_len, hop_limit };
    send_packet(device, link, &ip, &[], |payload| {
        udp.emit(
            &mut UdpPacket::new_unchecked(payload),
            &ip.src_addr.into(),
            &ip.dst_addr.into(),
            datagram.len(),
            |into| into.copy_from_slice(datagram),
            &ChecksumCapabilities::default(),
        );
    })
}

/// Sends the report that this host is in a group; `None` if the device cannot now.
pub(super) fn send_report(
    device: &mut impl Device,
    link: &Link,
    from: Ipv4Addr,
    group: Ipv4Addr,
) -> Option<()> {
    let report = IgmpRepr::MembershipReport { group_addr: group, version: IgmpVersion::Version2 };
    let (next_header, payload_len) = (IpProtocol::Igmp, report.buffer_len());
    let ip = Ipv4Repr { src_addr: from, dst_addr: group, next_header, payload_len, hop_limit: 1 };
    send_packet(device, link, &ip, &ROUTER_ALERT, |payload| {
        report.emit(&mut IgmpPacket::new_unchecked(payload));
    })
}

/// Sends a packet with these options, whose payload is written by `fill`.
fn send_packet(
    device: &mut impl Device,
    link: &Link,
    ip: &Ipv4Repr,
    options: &[u8],
    fill: impl FnOnce(&mut [u8]),
) -> Option<()> {
    let ethernet = EthernetRepr { src_addr: link.from, dst_addr: link.to, ethertype: EthernetProtocol::Ipv4 };
    let header_len = ip.buffer_len() + options.len();
    let len = ethernet.buffer_len() + header_len + ip.payload_len;
    if len > device.capabilities().max_transmission_unit {
        return None;
    }
    device.transmit(clock::to_smoltcp(link.now))?.consume(len, |bytes| {
        let mut frame = EthernetFrame::new_unchecked(bytes);
        ethernet.emit(&mut frame);
        let bytes = frame.payload_mut();
        if let Some(place) = bytes.get_mut(ip.buffer_len()..header_len) {
            place.copy_from_slice(options);
        }
        let mut packet = Ipv4Packet::new_unchecked(bytes);
        // Without options, which are added.
        ip.emit(&mut packet, &ChecksumCapabilities::ignored());
        packet.set_header_len(u8::try_from(header_len).unwrap_or_default());
        packet.set_total_len(u16::try_from(header_len + ip.payload_len).unwrap_or_default());
        packet.fill_checksum();
        fill(packet.payload_mut());
    });
    Some(())
}
