//! A byte stream with two frames of its own, for a shell with few connections.

use super::{Buffers, Framing, Pumped, Transport, pump, send};
use crate::channel::Machine;
use crate::error::SendError;
use crate::time::Instant;
use crate::wire::{EMPTY_FRAME, Frame};

/// Readiness that a shell waits for on a connection, besides its deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interest {
    /// Wait until the stream has something to read.
    pub readable: bool,
    /// Wait until the stream takes more.
    pub writable: bool,
}

/// A [`Framing`] with its buffers: [`crate::limits::FRAME_LEN`] bytes each way.
pub struct Connection {
    framing: Framing,
    incoming: Frame,
    outgoing: Frame,
}

impl Default for Connection {
    fn default() -> Self {
        Self { framing: Framing::default(), incoming: EMPTY_FRAME, outgoing: EMPTY_FRAME }
    }
}

impl Connection {
    /// See [`pump`].
    pub fn pump<M: Machine, R>(
        &mut self,
        transport: &mut impl Transport,
        machine: &mut M,
        now: Instant,
        on_event: impl FnOnce(M::Event<'_>) -> R,
    ) -> Pumped<R> {
        let Self { framing, incoming, outgoing } = self;
        pump(framing, Buffers { incoming, outgoing }, transport, machine, now, on_event)
    }

    /// See [`send`].
    pub fn send(
        &mut self,
        transport: &mut impl Transport,
        now: Instant,
        command: impl FnOnce(&mut [u8]) -> Result<(), SendError>,
    ) -> Result<(), SendError> {
        send(&mut self.framing, &mut self.outgoing, transport, now, command)
    }

    /// Whether [`Connection::send`] can take a frame.
    pub fn can_send(&self) -> bool {
        self.framing.writer.is_idle()
    }

    /// Readiness to wait for before the next [`Connection::pump`].
    pub fn interest(&self, machine: &impl Machine) -> Interest {
        let owing = machine.wants_send() || !self.framing.writer.is_idle();
        Interest { readable: machine.can_receive(), writable: owing }
    }

    /// See [`Framing::frame_deadline`].
    pub fn frame_deadline(&self) -> Option<Instant> {
        self.framing.frame_deadline()
    }

    /// See [`Framing::deadline`].
    pub fn deadline(&self, machine: &impl Machine) -> Option<Instant> {
        self.framing.deadline(machine)
    }
}
