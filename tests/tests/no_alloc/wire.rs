//! A connection in memory, with no room for a whole frame.

use p2pm_core::channel::Machine;
use p2pm_core::drive::{Connection, Moved, Pumped, Transport};
use p2pm_core::limits::FRAME_LEN;
use p2pm_core::time::Instant;

/// Bytes in one direction; holds half a frame at a time.
struct Pipe {
    bytes: [u8; FRAME_LEN / 2],
    len: usize,
    finished: bool,
}

impl Pipe {
    const EMPTY: Self = Self { bytes: [0; FRAME_LEN / 2], len: 0, finished: false };
}

pub struct End<'p> {
    outgoing: &'p mut Pipe,
    incoming: &'p mut Pipe,
}

impl Transport for End<'_> {
    fn receive(&mut self, into: &mut [u8]) -> Moved {
        let Pipe { bytes, len, finished } = self.incoming;
        let moved = into.len().min(*len);
        into[..moved].copy_from_slice(&bytes[..moved]);
        bytes.copy_within(moved..*len, 0);
        *len -= moved;
        match moved {
            0 if *finished => Moved::Over,
            0 => Moved::Blocked,
            moved => Moved::Bytes(moved),
        }
    }

    fn send(&mut self, from: &[u8]) -> Moved {
        let Pipe { bytes, len, .. } = self.outgoing;
        let moved = from.len().min(bytes.len() - *len);
        bytes[*len..*len + moved].copy_from_slice(&from[..moved]);
        *len += moved;
        if moved == 0 { Moved::Blocked } else { Moved::Bytes(moved) }
    }
}

/// Both ends of a connection, and their memory.
pub struct Wire {
    connections: [Connection; 2],
    pipes: [Pipe; 2],
}

impl Wire {
    pub fn new() -> Self {
        Self {
            connections: [Connection::default(), Connection::default()],
            pipes: [Pipe::EMPTY, Pipe::EMPTY],
        }
    }

    /// Whether something of this end is on its way, or still to be sent.
    pub fn is_busy(&self, side: usize, machine: &impl Machine) -> bool {
        self.pipes[side].len > 0 || self.connections[side].interest(machine).writable
    }

    /// One end: 0 connects, 1 listens.
    pub fn end(&mut self, side: usize) -> (&mut Connection, End<'_>) {
        let [a, b] = &mut self.pipes;
        let (outgoing, incoming) = if side == 0 { (a, b) } else { (b, a) };
        (&mut self.connections[side], End { outgoing, incoming })
    }

    /// The next event of the machine at this end, if there is one before it blocks.
    pub fn pump<M: Machine, R>(
        &mut self,
        side: usize,
        machine: &mut M,
        now: Instant,
        mut on_event: impl FnMut(M::Event<'_>) -> R,
    ) -> Option<R> {
        loop {
            let (connection, mut end) = self.end(side);
            match connection.pump(&mut end, machine, now, &mut on_event) {
                Pumped::Event(event) => return Some(event),
                Pumped::Again => {}
                Pumped::Blocked => return None,
                Pumped::Closed => {
                    self.pipes[side].finished = true;
                    return None;
                }
            }
        }
    }
}
