//! The one loop between bytes and machines.

use super::{Moved, Transport};
use crate::channel::{Direction, Machine};
use crate::time::{Instant, earliest};
use crate::wire::{Frame, FrameReader, FrameWriter};

/// Frames handled before [`pump`] lets somebody else have a turn.
const FRAMES_PER_TURN: usize = 32;

/// Where a connection is in the frames that are crossing it.
#[derive(Debug, Default)]
pub struct Framing {
    /// The frame coming in.
    pub reader: FrameReader,
    /// The frame going out.
    pub writer: FrameWriter,
}

/// The two frames that a [`Framing`] works on. They can be lent: the incoming one is in use only while the
/// reader is not idle, the outgoing one only while the writer is not.
pub struct Buffers<'b> {
    /// Holds the frame coming in.
    pub incoming: &'b mut Frame,
    /// Holds the frame going out.
    pub outgoing: &'b mut Frame,
}

/// Why [`pump`] stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pumped<R> {
    /// The machine had something to say, and this is what the caller made of it. Pump again.
    Event(R),
    /// Enough for one turn, though there may be more: pump again, after the others.
    Again,
    /// Nothing more can be done before the stream is ready or [`Framing::deadline`] comes.
    Blocked,
    /// The conversation is over: drop the connection.
    Closed,
}

impl Framing {
    /// When to pump again although nothing has happened: the machine's deadline, or that of a frame that is
    /// half received or half sent.
    pub fn deadline(&self, machine: &impl Machine) -> Option<Instant> {
        earliest(machine.deadline(), self.frame_deadline())
    }

    /// When the frame that is half received or half sent must have crossed: the earlier one of both.
    pub fn frame_deadline(&self) -> Option<Instant> {
        earliest(self.reader.deadline(), self.writer.deadline())
    }
}

/// Moves frames between a stream and a machine until an event occurs or nothing more can be done now.
///
/// Every event is handed to `on_event` before anything else happens, so that the shell can react to it.
pub fn pump<M: Machine, R>(
    framing: &mut Framing,
    buffers: Buffers<'_>,
    transport: &mut impl Transport,
    machine: &mut M,
    now: Instant,
    on_event: impl FnOnce(M::Event<'_>) -> R,
) -> Pumped<R> {
    let Buffers { incoming, outgoing } = buffers;
    if let Some(event) = check_deadlines(framing, machine, now) {
        return Pumped::Event(on_event(event));
    }
    for _ in 0..FRAMES_PER_TURN {
        let written = write_all(framing, outgoing, transport, machine, now);
        if machine.is_closed() {
            return Pumped::Closed;
        }
        // A machine that owes the peer something does not listen to it meanwhile.
        let read = match written {
            Written::Blocked if machine.wants_send() => return Pumped::Blocked,
            Written::All if machine.wants_send() => return Pumped::Again,
            Written::Lost if machine.wants_send() => Moved::Over,
            _ => transport.receive(framing.reader.space(incoming)),
        };
        match read {
            Moved::Bytes(bytes) => {
                if framing.reader.filled(now, bytes)
                    && let Some(event) = machine.handle_frame(now, incoming)
                {
                    return Pumped::Event(on_event(event));
                }
            }
            Moved::Blocked if written != Written::Lost => return Pumped::Blocked,
            // Only now: what the peer said last is worth hearing even where nothing can be sent any more.
            Moved::Blocked | Moved::Over => {
                return match machine.handle_eof(now) {
                    Some(event) => Pumped::Event(on_event(event)),
                    None => Pumped::Closed,
                };
            }
        }
    }
    Pumped::Again
}

/// Tells the machine of whatever is due: its own deadline, or a frame that has been under way too long.
fn check_deadlines<M: Machine>(
    framing: &mut Framing,
    machine: &mut M,
    now: Instant,
) -> Option<M::Event<'static>> {
    let is_due = |deadline: Option<Instant>| deadline.is_some_and(|deadline| now >= deadline);
    let stalled = if is_due(framing.writer.deadline()) {
        framing.writer.give_up();
        Some(Direction::Sending)
    } else if is_due(framing.reader.deadline()) {
        framing.reader.give_up();
        Some(Direction::Receiving)
    } else {
        None
    };
    if let Some(direction) = stalled
        && let Some(event) = machine.handle_stall(now, direction)
    {
        return Some(event);
    }
    if is_due(machine.deadline()) { machine.handle_timeout(now) } else { None }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    /// All that could be said in one turn.
    All,
    /// The stream takes no more now.
    Blocked,
    /// The stream will take no more ever.
    Lost,
}

/// Writes what is in flight and then whatever the machine has to say, for as long as the stream takes it.
fn write_all(
    framing: &mut Framing,
    outgoing: &mut Frame,
    transport: &mut impl Transport,
    machine: &mut impl Machine,
    now: Instant,
) -> Written {
    for _ in 0..FRAMES_PER_TURN {
        if framing.writer.is_idle() {
            if !machine.poll_frame(now, outgoing) {
                break;
            }
            framing.writer.start(now);
        }
        while !framing.writer.is_idle() {
            match transport.send(framing.writer.rest(outgoing)) {
                Moved::Bytes(bytes) => framing.writer.sent(now, bytes),
                Moved::Blocked => return Written::Blocked,
                Moved::Over => return Written::Lost,
            }
        }
    }
    Written::All
}
