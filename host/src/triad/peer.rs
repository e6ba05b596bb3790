//! One connection of an interactive program: its socket, its frames, and what to wait for.

use std::io;

use p2pm_core::channel::Machine;
use p2pm_core::drive::nal::NalSocket;
use p2pm_core::drive::{Connection, Interest, Pumped};
use p2pm_core::error::SendError;
use p2pm_core::suite::Entropy;
use p2pm_core::time::{Instant, earliest};
use p2pm_core::wire::Frame;

use crate::triad::net::{Socket, Stack};
use crate::triad::wait::Waiter;
use p2pm_posix::random;

/// A connected socket and the frames that cross it. The machine is lent to every call.
pub struct Peer {
    socket: Socket,
    connection: Connection,
    interest: Interest,
    deadline: Option<Instant>,
    closed: bool,
}

impl Peer {
    /// Over a socket just connected or accepted.
    pub fn new(socket: Socket) -> Self {
        Self {
            socket,
            connection: Connection::default(),
            // Both at once, so that the first turn comes without waiting.
            interest: Interest { readable: true, writable: true },
            deadline: None,
            closed: false,
        }
    }

    /// Does what can be done now; the first event ends it, and is given to `on_event`.
    pub fn turn<M: Machine, R>(
        &mut self,
        stack: &mut Stack,
        machine: &mut M,
        now: Instant,
        on_event: impl FnOnce(M::Event<'_>) -> R,
    ) -> Option<R> {
        if self.closed {
            return None;
        }
        let mut socket = NalSocket::new(stack, &mut self.socket);
        let pumped = self.connection.pump(&mut socket, machine, now, on_event);
        self.interest = self.connection.interest(machine);
        self.deadline = self.connection.deadline(machine);
        match pumped {
            Pumped::Event(event) => {
                // Over with this event: nothing would wake us for another turn.
                self.closed = machine.is_closed();
                return Some(event);
            }
            Pumped::Closed => self.closed = true,
            Pumped::Again | Pumped::Blocked => {}
        }
        None
    }

    /// Sends what one of the machine's commands writes. See [`Connection::send`].
    pub fn send(
        &mut self,
        stack: &mut Stack,
        now: Instant,
        command: impl FnOnce(&mut Frame) -> Result<(), SendError>,
    ) -> Result<(), SendError> {
        self.connection.send(&mut NalSocket::new(stack, &mut self.socket), now, command)?;
        self.interest.writable = !self.connection.can_send();
        self.deadline = earliest(self.deadline, self.connection.frame_deadline());
        Ok(())
    }

    /// Whether the last frame is gone, so that the next can be sent.
    pub fn can_send(&self) -> bool {
        self.connection.can_send()
    }

    /// Whether the conversation is over, to the last byte.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// Adds what the next turn needs.
    pub fn wait_for<'fd>(&'fd self, waiter: &mut Waiter<'fd>) {
        if self.closed {
            return;
        }
        if self.interest.readable {
            waiter.read(self.socket.as_fd());
        }
        if self.interest.writable {
            waiter.write(self.socket.as_fd());
        }
    }

    /// When the next turn is due even if nothing happens.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline.filter(|_| !self.closed)
    }

    /// The machine was given something to say: the next turn comes as soon as there is room for it.
    pub fn wake(&mut self) {
        self.interest.writable = true;
    }
}

/// Fresh randomness for one connection, from the system.
pub fn entropy() -> io::Result<Entropy> {
    random::bytes().map(Entropy::new)
}
