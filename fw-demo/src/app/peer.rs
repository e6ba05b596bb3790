//! One connection: socket, frames and next deadline.

use embedded_nal::TcpClientStack;
use p2pm_core::channel::Machine;
use p2pm_core::drive::nal::NalSocket;
use p2pm_core::drive::{Connection, Moved, Pumped, Transport};
use p2pm_core::error::SendError;
use p2pm_core::time::Instant;

use super::Platform;
use super::board::SocketOf;

/// A connected socket and its frames. The machine is borrowed for each call.
///
/// It must be ended by [`Peer::poll`] or [`Peer::hang_up`], which return the socket to the network.
pub(super) struct Peer<P: Platform> {
    /// `None` once the connection is closed.
    socket: Option<SocketOf<P>>,
    connection: Connection,
    deadline: Option<Instant>,
}

/// Whether the peer is read, or backpressure is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ear {
    Open,
    Shut,
}

impl<P: Platform> Peer<P> {
    pub(super) fn new(socket: SocketOf<P>) -> Self {
        Self { socket: Some(socket), connection: Connection::default(), deadline: None }
    }

    /// A connection that is to be [connected](Peer::connect).
    pub(super) fn unconnected() -> Self {
        Self { socket: None, connection: Connection::default(), deadline: None }
    }

    /// Gives it its socket.
    pub(super) fn connect(&mut self, socket: SocketOf<P>) {
        self.socket = Some(socket);
    }

    /// Does what is possible now. Returns the socket when the connection is closed.
    pub(super) fn poll<M: Machine, R>(
        &mut self,
        network: &mut P::Network,
        machine: &mut M,
        now: Instant,
        on_event: impl FnOnce(M::Event<'_>) -> R,
    ) -> Pumped<R> {
        self.poll_with(Ear::Open, network, machine, now, on_event)
    }

    /// Like [`Peer::poll`], with or without reading.
    pub(super) fn poll_with<M: Machine, R>(
        &mut self,
        ear: Ear,
        network: &mut P::Network,
        machine: &mut M,
        now: Instant,
        on_event: impl FnOnce(M::Event<'_>) -> R,
    ) -> Pumped<R> {
        let Some(socket) = &mut self.socket else { return Pumped::Closed };
        let mut transport = Heard { ear, transport: NalSocket::new(network, socket) };
        let pumped = self.connection.pump(&mut transport, machine, now, on_event);
        self.deadline = self.connection.deadline(machine);
        if let Pumped::Closed = pumped {
            self.hang_up(network);
        }
        pumped
    }

    /// Sends the frame that a command of the machine writes: see [`Connection::send`]. A poll must follow.
    pub(super) fn send(
        &mut self,
        network: &mut P::Network,
        now: Instant,
        command: impl FnOnce(&mut [u8]) -> Result<(), SendError>,
    ) -> Result<(), SendError> {
        let Some(socket) = &mut self.socket else { return Err(SendError::NotNow) };
        self.connection.send(&mut NalSocket::new(network, socket), now, command)
    }

    /// Closes the socket; what it has buffered is still sent.
    pub(super) fn hang_up(&mut self, network: &mut P::Network) {
        self.deadline = None;
        if let Some(socket) = self.socket.take() {
            // There is no remedy for a socket that cannot be closed.
            _ = network.close(socket);
        }
    }

    /// The socket, for frames of another length; `None` if the connection is closed.
    pub(super) fn take_socket(&mut self) -> Option<SocketOf<P>> {
        self.deadline = None;
        self.socket.take()
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }
}

/// A transport that is read or not.
struct Heard<T> {
    ear: Ear,
    transport: T,
}

impl<T: Transport> Transport for Heard<T> {
    fn receive(&mut self, into: &mut [u8]) -> Moved {
        match self.ear {
            Ear::Open => self.transport.receive(into),
            Ear::Shut => Moved::Blocked,
        }
    }

    fn send(&mut self, from: &[u8]) -> Moved {
        self.transport.send(from)
    }
}
