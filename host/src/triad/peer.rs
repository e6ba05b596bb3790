//! One connection of an interactive program: socket and frames.

use std::io;

use p2pm_core::channel::Machine;
use p2pm_core::drive::nal::NalSocket;
use p2pm_core::drive::{Connection, Pumped};
use p2pm_core::error::SendError;
use p2pm_core::suite::Entropy;
use p2pm_core::time::Instant;

use crate::triad::net::{Socket, Stack};
use crate::wait::Waiter;
use p2pm_posix::random;

/// A connected socket and its frames. The machine is borrowed for each call and asked anew before each wait,
/// so that a command given to it in between counts.
pub struct Peer {
    socket: Socket,
    connection: Connection,
}

impl Peer {
    /// A peer on a socket just connected or accepted.
    pub fn new(socket: Socket) -> Self {
        Self { socket, connection: Connection::default() }
    }

    /// Does what is possible now, up to the first event, which is given to `on_event`.
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

    /// Sends the frame that a command of the machine writes. See [`Connection::send`].
    pub fn send(
        &mut self,
        stack: &mut Stack,
        now: Instant,
        command: impl FnOnce(&mut [u8]) -> Result<(), SendError>,
    ) -> Result<(), SendError> {
        self.connection.send(&mut NalSocket::new(stack, &mut self.socket), now, command)
    }

    /// Whether the last frame is sent, so that the next one can be.
    pub fn can_send(&self) -> bool {
        self.connection.can_send()
    }

    /// Adds what the machine waits for.
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

    /// Also wakes once [`send`](Self::send) has room.
    pub fn wait_to_send<'fd>(&'fd self, waiter: &mut Waiter<'fd>) {
        waiter.write(self.socket.as_fd());
    }

    /// When to poll even without an event.
    pub fn deadline(&self, machine: &impl Machine) -> Option<Instant> {
        self.connection.deadline(machine).filter(|_| !machine.is_closed())
    }
}

/// Fresh entropy for one connection, from the system's generator.
pub fn entropy() -> io::Result<Entropy> {
    random::bytes().map(Entropy::new)
}
