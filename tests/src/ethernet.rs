//! Ethernet switch in memory, with a cable to each device, which can be cut.
//!
//! Nothing takes time, and nothing is allocated once the switch is built.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use smoltcp::phy::{self, Device, DeviceCapabilities, Medium};
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, EthernetFrame};

/// Longest frame: 1500 bytes of IP and 14 of Ethernet header.
pub const FRAME_MAX: usize = 1514;

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
                frames,
                first: 0,
                len: 0,
            })
        };
        let ports = (0..ports).map(port).collect();
        let last = RefCell::new(Frame::EMPTY);
        Self(Rc::new(Shared { ports, sent: Cell::new(0), lost: Cell::new(0), last }))
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
        let mut has_arrived = false;
        for (number, port) in (0..).zip(&self.0.ports) {
            let mut port = port.borrow_mut();
            let is_meant = to == port.address || !to.is_unicast() || port.hears_all;
            if is_meant && from != Some(number) && !is_cut && port.push(frame) {
                has_arrived = true;
            }
        }
        self.0.sent.set(self.0.sent.get() + 1);
        self.0.lost.set(self.0.lost.get() + usize::from(!has_arrived));
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
    use smoltcp::phy::{RxToken, TxToken};

    use super::*;

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
