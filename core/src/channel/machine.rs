//! The contract between a protocol state machine, which does no I/O, and the shell that does it.

use crate::time::Instant;

/// Which way a frame was going.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the peer to us.
    Receiving,
    /// From us to the peer.
    Sending,
}

/// One end of one connection.
///
/// A shell hands in whole frames and the time, and asks for frames to send. Two rules bound everything:
/// a frame is asked for only when the last one is fully written, and a frame is handed in only while
/// [`Machine::wants_send`] is false. So a machine never queues, and a peer that does not read is not read.
/// [`crate::drive::pump`] keeps both rules.
pub trait Machine {
    /// What the shell hears of. It may borrow the frame, never the machine.
    type Event<'f>;

    /// One whole frame from the peer, which is opened, checked and parsed in place.
    fn handle_frame<'f>(&mut self, now: Instant, frame: &'f mut [u8]) -> Option<Self::Event<'f>>;

    /// The stream has ended, or was lost.
    fn handle_eof(&mut self, now: Instant) -> Option<Self::Event<'static>>;

    /// [`Machine::deadline`] has come. Harmless if it has not.
    fn handle_timeout(&mut self, now: Instant) -> Option<Self::Event<'static>>;

    /// A frame has been under way for longer than [`crate::limits::FRAME_TIMEOUT`].
    fn handle_stall(&mut self, now: Instant, direction: Direction) -> Option<Self::Event<'static>>;

    /// Whether [`Machine::poll_frame`] has a frame to give.
    fn wants_send(&self) -> bool;

    /// Writes the next frame to send, if there is one.
    fn poll_frame(&mut self, now: Instant, out: &mut [u8]) -> bool;

    /// When [`Machine::handle_timeout`] wants to be called, if nothing else happens.
    fn deadline(&self) -> Option<Instant>;

    /// Whether all is said: the shell can drop the connection, and the machine.
    fn is_closed(&self) -> bool;
}
