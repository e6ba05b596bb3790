//! The loop between a stream and a machine, both of which do as they are told.

mod datagrams;

use core::time::Duration;

use super::*;
use crate::channel::{Direction, Machine};
use crate::error::SendError;
use crate::limits::{BYTES_PER_POLL, FRAME_LEN, FRAME_TIMEOUT};
use crate::time::Instant;

const NOW: Instant = Instant::from_millis(1_000);
const MOMENT: Duration = Duration::from_millis(1);
const FRAMES_PER_POLL: usize = BYTES_PER_POLL / FRAME_LEN;

/// A stream with bytes to read, and room for bytes to write.
#[derive(Default)]
struct Wire {
    /// Bytes that have arrived, and most of them that one call gives.
    arrived: usize,
    step: usize,
    room: usize,
    /// Whether the peer reads, and writes, no more.
    is_deaf: bool,
    is_over: bool,
    sent: usize,
}

impl Transport for Wire {
    fn receive(&mut self, into: &mut [u8]) -> Moved {
        assert!(!into.is_empty());
        let bytes = self.arrived.min(self.step).min(into.len());
        self.arrived -= bytes;
        match bytes {
            0 if self.is_over => Moved::Over,
            0 => Moved::Blocked,
            bytes => Moved::Bytes(bytes),
        }
    }

    fn send(&mut self, from: &[u8]) -> Moved {
        assert!(!from.is_empty());
        let bytes = self.room.min(from.len());
        self.room -= bytes;
        self.sent += bytes;
        match bytes {
            _ if self.is_deaf => Moved::Over,
            0 => Moved::Blocked,
            bytes => Moved::Bytes(bytes),
        }
    }
}

fn arrived(bytes: usize) -> Wire {
    Wire { arrived: bytes, step: usize::MAX, ..Wire::default() }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    Frame,
    Eof,
    Timeout,
    Stall(Direction),
}

/// A machine that has frames to send, and reports what it is handed.
#[derive(Default)]
struct Puppet {
    owed: usize,
    heard: usize,
    /// Frames to hear before it reports one.
    reports_after: usize,
    deadline: Option<Instant>,
    is_closed: bool,
}

impl Machine for Puppet {
    type Event<'f> = Event;

    fn handle_frame(&mut self, _: Instant, _: &mut [u8]) -> Option<Event> {
        self.heard += 1;
        (self.heard > self.reports_after).then_some(Event::Frame)
    }

    fn handle_eof(&mut self, _: Instant) -> Option<Event> {
        (!self.is_closed).then_some(Event::Eof)
    }

    fn handle_timeout(&mut self, now: Instant) -> Option<Event> {
        assert!(self.deadline.take().is_some_and(|deadline| now >= deadline));
        Some(Event::Timeout)
    }

    fn handle_stall(&mut self, _: Instant, direction: Direction) -> Option<Event> {
        Some(Event::Stall(direction))
    }

    fn wants_send(&self) -> bool {
        self.owed > 0
    }

    fn poll_frame(&mut self, _: Instant, _: &mut [u8]) -> bool {
        let is_due = self.owed > 0;
        self.owed -= usize::from(is_due);
        is_due
    }

    fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    fn is_closed(&self) -> bool {
        self.is_closed
    }
}

/// A connection with its two ends.
#[derive(Default)]
struct Rig {
    connection: Connection,
    wire: Wire,
    puppet: Puppet,
}

impl Rig {
    fn new(wire: Wire, puppet: Puppet) -> Self {
        Self { connection: Connection::default(), wire, puppet }
    }

    fn pump(&mut self, now: Instant) -> Pumped<Event> {
        self.connection.pump(&mut self.wire, &mut self.puppet, now, |event| event)
    }

    fn deadlines(&self) -> [Option<Instant>; 2] {
        [self.connection.frame_deadline(), self.connection.deadline(&self.puppet)]
    }

    /// What to wait for: to read, to write.
    fn interest(&self) -> (bool, bool) {
        let Interest { readable, writable } = self.connection.interest(&self.puppet);
        (readable, writable)
    }
}

#[test]
fn a_frame_in_pieces_is_one_frame() {
    let mut rig = Rig::new(arrived(FRAME_LEN - 1), Puppet::default());
    assert_eq!(rig.pump(NOW), Pumped::Blocked);
    assert_eq!((rig.interest(), rig.deadlines()), ((true, false), [Some(NOW + FRAME_TIMEOUT); 2]));
    rig.wire.arrived = 1;
    assert_eq!(rig.pump(NOW + MOMENT), Pumped::Event(Event::Frame));
    assert_eq!(rig.deadlines(), [None; 2]);
    assert_eq!(rig.pump(NOW), Pumped::Blocked);
}

#[test]
fn a_peer_that_does_not_read_is_not_read() {
    let wire = Wire { room: FRAME_LEN + 1, ..arrived(FRAME_LEN) };
    let mut rig = Rig::new(wire, Puppet { owed: 3, ..Puppet::default() });
    assert_eq!(rig.pump(NOW), Pumped::Blocked);
    assert_eq!((rig.wire.arrived, rig.interest()), (FRAME_LEN, (false, true)));
    // The last frame is half sent: nothing more is owed, so the peer is read.
    rig.wire.room = FRAME_LEN;
    assert_eq!(rig.pump(NOW), Pumped::Event(Event::Frame));
    assert_eq!((rig.puppet.owed, rig.interest()), (0, (true, true)));
    assert!(!rig.connection.can_send());
    rig.wire.room = FRAME_LEN;
    assert_eq!(rig.pump(NOW), Pumped::Blocked);
    assert_eq!((rig.wire.sent, rig.interest()), (3 * FRAME_LEN, (true, false)));
}

#[test]
fn no_peer_takes_more_than_its_share_of_a_poll() {
    let never = || Puppet { reports_after: usize::MAX, ..Puppet::default() };
    let mut rig = Rig::new(arrived(usize::MAX), never());
    assert_eq!(rig.pump(NOW), Pumped::Again);
    assert_eq!(rig.puppet.heard, FRAMES_PER_POLL);
    // A byte costs as much as a frame.
    let mut rig = Rig::new(Wire { step: 1, ..arrived(usize::MAX) }, never());
    assert_eq!(rig.pump(NOW), Pumped::Again);
    assert_eq!(usize::MAX - rig.wire.arrived, FRAMES_PER_POLL);

    let mut rig = Rig::new(arrived(1), Puppet { owed: FRAMES_PER_POLL + 1, ..never() });
    rig.wire.room = usize::MAX;
    assert_eq!(rig.pump(NOW), Pumped::Again);
    assert_eq!((rig.puppet.owed, rig.wire.arrived), (1, 1));
}

#[test]
fn a_frame_that_takes_too_long_is_dropped() {
    let mut rig = Rig::new(Wire { room: 1, ..arrived(1) }, Puppet { owed: 1, ..Puppet::default() });
    assert_eq!(rig.pump(NOW), Pumped::Blocked);
    assert_eq!(rig.pump(NOW + MOMENT), Pumped::Blocked);
    let late = NOW + FRAME_TIMEOUT;
    for direction in [Direction::Sending, Direction::Receiving] {
        assert_eq!(rig.deadlines(), [Some(late); 2]);
        assert_eq!(rig.pump(late), Pumped::Event(Event::Stall(direction)));
    }
    assert_eq!(rig.pump(late), Pumped::Blocked);
    assert!(rig.connection.can_send());
}

#[test]
fn the_machine_is_told_of_its_deadline_when_it_has_come() {
    let due = NOW + MOMENT;
    let mut rig = Rig::new(arrived(1), Puppet { deadline: Some(due), ..Puppet::default() });
    assert_eq!(rig.pump(NOW), Pumped::Blocked);
    assert_eq!(rig.deadlines(), [Some(NOW + FRAME_TIMEOUT), Some(due)]);
    assert_eq!(rig.pump(due), Pumped::Event(Event::Timeout));
    assert_eq!(rig.pump(due), Pumped::Blocked);
}

#[test]
fn what_has_arrived_counts_before_the_end() {
    for is_deaf in [true, false] {
        let wire = Wire { is_deaf, is_over: !is_deaf, ..arrived(FRAME_LEN) };
        let mut rig = Rig::new(wire, Puppet { owed: usize::from(is_deaf), ..Puppet::default() });
        assert_eq!(rig.pump(NOW), Pumped::Event(Event::Frame));
        assert_eq!(rig.pump(NOW), Pumped::Event(Event::Eof));
    }
    // Unless there is more to say to a peer that does not hear it.
    let wire = Wire { is_deaf: true, ..arrived(FRAME_LEN) };
    let mut rig = Rig::new(wire, Puppet { owed: 2, ..Puppet::default() });
    assert_eq!(rig.pump(NOW), Pumped::Event(Event::Eof));
}

#[test]
fn a_closed_machine_is_neither_read_for_nor_told_of_the_end() {
    let mut rig = Rig::new(arrived(FRAME_LEN), Puppet { is_closed: true, ..Puppet::default() });
    assert_eq!((rig.pump(NOW), rig.wire.arrived), (Pumped::Closed, FRAME_LEN));
}

#[test]
fn a_command_fills_the_next_frame_and_no_other() {
    let mut rig = Rig::new(Wire { room: 1, ..Wire::default() }, Puppet::default());
    let Rig { connection, wire, .. } = &mut rig;
    let refused = connection.send(wire, NOW, |_| Err(SendError::NotNow));
    assert_eq!((refused, connection.can_send(), wire.sent), (Err(SendError::NotNow), true, 0));
    assert_eq!(connection.send(wire, NOW, |_| Ok(())), Ok(()));
    assert_eq!((connection.can_send(), wire.sent), (false, 1));
    assert_eq!(connection.send(wire, NOW, |_| Ok(())), Err(SendError::Busy));
    wire.room = FRAME_LEN;
    assert_eq!(rig.pump(NOW), Pumped::Blocked);
    assert_eq!((rig.connection.can_send(), rig.wire.sent), (true, FRAME_LEN));
}
