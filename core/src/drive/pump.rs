//! The one loop between bytes and machines.

use super::{Moved, Transport};
use crate::channel::{Direction, Machine};
use crate::error::SendError;
use crate::limits::{BYTES_PER_POLL, FRAME_LEN};
use crate::time::{Instant, earliest};
use crate::wire::{FrameReader, FrameWriter};

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
    pub incoming: &'b mut [u8],
    /// Holds the frame going out.
    pub outgoing: &'b mut [u8],
}

/// Why [`pump`] stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pumped<R> {
    /// The machine had something to say, and this is what the caller made of it. Pump again.
    Event(R),
    /// [`BYTES_PER_POLL`] are used up, though there may be more to do: pump again, after the others.
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

/// What one [`pump`] may still move, in bytes.
struct Budget(usize);

impl Budget {
    const fn new() -> Self {
        Self(BYTES_PER_POLL)
    }

    const fn is_left(&self) -> bool {
        self.0 > 0
    }

    /// A peer that sends a byte at a time pays for the call that moves it.
    fn spend(&mut self, bytes: usize) {
        self.0 = self.0.saturating_sub(bytes.max(FRAME_LEN));
    }
}

/// Fills the next frame by a command of the machine's, and writes as much of it as the stream takes; the next [`pump`]
/// does the rest.
///
/// [`SendError::Busy`] while the last frame is still on its way; otherwise what the command says.
pub fn send(
    framing: &mut Framing,
    outgoing: &mut [u8],
    transport: &mut impl Transport,
    now: Instant,
    command: impl FnOnce(&mut [u8]) -> Result<(), SendError>,
) -> Result<(), SendError> {
    let Framing { writer, .. } = framing;
    if !writer.is_idle() {
        return Err(SendError::Busy);
    }
    command(outgoing)?;
    writer.start(now, outgoing.len());
    // A stream that is lost is found out, and told of, by the next pump.
    if let Moved::Bytes(bytes) = transport.send(writer.rest(outgoing)) {
        writer.sent(now, bytes, outgoing.len());
    }
    Ok(())
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
    let mut budget = Budget::new();
    while budget.is_left() {
        let written = write_all(framing, outgoing, transport, machine, now, &mut budget);
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
                budget.spend(bytes);
                if framing.reader.filled(now, bytes, incoming.len())
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
    /// All that the machine has to say, or as much as the budget allows.
    All,
    /// The stream takes no more now.
    Blocked,
    /// The stream will take no more ever.
    Lost,
}

/// Writes what is in flight and then whatever the machine has to say, for as long as the stream takes it.
fn write_all(
    framing: &mut Framing,
    outgoing: &mut [u8],
    transport: &mut impl Transport,
    machine: &mut impl Machine,
    now: Instant,
    budget: &mut Budget,
) -> Written {
    while budget.is_left() {
        if framing.writer.is_idle() {
            if !machine.poll_frame(now, outgoing) {
                break;
            }
            framing.writer.start(now, outgoing.len());
            // When it begins, whatever the stream takes at a time: so a run depends on what comes in alone.
            budget.spend(outgoing.len());
        }
        while !framing.writer.is_idle() {
            match transport.send(framing.writer.rest(outgoing)) {
                Moved::Bytes(bytes) => framing.writer.sent(now, bytes, outgoing.len()),
                Moved::Blocked => return Written::Blocked,
                Moved::Over => return Written::Lost,
            }
        }
    }
    Written::All
}
