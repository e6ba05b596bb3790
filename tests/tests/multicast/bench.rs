//! A device that discovers, and the frames of others.

use std::net::SocketAddrV4;
use std::num::NonZeroU16;
use std::time::Duration;

use p2pm_core::discovery::{Announced, Discovery, Inline, Rows, Setup, Uuid};
use p2pm_core::drive::exchange;
use p2pm_core::limits::{DATAGRAM_BUFFER_LEN, SSDP_PORT};
use p2pm_core::time::Instant;
use p2pm_fw::app::{Neighbourhood, Network};
use p2pm_tests::device::{Faults, Neighbourly, ip, neighbourly, newcomer};
use p2pm_tests::ethernet::{Cable, Ethernet, Frame, address};
use p2pm_tests::frames::{GROUP, GROUP_HARDWARE, SEARCH, datagram};
use smoltcp::phy::{Device as _, RxToken};
use smoltcp::wire::{EthernetAddress, EthernetFrame, EthernetProtocol, IpProtocol, Ipv4Packet, UdpPacket};

pub(crate) const SECOND: Duration = Duration::from_secs(1);
/// The port at which all frames are heard.
const LISTENING: u8 = 1;
/// Source port of searches.
pub(crate) const SEARCHING: u16 = 40_000;

/// A frame that the device has sent.
#[derive(Clone)]
pub(crate) struct Sent {
    pub(crate) at: Instant,
    pub(crate) bytes: Vec<u8>,
}

impl Sent {
    pub(crate) fn ethernet(&self) -> EthernetFrame<&[u8]> {
        EthernetFrame::new_checked(&self.bytes[..]).expect("a frame")
    }

    pub(crate) fn ip(&self) -> Option<Ipv4Packet<&[u8]>> {
        let frame = self.ethernet();
        (frame.ethertype() == EthernetProtocol::Ipv4)
            .then(|| Ipv4Packet::new_checked(frame.payload()).expect("a packet"))
    }

    fn is(&self, protocol: IpProtocol) -> bool {
        self.ip().is_some_and(|packet| packet.next_header() == protocol)
    }

    pub(crate) fn is_arp(&self) -> bool {
        self.ethernet().ethertype() == EthernetProtocol::Arp
    }

    pub(crate) fn is_report(&self) -> bool {
        self.is(IpProtocol::Igmp)
    }

    /// Text of its datagram, if that is text.
    pub(crate) fn text(&self) -> Option<String> {
        let packet = self.ip().filter(|_| self.is(IpProtocol::Udp))?;
        let datagram = UdpPacket::new_checked(packet.payload()).expect("a datagram");
        String::from_utf8(datagram.payload().to_vec()).ok()
    }

    /// Whether it answers the search of this host, and goes there.
    pub(crate) fn answers(&self, host: u8) -> bool {
        let is_there = self.ethernet().dst_addr() == address(host)
            && self.ip().is_some_and(|packet| packet.dst_addr() == ip(host));
        is_there && self.text().is_some_and(|text| text.starts_with("HTTP/1.1 200 OK"))
    }
}

/// A device with discovery. It sleeps whenever it may.
pub(crate) struct Bench {
    pub(crate) ethernet: Ethernet,
    pub(crate) stack: Neighbourly<2>,
    discovery: Discovery<Inline<1, 8, 16, 16>>,
    listening: Cable,
    now: Instant,
    /// Whatever it has sent.
    pub(crate) sent: Vec<Sent>,
}

impl Bench {
    /// A device that has not joined the groups yet.
    pub(crate) fn deaf() -> Self {
        Self::with(neighbourly::<2, 2048>)
    }

    /// A device that asks for its address.
    pub(crate) fn newcomer() -> Self {
        let mut bench = Self::with(newcomer::<2, 2048>);
        bench.stack.join();
        bench
    }

    fn with(stack: fn(&Ethernet, u8, u64, Faults) -> Neighbourly<2>) -> Self {
        let ethernet = Ethernet::new(2);
        ethernet.mirror(LISTENING);
        let port = NonZeroU16::new(7776).expect("a port");
        let announced = Some(Announced { node: port, description: port });
        let setup = Setup { id: Uuid::from_random([7; 16]), announced, seed: 7 };
        Self {
            stack: stack(&ethernet, 0, 7, Faults::default()),
            listening: ethernet.cable(LISTENING),
            discovery: Discovery::new(setup, Rows::default()),
            ethernet,
            now: Instant::default(),
            sent: Vec::new(),
        }
    }

    pub(crate) fn new() -> Self {
        let mut bench = Self::deaf();
        bench.stack.join();
        bench
    }

    /// A device that has said for now what it says of its own accord.
    pub(crate) fn settled() -> Self {
        let mut bench = Self::new();
        bench.pass(SECOND * 8);
        bench.sent.clear();
        bench
    }

    pub(crate) fn now(&self) -> Instant {
        self.now
    }

    /// Does what is possible now.
    pub(crate) fn step(&mut self) {
        let (now, mut buffer) = (self.now, [0; DATAGRAM_BUFFER_LEN]);
        self.stack.poll(now);
        let (id, addresses) = self.stack.interface();
        self.discovery.handle_interface(now, id, addresses);
        exchange(now, &mut self.discovery, &mut self.stack, &mut buffer, |_| {});
        while self.discovery.poll_event().is_some() {}
        while let Some((frame, _)) = self.listening.receive(smoltcp::time::Instant::ZERO) {
            let bytes = frame.consume(<[u8]>::to_vec);
            self.sent.push(Sent { at: now, bytes });
        }
    }

    /// Runs for this time. It is woken by frames, and when it has asked for it.
    pub(crate) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        self.step();
        loop {
            let deadlines = [self.stack.deadline(), self.discovery.deadline()];
            let next = deadlines.into_iter().flatten().min().filter(|next| *next <= end);
            let Some(next) = next else { break };
            self.now = self.now.max(next);
            self.step();
        }
        self.now = end;
    }

    /// Somebody has sent this frame.
    pub(crate) fn inject(&mut self, frame: &[u8]) {
        self.ethernet.inject(&Frame::new(frame));
        // It is not the device's.
        self.listening.receive(smoltcp::time::Instant::ZERO);
        self.step();
    }

    /// A host searches from this hardware address.
    pub(crate) fn search(&mut self, host: u8, from: EthernetAddress) {
        let to = SocketAddrV4::new(GROUP, SSDP_PORT);
        self.inject(&datagram(from, GROUP_HARDWARE, (SocketAddrV4::new(ip(host), SEARCHING), to), SEARCH));
    }

    /// Reports of membership, by when they were sent.
    pub(crate) fn reports(&self) -> Vec<Instant> {
        self.sent.iter().filter(|sent| sent.is_report()).map(|sent| sent.at).collect()
    }
}
