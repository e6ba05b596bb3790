//! The socket of a transfer, and its frames.

use p2pm_core::channel::Machine;
use p2pm_core::drive::nal::NalSocket;
use p2pm_core::drive::{Buffers, Framing, Pumped, pump};
use p2pm_core::limits::{FRAME_LEN, FRAME_LEN_MAX, FRAME_LEN_MIDDLE};
use p2pm_core::time::Instant;
use p2pm_core::transfer::Ticket;
use p2pm_core::wire::FrameLen;

use embedded_nal::TcpClientStack;

use crate::app::Platform;
use crate::app::board::SocketOf;

/// Frames of a transfer, one each way, of `LEN` bytes at most; 0 for a device without transfers.
pub struct Frames<const LEN: usize> {
    incoming: [u8; LEN],
    outgoing: [u8; LEN],
}

impl<const LEN: usize> Frames<LEN> {
    /// Zeroed frames.
    pub const EMPTY: Self = {
        assert!(LEN == 0 || LEN >= FRAME_LEN);
        Self { incoming: [0; LEN], outgoing: [0; LEN] }
    };

    /// The longest frames of transfers that fit.
    pub(super) const LONGEST: FrameLen = match LEN {
        FRAME_LEN_MAX.. => FrameLen::Long,
        FRAME_LEN_MIDDLE.. => FrameLen::Middle,
        _ => FrameLen::Short,
    };

    /// The first `len` bytes of both.
    fn buffers(&mut self, len: usize) -> Buffers<'_> {
        Buffers {
            incoming: self.incoming.get_mut(..len).unwrap_or_default(),
            outgoing: self.outgoing.get_mut(..len).unwrap_or_default(),
        }
    }
}

/// A connected socket with the progress of its frames. Like a [`Peer`](crate::app::peer::Peer), it must be pumped to its end or
/// hung up.
pub(super) struct Line<P: Platform> {
    /// `None` once the connection is closed.
    socket: Option<SocketOf<P>>,
    framing: Framing,
    /// Length of the frames, in bytes.
    frame_len: usize,
    deadline: Option<Instant>,
}

impl<P: Platform> Line<P> {
    /// A connection before its handshake.
    pub(super) fn new(socket: Option<SocketOf<P>>) -> Self {
        Self { socket, framing: Framing::default(), frame_len: FRAME_LEN, deadline: None }
    }

    /// The handshake is over: frames are as long as agreed on.
    pub(super) fn lengthen(&mut self, ticket: &Ticket) {
        self.frame_len = ticket.frame_len.bytes();
    }

    /// Whether the last frame has left.
    pub(super) fn is_idle(&self) -> bool {
        self.framing.writer.is_idle()
    }

    /// Pumps the machine once. Returns the socket when the connection is closed.
    pub(super) fn pump<M: Machine, R, const LEN: usize>(
        &mut self,
        network: &mut P::Network,
        frames: &mut Frames<LEN>,
        machine: &mut M,
        now: Instant,
        on_event: impl FnOnce(M::Event<'_>) -> R,
    ) -> Pumped<R> {
        let Some(socket) = &mut self.socket else { return Pumped::Closed };
        let (buffers, mut transport) =
            (frames.buffers(self.frame_len.min(LEN)), NalSocket::new(network, socket));
        let pumped = pump(&mut self.framing, buffers, &mut transport, machine, now, on_event);
        self.deadline = self.framing.deadline(machine);
        if let Pumped::Closed = pumped {
            self.hang_up(network);
        }
        pumped
    }

    /// Closes the socket; what it has buffered is still sent.
    pub(super) fn hang_up(&mut self, network: &mut P::Network) {
        self.deadline = None;
        if let Some(socket) = self.socket.take() {
            // There is no remedy for a socket that cannot be closed.
            _ = network.close(socket);
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }
}
