//! Ethernet switch in memory, with a cable to each device, which can be cut.
//!
//! Nothing takes time, and nothing is allocated once the switch is built.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use smoltcp::phy::{self, Device, DeviceCapabilities, Medium};
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, EthernetFrame, EthernetProtocol, IpProtocol, Ipv4Packet};

/// Longest frame: 1500 bytes of IP and 14 of Ethernet header.
pub const FRAME_MAX: usize = 1514;

/// After how many queries without a report a switch that snoops forgets the members at a port (RFC 2236 §8.4).
const FORGOTTEN_AFTER: u8 = 2;

/// Queue length of a port, in frames; further ones are dropped.
const QUEUE: usize = 256;

/// An Ethernet frame.
#[derive(Clone, Copy)]
pub struct Frame {
    bytes: [u8; FRAME_MAX],
    len: usize,
}

impl Frame {
    const EMPTY: Self = Self { bytes: [0; FRAME_MAX], len: 0 };

    /// A frame of `len` bytes, at most [`FRAME_MAX`], written by `fill`.
    fn filled<R>(len: usize, fill: impl FnOnce(&mut [u8]) -> R) -> (Self, R) {
        let mut frame = Self { len, ..Self::EMPTY };
        let result = fill(&mut frame.bytes[..len]);
        (frame, result)
    }

    /// A frame of these bytes, at most [`FRAME_MAX`].
    pub fn new(bytes: &[u8]) -> Self {
        Self::filled(bytes.len(), |frame| frame.copy_from_slice(bytes)).0
    }

    /// The bytes of the frame.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// Queue of one device.
struct Port {
    address: EthernetAddress,
    is_cut: bool,
    hears_all: bool,
    /// How many queries have passed since a report of membership.
    unreported: u8,
    frames: Box<[Frame]>,
    first: usize,
    len: usize,
}

impl Port {
    fn push(&mut self, frame: &Frame) -> bool {
        let has_room = self.len < QUEUE && !self.is_cut;
        if has_room {
            self.frames[(self.first + self.len) % QUEUE] = *frame;
            self.len += 1;
        }
        has_room
    }

    fn pop(&mut self) -> Option<Frame> {
        self.len = self.len.checked_sub(1)?;
        let frame = self.frames[self.first];
        self.first = (self.first + 1) % QUEUE;
        Some(frame)
    }
}

/// The switch.
#[derive(Clone)]
pub struct Ethernet(Rc<Shared>);

struct Shared {
    ports: Box<[RefCell<Port>]>,
    snoops: Cell<bool>,
    sent: Cell<usize>,
    lost: Cell<usize>,
    last: RefCell<Frame>,
}

/// The device's end of a cable to the switch.
pub struct Cable {
    ethernet: Ethernet,
    number: u8,
}

impl Ethernet {
    /// A switch with this many ports.
    pub fn new(ports: u8) -> Self {
        let port = |number| {
            let frames = vec![Frame::EMPTY; QUEUE].into_boxed_slice();
            RefCell::new(Port {
                address: address(number),
                is_cut: false,
                hears_all: false,
                unreported: FORGOTTEN_AFTER,
                frames,
                first: 0,
                len: 0,
            })
        };
        let ports = (0..ports).map(port).collect();
        let last = RefCell::new(Frame::EMPTY);
        let shared =
            Shared { ports, snoops: Cell::default(), sent: Cell::default(), lost: Cell::default(), last };
        Self(Rc::new(shared))
    }

    /// Cable to this port, for a device with the [`address`] of that number.
    pub fn cable(&self, number: u8) -> Cable {
        Cable { ethernet: self.clone(), number }
    }

    /// Cuts or repairs the cable at this port. Frames sent over a cut cable are lost.
    pub fn cut(&self, number: u8, is_cut: bool) {
        self.0.ports[usize::from(number)].borrow_mut().is_cut = is_cut;
    }

    /// Sends every frame to this port as well.
    pub fn mirror(&self, number: u8) {
        self.0.ports[usize::from(number)].borrow_mut().hears_all = true;
    }

    /// Sends what is for a group only to ports from which its membership was reported. Where such a switch stands, a
    /// querier has to [ask](Self::query) for reports.
    pub fn snoop(&self) {
        self.0.snoops.set(true);
    }

    /// Sends everyone this query. Whoever has not reported since the one before the last is forgotten.
    pub fn query(&self, query: &Frame) {
        for port in &self.0.ports {
            let mut port = port.borrow_mut();
            port.unreported = port.unreported.saturating_add(1);
        }
        self.inject(query);
    }

    /// Whether frames are queued for the device at this port.
    pub fn has_frames(&self, number: u8) -> bool {
        self.0.ports[usize::from(number)].borrow().len > 0
    }

    /// Number of frames sent.
    pub fn sent(&self) -> usize {
        self.0.sent.get()
    }

    /// Number of frames lost: cable cut, queue full or address unknown.
    pub fn lost(&self) -> usize {
        self.0.lost.get()
    }

    /// The last frame sent.
    pub fn last(&self) -> Frame {
        *self.0.last.borrow()
    }

    /// Injects a frame from a source without a port.
    pub fn inject(&self, frame: &Frame) {
        self.switch(None, frame);
    }

    /// Forwards a frame to the port of its destination, or broadcasts it.
    fn switch(&self, from: Option<u8>, frame: &Frame) {
        *self.0.last.borrow_mut() = *frame;
        let to =
            EthernetFrame::new_checked(frame.bytes()).map_or(EthernetAddress::BROADCAST, |f| f.dst_addr());
        let is_cut = from.is_some_and(|from| self.0.ports[usize::from(from)].borrow().is_cut);
        let group = Group::of(frame.bytes());
        if let (Some(from), Some(Group::Report), false) = (from, &group, is_cut) {
            self.0.ports[usize::from(from)].borrow_mut().unreported = 0;
        }
        let snoops = self.0.snoops.get() && group.is_some();
        let mut has_arrived = false;
        for (number, port) in (0..).zip(&self.0.ports) {
            let mut port = port.borrow_mut();
            let is_member = !snoops || port.unreported < FORGOTTEN_AFTER;
            let is_meant = to == port.address || !to.is_unicast() && is_member || port.hears_all;
            if is_meant && from != Some(number) && !is_cut && port.push(frame) {
                has_arrived = true;
            }
        }
        self.0.sent.set(self.0.sent.get() + 1);
        self.0.lost.set(self.0.lost.get() + usize::from(!has_arrived));
    }
}

/// What is for a group.
enum Group {
    Report,
    Other,
}

impl Group {
    /// `None` for what is for a host or for all of them, as a query is (RFC 4541 §2.1.2).
    fn of(frame: &[u8]) -> Option<Self> {
        let frame = EthernetFrame::new_checked(frame).ok()?;
        let packet = Ipv4Packet::new_checked(frame.payload()).ok()?;
        let is_local = packet.dst_addr().octets()[..3] == [224, 0, 0];
        if frame.ethertype() != EthernetProtocol::Ipv4 || !packet.dst_addr().is_multicast() || is_local {
            return None;
        }
        Some(if packet.next_header() == IpProtocol::Igmp { Self::Report } else { Self::Other })
    }
}

/// Ethernet address of the device at this port.
pub fn address(number: u8) -> EthernetAddress {
    EthernetAddress([2, 0, 0, 0, 0, number])
}

impl Device for Cable {
    type RxToken<'a> = Arrival;
    type TxToken<'a> = Departure<'a>;

    fn receive(&mut self, _now: Instant) -> Option<(Arrival, Departure<'_>)> {
        let frame = self.ethernet.0.ports[usize::from(self.number)].borrow_mut().pop()?;
        Some((Arrival(frame), Departure(self)))
    }

    fn transmit(&mut self, _now: Instant) -> Option<Departure<'_>> {
        Some(Departure(self))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = FRAME_MAX;
        capabilities
    }
}

/// A frame received by a device.
pub struct Arrival(Frame);

impl phy::RxToken for Arrival {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        read(self.0.bytes())
    }
}

/// A frame to be sent by a device.
pub struct Departure<'a>(&'a Cable);

impl phy::TxToken for Departure<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, fill: F) -> R {
        let (frame, result) = Frame::filled(len, fill);
        self.0.ethernet.switch(Some(self.0.number), &frame);
        result
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddrV4};
    use std::time::Duration;

    use smoltcp::phy::{RxToken, TxToken};

    use super::*;
    use crate::frames::{GROUP, GROUP_HARDWARE, datagram, packet, query};

    fn frame_to(to: EthernetAddress) -> Frame {
        let mut bytes = [7; 20];
        EthernetFrame::new_unchecked(&mut bytes[..]).set_dst_addr(to);
        Frame::new(&bytes)
    }

    fn send(cable: &mut Cable, frame: &Frame) {
        let token = cable.transmit(Instant::ZERO).expect("it always sends");
        token.consume(frame.bytes().len(), |bytes| bytes.copy_from_slice(frame.bytes()));
    }

    fn receive(cable: &mut Cable) -> Option<Vec<u8>> {
        cable.receive(Instant::ZERO).map(|(arrival, _)| arrival.consume(<[u8]>::to_vec))
    }

    #[test]
    fn a_frame_goes_where_its_address_says() {
        let ethernet = Ethernet::new(3);
        let mut cables = [0, 1, 2].map(|number| ethernet.cable(number));
        let frame = frame_to(address(2));
        send(&mut cables[0], &frame);
        assert!(!ethernet.has_frames(1) && ethernet.has_frames(2));
        assert_eq!(receive(&mut cables[2]).as_deref(), Some(frame.bytes()));
        assert_eq!(receive(&mut cables[2]), None);
        send(&mut cables[1], &frame_to(EthernetAddress::BROADCAST));
        assert_eq!([0, 1, 2].map(|number| ethernet.has_frames(number)), [true, false, true]);
        send(&mut cables[1], &frame_to(address(9)));
        assert_eq!((ethernet.sent(), ethernet.lost()), (3, 1));
    }

    #[test]
    fn what_is_sent_over_a_cut_cable_vanishes() {
        let ethernet = Ethernet::new(2);
        let mut cables = [0, 1].map(|number| ethernet.cable(number));
        ethernet.cut(1, true);
        send(&mut cables[0], &frame_to(address(1)));
        send(&mut cables[1], &frame_to(address(0)));
        ethernet.cut(1, false);
        assert!(receive(&mut cables[0]).is_none() && receive(&mut cables[1]).is_none());
        assert_eq!(ethernet.lost(), 2);
        ethernet.inject(&frame_to(address(1)));
        assert!(receive(&mut cables[1]).is_some());
    }

    #[test]
    fn what_is_for_a_group_goes_to_its_members() {
        let ethernet = Ethernet::new(3);
        let mut cables = [0, 1, 2].map(|number| ethernet.cable(number));
        let ends = ("10.0.0.1:1900".parse().unwrap(), SocketAddrV4::new(GROUP, 1900));
        let said = Frame::new(&datagram(address(0), GROUP_HARDWARE, ends, b"hello"));
        let query = Frame::new(&query(Ipv4Addr::UNSPECIFIED, Duration::from_secs(10)));
        let ends = (address(1), GROUP_HARDWARE);
        let report = packet(ends, (Ipv4Addr::new(10, 0, 0, 2), GROUP), IpProtocol::Igmp, 8, |_| {});
        let mut members = || {
            send(&mut cables[0], &said);
            [1, 2].map(|number: u8| receive(&mut ethernet.cable(number)).is_some())
        };
        assert_eq!(members(), [true; 2], "it does not snoop yet");
        ethernet.snoop();
        assert_eq!(members(), [false; 2]);
        send(&mut ethernet.cable(1), &Frame::new(&report));
        assert_eq!(members(), [true, false]);
        for (count, is_member) in [(1, true), (2, false)] {
            ethernet.query(&query);
            assert!(
                [1, 2].iter().all(|number| receive(&mut ethernet.cable(*number)).is_some()),
                "query {count}"
            );
            assert_eq!(members(), [is_member, false]);
        }
    }

    #[test]
    fn a_queue_keeps_its_order_and_its_size() {
        let ethernet = Ethernet::new(2);
        let mut cable = ethernet.cable(1);
        for number in 0..QUEUE + 10 {
            let mut bytes = [u8::try_from(number % 251).unwrap(); 20];
            EthernetFrame::new_unchecked(&mut bytes[..]).set_dst_addr(address(1));
            ethernet.inject(&Frame::new(&bytes));
        }
        for number in 0..QUEUE {
            assert_eq!(receive(&mut cable).unwrap()[19], u8::try_from(number % 251).unwrap());
        }
        assert!(receive(&mut cable).is_none());
        assert_eq!(ethernet.lost(), 10);
    }
}
