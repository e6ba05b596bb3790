//! Workarounds for three defects of smoltcp 0.14 that any peer could exploit without a password.
//!
//! 1. A listening socket keeps the acknowledgement state of a peer that reset its half-open connection. If
//!    the next peer's sequence numbers are far from it, it panics.
//! 2. When a peer fills the window to its last byte and sends FIN, the window ends before it begins until an
//!    acknowledgement has been sent. A segment from the far end of the sequence space, which appears to be
//!    before the one and after the other, makes it panic.
//! 3. When a peer acknowledges our FIN with a zero window, a socket that was probing the window goes on
//!    probing, at once and without end.

use smoltcp::phy::{Device, DeviceCapabilities, PacketMeta, RxToken};
use smoltcp::socket::tcp::{Socket, State};
use smoltcp::time::Instant;
use smoltcp::wire::{
    EthernetFrame, EthernetProtocol, IpEndpoint, IpProtocol, Ipv4Packet, TcpPacket, TcpSeqNumber,
};

/// Larger than anything that a peer can have unacknowledged when it sends FIN.
const LONGEST_WINDOW: usize = 1 << 20;

/// A received segment, as far as the workarounds need it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    ours: IpEndpoint,
    theirs: IpEndpoint,
    /// Sequence number of its first byte, and the one after its last.
    bytes: (TcpSeqNumber, TcpSeqNumber),
    window: u16,
}

impl Segment {
    /// Parses the segment in a frame, if there is one.
    fn parse(frame: &[u8]) -> Option<Self> {
        let frame = EthernetFrame::new_checked(frame).ok()?;
        let packet = Ipv4Packet::new_checked(frame.payload()).ok()?;
        let segment = TcpPacket::new_checked(packet.payload()).ok()?;
        if frame.ethertype() != EthernetProtocol::Ipv4 || packet.next_header() != IpProtocol::Tcp {
            return None;
        }
        let first = segment.seq_number();
        Some(Self {
            ours: IpEndpoint::new(packet.dst_addr().into(), segment.dst_port()),
            theirs: IpEndpoint::new(packet.src_addr().into(), segment.src_port()),
            bytes: (first, first + segment.segment_len()),
            window: segment.window_len(),
        })
    }

    fn belongs_to(&self, socket: &Socket<'_>) -> bool {
        socket.local_endpoint() == Some(self.ours) && socket.remote_endpoint() == Some(self.theirs)
    }

    /// Whether a peer that has finished with `last` cannot have sent it.
    fn contradicts(&self, last: &Self) -> bool {
        let ((first, _), (_, end)) = (self.bytes, last.bytes);
        let is_possible = first <= end && end <= first + LONGEST_WINDOW;
        (self.ours, self.theirs) == (last.ours, last.theirs) && !is_possible
    }
}

/// Repairs a socket after it has processed `segment`, and records the segment with which its peer has
/// `finished`.
pub(super) fn put_right(socket: &mut Socket<'_>, segment: Segment, finished: &mut Option<Segment>) {
    *finished = match socket.state() {
        State::CloseWait | State::LastAck | State::Closing | State::TimeWait => finished.or(Some(segment)),
        _ => None,
    };
    match socket.state() {
        State::Listen => {
            let endpoint = socket.listen_endpoint();
            socket.abort();
            // It was listening before.
            _ = socket.listen(endpoint);
        }
        // A peer that has our FIN loses nothing by a reset.
        State::FinWait2 if segment.window == 0 && segment.belongs_to(socket) => socket.abort(),
        _ => {}
    }
}

/// A device that drops impossible segments of peers that have finished, and what `hear` takes.
pub(super) struct Guard<'a, D, H> {
    device: &'a mut D,
    finished: &'a [Option<Segment>],
    hear: H,
    /// The segment that was passed on, if there was one.
    pub(super) segment: Option<Segment>,
}

impl<'a, D, H: FnMut(&[u8]) -> bool> Guard<'a, D, H> {
    /// A guard for one frame, given the segments with which peers have finished.
    pub(super) fn new(device: &'a mut D, finished: &'a [Option<Segment>], hear: H) -> Self {
        Self { device, finished, hear, segment: None }
    }
}

impl<D: Device, H: FnMut(&[u8]) -> bool> Device for Guard<'_, D, H> {
    type RxToken<'t>
        = Guarded<'t, D::RxToken<'t>, H>
    where
        Self: 't;
    type TxToken<'t>
        = D::TxToken<'t>
    where
        Self: 't;

    fn receive(&mut self, now: Instant) -> Option<(Self::RxToken<'_>, Self::TxToken<'_>)> {
        let Self { device, finished, hear, segment } = self;
        let (token, reply) = device.receive(now)?;
        Some((Guarded { token, finished, hear, segment }, reply))
    }

    fn transmit(&mut self, now: Instant) -> Option<Self::TxToken<'_>> {
        self.device.transmit(now)
    }

    fn capabilities(&self) -> DeviceCapabilities {
        self.device.capabilities()
    }
}

/// A frame that is still to be checked.
pub(super) struct Guarded<'t, T, H> {
    token: T,
    finished: &'t [Option<Segment>],
    hear: &'t mut H,
    segment: &'t mut Option<Segment>,
}

impl<T: RxToken, H: FnMut(&[u8]) -> bool> RxToken for Guarded<'_, T, H> {
    /// A frame that is not for smoltcp is replaced by an empty one.
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        let Self { token, finished, hear, segment } = self;
        token.consume(|frame| {
            if hear(frame) {
                return read(&[]);
            }
            *segment = Segment::parse(frame);
            let mut ends = finished.iter().flatten();
            let is_impossible =
                segment.is_some_and(|segment| ends.any(|finished| segment.contradicts(finished)));
            read(if is_impossible { &[] } else { frame })
        })
    }

    fn meta(&self) -> PacketMeta {
        self.token.meta()
    }
}
