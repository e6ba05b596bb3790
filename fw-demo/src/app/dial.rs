//! Connection attempt.

use core::net::SocketAddr;

use embedded_nal::{TcpClientStack, nb};
use p2pm_core::limits::CONNECT_TIMEOUT;
use p2pm_core::time::Instant;

use super::board::{NetworkError, SocketOf};
use super::peer::Peer;
use super::{Board, Clock, Platform};

/// A socket that is connecting to a peer. Like a [`Peer`], it must be polled to its end or hung up.
pub(super) struct Dial<P: Platform> {
    socket: Option<SocketOf<P>>,
    remote: SocketAddr,
    deadline: Instant,
}

/// Result of a poll.
pub(super) enum Dialed<P: Platform> {
    /// In progress.
    Waiting,
    /// Connected.
    Connected(Peer<P>),
    /// Failed; the user has been told why.
    Failed,
}

impl<P: Platform> Dial<P> {
    pub(super) fn new(board: &mut Board<P>, remote: SocketAddr) -> Result<Self, NetworkError<P>> {
        let socket = Some(board.network.socket()?);
        Ok(Self { socket, remote, deadline: board.clock.now() + CONNECT_TIMEOUT })
    }

    pub(super) fn poll(&mut self, board: &mut Board<P>) -> Dialed<P> {
        let Some(mut socket) = self.socket.take() else { return Dialed::Failed };
        match board.network.connect(&mut socket, self.remote) {
            Ok(()) => return Dialed::Connected(Peer::new(socket)),
            Err(nb::Error::WouldBlock) if board.clock.now() < self.deadline => {
                self.socket = Some(socket);
                return Dialed::Waiting;
            }
            Err(nb::Error::WouldBlock) => {
                board.console.say(format_args!("no connection to {}: no answer", self.remote));
            }
            Err(nb::Error::Other(error)) => {
                board.console.say(format_args!("no connection to {}: {error}", self.remote));
            }
        }
        _ = board.network.close(socket);
        Dialed::Failed
    }

    /// Cancels the attempt.
    pub(super) fn hang_up(&mut self, network: &mut P::Network) {
        if let Some(socket) = self.socket.take() {
            _ = network.close(socket);
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.socket.as_ref().map(|_| self.deadline)
    }
}
