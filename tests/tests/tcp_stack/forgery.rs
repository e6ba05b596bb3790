//! Forged frames.

use std::net::Ipv4Addr;

use p2pm_tests::device::ip;
use p2pm_tests::ethernet::{FRAME_MAX, Frame, address};
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{
    EthernetFrame, EthernetProtocol, EthernetRepr, IpProtocol, Ipv4Packet, Ipv4Repr, TcpControl, TcpPacket,
    TcpRepr, TcpSeqNumber,
};

const ETHERNET: usize = 14;
const IP: usize = 20;

/// A segment to a host, with this source.
pub(crate) fn segment(from: Ipv4Addr, host: u8, tcp: &TcpRepr<'_>) -> Frame {
    let ip = Ipv4Repr {
        src_addr: from,
        dst_addr: ip(host),
        next_header: IpProtocol::Tcp,
        payload_len: tcp.buffer_len(),
        hop_limit: 64,
    };
    // Its Ethernet address has no port.
    let ethernet =
        EthernetRepr { src_addr: address(99), dst_addr: address(host), ethertype: EthernetProtocol::Ipv4 };
    let mut bytes = [0; FRAME_MAX];
    let mut frame = EthernetFrame::new_unchecked(&mut bytes[..]);
    ethernet.emit(&mut frame);
    let mut packet = Ipv4Packet::new_unchecked(frame.payload_mut());
    let checksums = ChecksumCapabilities::default();
    ip.emit(&mut packet, &checksums);
    let mut segment = TcpPacket::new_unchecked(packet.payload_mut());
    tcp.emit(&mut segment, &from.into(), &ip.dst_addr.into(), &checksums);
    Frame::new(&bytes[..ETHERNET + IP + tcp.buffer_len()])
}

/// The first segment of a connection to the listening host.
pub(crate) fn syn(from: Ipv4Addr, from_port: u16, to_port: u16) -> Frame {
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

/// Corrects the checksums of a frame, if it has any: a frame with wrong ones is dropped early.
pub(crate) fn mend(frame: &mut [u8]) {
    let Some(packet) = frame.get_mut(ETHERNET..) else { return };
    let Ok(mut packet) = Ipv4Packet::new_checked(packet) else { return };
    packet.fill_checksum();
    let (from, to) = (packet.src_addr().into(), packet.dst_addr().into());
    if let Ok(mut segment) = TcpPacket::new_checked(packet.payload_mut()) {
        segment.fill_checksum(&from, &to);
    }
}
