//! The loop that moves frames between a byte stream and a machine.

use super::{Moved, Transport};
use crate::channel::{Direction, Machine};
use crate::error::SendError;
use crate::limits::{BYTES_PER_POLL, FRAME_LEN};
use crate::time::{Instant, earliest};
use crate::wire::{FrameReader, FrameWriter};

/// Progress of the frames that are crossing a connection.
#[derive(Debug, Default)]
pub struct Framing {
    /// The incoming frame.
    pub reader: FrameReader,
    /// The outgoing frame.
    pub writer: FrameWriter,
}

/// The two frames of a [`Framing`]. They can be lent: the incoming one is in use only while the reader is not
/// idle, the outgoing one only while the writer is not.
pub struct Buffers<'b> {
    /// Holds the incoming frame.
    pub incoming: &'b mut [u8],
    /// Holds the outgoing frame.
    pub outgoing: &'b mut [u8],
}

/// Why [`pump`] stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pumped<R> {
    /// The machine reported an event; this is what `on_event` returned. Pump again.
    Event(R),
    /// [`BYTES_PER_POLL`] are used up, and more may be ready: pump again after the other connections.
    Again,
    /// Nothing can be done until the stream is ready or [`Framing::deadline`] comes.
    Blocked,
    /// The machine is closed: drop the connection.
    Closed,
}

impl Framing {
    /// When to pump again although the stream is not ready: the deadline of the machine or of a frame that is
    /// half received or half sent, whichever is earlier.
    pub fn deadline(&self, machine: &impl Machine) -> Option<Instant> {
        earliest(machine.deadline(), self.frame_deadline())
    }

    /// Deadline of a frame that is half received or half sent, the earlier of the two.
    pub fn frame_deadline(&self) -> Option<Instant> {
        earliest(self.reader.deadline(), self.writer.deadline())
    }

    /// Drops a frame whose deadline has come; its direction.
    fn give_up_stalled(&mut self, now: Instant) -> Option<Direction> {
        if is_due(self.writer.deadline(), now) {
            self.writer.give_up();
            Some(Direction::Sending)
        } else if is_due(self.reader.deadline(), now) {
            self.reader.give_up();
            Some(Direction::Receiving)
        } else {
            None
        }
    }
}

/// Work left for one [`pump`], in bytes.
struct Budget(usize);

impl Budget {
    const fn new() -> Self {
        Self(BYTES_PER_POLL)
    }

    const fn is_left(&self) -> bool {
        self.0 > 0
    }

    /// Charges at least a whole frame, since each call has its cost: a peer that sends single bytes pays for
    /// it.
    fn spend(&mut self, bytes: usize) {
        self.0 = self.0.saturating_sub(bytes.max(FRAME_LEN));
    }
}

/// Fills the next frame with `command`, and writes as much of it as the stream takes; the next [`pump`]
/// writes the rest.
///
/// # Errors
///
/// [`SendError::Busy`] while the last frame is still being sent; otherwise the error of `command`.
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
    // The next pump reports a lost stream.
    if let Moved::Bytes(bytes) = transport.send(writer.rest(outgoing)) {
        writer.sent(now, bytes, outgoing.len());
    }
    Ok(())
}

/// Moves frames between a stream and a machine until an event occurs or nothing more can be done now.
///
/// An event is handed to `on_event` before anything else happens, so that the shell can react to it.
pub fn pump<M: Machine, R>(
    framing: &mut Framing,
    buffers: Buffers<'_>,
    transport: &mut impl Transport,
    machine: &mut M,
    now: Instant,
    on_event: impl FnOnce(M::Event<'_>) -> R,
) -> Pumped<R> {
    if let Some(event) = check_deadlines(framing, machine, now) {
        return Pumped::Event(on_event(event));
    }
    let Buffers { incoming, outgoing } = buffers;
    let mut budget = Budget::new();
    loop {
        match exchange(framing, incoming, outgoing, transport, machine, now, &mut budget) {
            Exchanged::Frame => {
                if let Some(event) = machine.handle_frame(now, incoming) {
                    return Pumped::Event(on_event(event));
                }
            }
            Exchanged::Eof => {
                return match machine.handle_eof(now) {
                    Some(event) => Pumped::Event(on_event(event)),
                    None => Pumped::Closed,
                };
            }
            Exchanged::BudgetSpent => return Pumped::Again,
            Exchanged::Blocked => return Pumped::Blocked,
            Exchanged::Closed => return Pumped::Closed,
        }
    }
}

/// Reports a due deadline to the machine: that of a frame, or its own.
fn check_deadlines<M: Machine>(
    framing: &mut Framing,
    machine: &mut M,
    now: Instant,
) -> Option<M::Event<'static>> {
    if let Some(direction) = framing.give_up_stalled(now)
        && let Some(event) = machine.handle_stall(now, direction)
    {
        return Some(event);
    }
    if is_due(machine.deadline(), now) { machine.handle_timeout(now) } else { None }
}

fn is_due(deadline: Option<Instant>, now: Instant) -> bool {
    deadline.is_some_and(|deadline| now >= deadline)
}

/// What [`pump`] asks of a machine while no event can occur. As an object, so that a device has the loop only
/// once, not once for each machine.
trait Sender {
    fn can_receive(&self) -> bool;
    fn poll_frame(&mut self, now: Instant, out: &mut [u8]) -> bool;
    fn is_closed(&self) -> bool;
}

impl<M: Machine> Sender for M {
    fn can_receive(&self) -> bool {
        Machine::can_receive(self)
    }

    fn poll_frame(&mut self, now: Instant, out: &mut [u8]) -> bool {
        Machine::poll_frame(self, now, out)
    }

    fn is_closed(&self) -> bool {
        Machine::is_closed(self)
    }
}

/// Why [`exchange`] stopped.
enum Exchanged {
    /// The incoming frame is whole.
    Frame,
    /// The stream has ended or is lost.
    Eof,
    /// The budget is used up, and more may be ready.
    BudgetSpent,
    /// Nothing can be done until the stream is ready.
    Blocked,
    /// The machine is closed.
    Closed,
}

/// Sends what the machine has to send, and receives until a frame is whole.
fn exchange(
    framing: &mut Framing,
    incoming: &mut [u8],
    outgoing: &mut [u8],
    transport: &mut dyn Transport,
    machine: &mut dyn Sender,
    now: Instant,
    budget: &mut Budget,
) -> Exchanged {
    while budget.is_left() {
        let written = write_all(framing, outgoing, transport, machine, now, budget);
        if machine.is_closed() {
            return Exchanged::Closed;
        }
        // Backpressure: while the machine has something to send, the peer is not read.
        let read = match written {
            Written::Blocked if !machine.can_receive() => return Exchanged::Blocked,
            Written::All if !machine.can_receive() => return Exchanged::BudgetSpent,
            Written::Lost if !machine.can_receive() => Moved::Over,
            _ => transport.receive(framing.reader.space(incoming)),
        };
        match read {
            Moved::Bytes(bytes) => {
                budget.spend(bytes);
                if framing.reader.filled(now, bytes, incoming.len()) {
                    return Exchanged::Frame;
                }
            }
            // A machine with more to send than the budget allows may not have been blocked when it was cut short.
            Moved::Blocked if written != Written::Lost && budget.is_left() => return Exchanged::Blocked,
            Moved::Blocked if written != Written::Lost => return Exchanged::BudgetSpent,
            // Only now, after the stream is drained: the peer's last frames count even if nothing can be sent
            // any more.
            Moved::Blocked | Moved::Over => return Exchanged::Eof,
        }
    }
    Exchanged::BudgetSpent
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    /// The machine has nothing more to send, or the budget is used up.
    All,
    /// The stream takes no more now.
    Blocked,
    /// The stream will take no more.
    Lost,
}

/// Writes the frame in flight, then further frames of the machine's, while the stream takes them.
fn write_all(
    framing: &mut Framing,
    outgoing: &mut [u8],
    transport: &mut dyn Transport,
    machine: &mut dyn Sender,
    now: Instant,
    budget: &mut Budget,
) -> Written {
    while budget.is_left() {
        if framing.writer.is_idle() {
            if !machine.poll_frame(now, outgoing) {
                break;
            }
            framing.writer.start(now, outgoing.len());
            // Charged at the start of a frame, however the stream splits it, so that a run depends on the
            // input only.
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
