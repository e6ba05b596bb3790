//! One end of a connection as a program has it: the stack of this machine, a socket, and poll(2).

use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd};

use embedded_nal::TcpClientStack;
use p2pm_core::channel::Machine;
use p2pm_core::drive::nal::NalSocket;
use p2pm_core::drive::{Connection, Pumped};
use p2pm_core::error::SendError;
use p2pm_core::suite::Entropy;
use p2pm_core::time::Instant;
use p2pm_host::triad::net::{Socket, Stack};
use p2pm_host::wait::Waiter;
use p2pm_posix::clock::Clock;

/// One end of a connection.
pub struct Line {
    stack: Stack,
    socket: Socket,
    connection: Connection,
    clock: Clock,
}

impl Line {
    /// The listening end, with this clock.
    pub fn new(socket: Socket, clock: Clock) -> Self {
        let stack = Stack::default();
        Self { stack, socket, connection: Connection::default(), clock }
    }

    /// The connecting end.
    pub fn connect(to: SocketAddr) -> Self {
        let mut stack = Stack::default();
        let mut socket = stack.socket().expect("a socket");
        stack.connect(&mut socket, to).expect("somebody listens there");
        Self::new(socket, Clock::start())
    }

    /// The time of this end's clock.
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Waits and pumps until an event; `None` once the conversation has ended.
    pub fn next<M: Machine, R>(
        &mut self,
        machine: &mut M,
        mut on_event: impl FnMut(M::Event<'_>) -> R,
    ) -> Option<R> {
        loop {
            self.wait(machine);
            let now = self.clock.now();
            let mut socket = NalSocket::new(&mut self.stack, &mut self.socket);
            match self.connection.pump(&mut socket, machine, now, &mut on_event) {
                Pumped::Event(result) => return Some(result),
                Pumped::Closed => return None,
                Pumped::Again | Pumped::Blocked => {}
            }
        }
    }

    /// Pumps once, without waiting; whether there may be more to do.
    pub fn pump<M: Machine>(&mut self, machine: &mut M, on_event: impl FnMut(M::Event<'_>)) -> bool {
        let now = self.clock.now();
        let mut socket = NalSocket::new(&mut self.stack, &mut self.socket);
        match self.connection.pump(&mut socket, machine, now, on_event) {
            Pumped::Event(()) | Pumped::Again => true,
            Pumped::Blocked | Pumped::Closed => false,
        }
    }

    /// Sends a frame that a command fills.
    pub fn send(&mut self, command: impl FnOnce(Instant, &mut [u8]) -> Result<(), SendError>) {
        let now = self.clock.now();
        let mut socket = NalSocket::new(&mut self.stack, &mut self.socket);
        let sent = self.connection.send(&mut socket, now, |frame| command(now, frame));
        sent.expect("it can be sent now");
    }

    /// Waits for what the machine waits for.
    pub fn wait(&self, machine: &impl Machine) {
        let interest = self.connection.interest(machine);
        let mut waiter = Waiter::new();
        if interest.readable {
            waiter.read(self.socket.as_fd());
        }
        if interest.writable {
            waiter.write(self.socket.as_fd());
        }
        waiter.wait(self.clock.until(self.connection.deadline(machine))).expect("poll(2) works");
    }
}

impl AsFd for Line {
    /// The socket.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd().expect("a connected socket has a descriptor")
    }
}

/// Constant entropy: nothing here is secret.
pub fn entropy() -> Entropy {
    Entropy::new([7; p2pm_core::limits::ENTROPY_LEN])
}
