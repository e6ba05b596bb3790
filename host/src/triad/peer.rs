//! One connection of an interactive program: its socket and its frames.

use std::io;

use p2pm_core::channel::Machine;
use p2pm_core::drive::nal::NalSocket;
use p2pm_core::drive::{Connection, Pumped};
use p2pm_core::error::SendError;
use p2pm_core::suite::Entropy;
use p2pm_core::time::Instant;

use crate::triad::net::{Socket, Stack};
use crate::triad::wait::Waiter;
use p2pm_posix::random;

/// A connected socket and the frames that cross it. The machine is lent to every call: what to wait for is asked
/// of it whenever a wait begins, so that no command of the machine can be forgotten.
pub struct Peer {
    socket: Socket,
    connection: Connection,
}

impl Peer {
    /// Over a socket just connected or accepted.
    pub fn new(socket: Socket) -> Self {
        Self { socket, connection: Connection::default() }
    }

    /// Does what can be done now; the first event ends it, and is given to `on_event`.
    pub fn poll<M: Machine, R>(
        &mut self,
        stack: &mut Stack,
        machine: &mut M,
        now: Instant,
        on_event: impl FnOnce(M::Event<'_>) -> R,
    ) -> Option<R> {
        if machine.is_closed() {
            return None;
        }
        let mut socket = NalSocket::new(stack, &mut self.socket);
        match self.connection.pump(&mut socket, machine, now, on_event) {
            Pumped::Event(event) => Some(event),
            Pumped::Again | Pumped::Blocked | Pumped::Closed => None,
        }
    }

    /// Sends what one of the machine's commands writes. See [`Connection::send`].
    pub fn send(
        &mut self,
        stack: &mut Stack,
        now: Instant,
        command: impl FnOnce(&mut [u8]) -> Result<(), SendError>,
    ) -> Result<(), SendError> {
        self.connection.send(&mut NalSocket::new(stack, &mut self.socket), now, command)
    }

    /// Whether the last frame is gone, so that the next can be sent.
    pub fn can_send(&self) -> bool {
        self.connection.can_send()
    }

    /// Adds what the next poll needs.
    pub fn wait_for<'fd>(&'fd self, machine: &impl Machine, waiter: &mut Waiter<'fd>) {
        if machine.is_closed() {
            return;
        }
        let interest = self.connection.interest(machine);
        if interest.readable {
            waiter.read(self.socket.as_fd());
        }
        if interest.writable {
            waiter.write(self.socket.as_fd());
        }
    }

    /// Has the next poll come as soon as [`send`](Self::send) has room, too.
    pub fn wait_to_send<'fd>(&'fd self, waiter: &mut Waiter<'fd>) {
        waiter.write(self.socket.as_fd());
    }

    /// When the next poll is due even if nothing happens.
    pub fn deadline(&self, machine: &impl Machine) -> Option<Instant> {
        self.connection.deadline(machine).filter(|_| !machine.is_closed())
    }
}

/// Fresh randomness for one connection, from the system.
pub fn entropy() -> io::Result<Entropy> {
    random::bytes().map(Entropy::new)
}
