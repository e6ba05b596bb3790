//! The contract between a protocol state machine, which does no I/O, and the shell that does it.

use crate::time::Instant;

/// Direction of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the peer to us.
    Receiving,
    /// From us to the peer.
    Sending,
}

/// Protocol state machine for one end of one connection.
///
/// A shell hands in whole frames and the time, and asks for frames to send. Two rules provide backpressure: a
/// frame is asked for only after the last one is fully written, and a frame is handed in only while
/// [`Machine::can_receive`] says so. So a machine never queues, and a peer that does not read is not read.
/// [`crate::drive::pump`] keeps both rules.
pub trait Machine {
    /// What the shell is told. It may borrow the frame, never the machine.
    type Event<'f>;

    /// Handles one whole frame from the peer, which is opened, checked and parsed in place.
    fn handle_frame<'f>(&mut self, now: Instant, frame: &'f mut [u8]) -> Option<Self::Event<'f>>;

    /// Handles the end or the loss of the byte stream.
    fn handle_eof(&mut self, now: Instant) -> Option<Self::Event<'static>>;

    /// Handles timers that are due. Does nothing before [`Machine::deadline`].
    fn handle_timeout(&mut self, now: Instant) -> Option<Self::Event<'static>>;

    /// Handles a frame that has taken longer than [`crate::limits::frame_timeout`] to cross.
    fn handle_stall(&mut self, now: Instant, direction: Direction) -> Option<Self::Event<'static>>;

    /// Whether [`Machine::poll_frame`] has a frame to give.
    fn wants_send(&self) -> bool;

    /// Whether [`Machine::handle_frame`] may be called. False while a reply is pending that another frame would
    /// overwrite. A machine that keeps what it owes in a form of fixed size can always receive; if both ends only
    /// sent until the other one received, they would wait for each other.
    fn can_receive(&self) -> bool {
        !self.wants_send()
    }

    /// Writes the next frame to send into `out`, over its whole length; false if there is none.
    fn poll_frame(&mut self, now: Instant, out: &mut [u8]) -> bool;

    /// When to call [`Machine::handle_timeout`] if nothing else happens; `None` for never.
    fn deadline(&self) -> Option<Instant>;

    /// Whether the machine is done: the shell can drop it and its connection.
    fn is_closed(&self) -> bool;
}
