//! The connection of a transfer, and the thread that waits for it.

use std::io;
use std::net::TcpStream;
use std::os::fd::AsFd;

use p2pm_core::channel::Machine;
use p2pm_core::drive::{Buffers, Framing, Pumped, pump};
use p2pm_core::limits::FRAME_LEN;
use p2pm_core::time::Instant;
use p2pm_core::transfer::Ticket;
use p2pm_posix::clock::Clock;

use super::control::Control;
use crate::reactor::transport::StdTransport;
use crate::wait::Waiter;

/// A connection with two frames of its own.
pub(super) struct Line<'c> {
    stream: StdTransport<TcpStream>,
    framing: Framing,
    incoming: Box<[u8]>,
    outgoing: Box<[u8]>,
    /// Length of the frames, in bytes.
    frame_len: usize,
    clock: Clock,
    pub(super) control: &'c Control,
}

impl<'c> Line<'c> {
    /// A connection that waits for nothing; its frames have [`FRAME_LEN`] bytes, those after the handshake at most `longest`.
    pub(super) fn new(
        stream: TcpStream,
        longest: usize,
        clock: Clock,
        control: &'c Control,
    ) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        let frame = || vec![0; longest.max(FRAME_LEN)].into_boxed_slice();
        Ok(Self {
            stream: StdTransport(stream),
            framing: Framing::default(),
            incoming: frame(),
            outgoing: frame(),
            frame_len: FRAME_LEN,
            clock,
            control,
        })
    }

    /// The time.
    pub(super) fn now(&self) -> Instant {
        self.clock.now()
    }

    /// The handshake is over: frames are as long as agreed on.
    pub(super) fn lengthen(&mut self, ticket: &Ticket) {
        self.frame_len = ticket.frame_len.bytes().min(self.incoming.len());
    }

    /// Whether the last frame has left.
    pub(super) fn is_idle(&self) -> bool {
        self.framing.writer.is_idle()
    }

    /// Pumps the machine once.
    pub(super) fn pump<M: Machine, R>(
        &mut self,
        machine: &mut M,
        on_event: impl FnOnce(M::Event<'_>) -> R,
    ) -> Pumped<R> {
        let now = self.clock.now();
        let buffers = Buffers {
            incoming: &mut self.incoming[..self.frame_len],
            outgoing: &mut self.outgoing[..self.frame_len],
        };
        pump(&mut self.framing, buffers, &mut self.stream, machine, now, on_event)
    }

    /// Waits until the machine can go on, or something is asked of this thread.
    pub(super) fn wait(&self, machine: &impl Machine) -> io::Result<()> {
        let timeout = self.clock.until(self.framing.deadline(machine));
        let mut waiter = Waiter::new();
        waiter.read(self.control.woken());
        if machine.can_receive() {
            waiter.read(self.stream.0.as_fd());
        }
        if machine.wants_send() || !self.is_idle() {
            waiter.write(self.stream.0.as_fd());
        }
        waiter.wait(timeout).map(drop)
    }
}
