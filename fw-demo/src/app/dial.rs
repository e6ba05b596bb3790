//! Connection attempt.

use core::fmt;
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

/// Why there is no connection.
pub(super) enum Unreached<P: Platform> {
    /// The peer has not answered in time.
    Silent,
    /// The network has failed to connect.
    Failed(NetworkError<P>),
}

impl<P: Platform> fmt::Display for Unreached<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silent => f.write_str("no answer"),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl<P: Platform> Dial<P> {
    pub(super) fn new(board: &mut Board<P>, remote: SocketAddr) -> Result<Self, NetworkError<P>> {
        let socket = Some(board.network.socket()?);
        Ok(Self { socket, remote, deadline: board.clock.now() + CONNECT_TIMEOUT })
    }

    pub(super) fn poll(&mut self, board: &mut Board<P>) -> Dialed<P> {
        match self.attempt(&mut board.network, board.clock.now()) {
            Ok(None) => Dialed::Waiting,
            Ok(Some(socket)) => Dialed::Connected(Peer::new(socket)),
            Err(why) => {
                board.console.say(format_args!("no connection to {}: {why}", self.remote));
                Dialed::Failed
            }
        }
    }

    /// The connected socket, once there is one. It tells the user nothing.
    pub(super) fn attempt(
        &mut self,
        network: &mut P::Network,
        now: Instant,
    ) -> Result<Option<SocketOf<P>>, Unreached<P>> {
        let Some(mut socket) = self.socket.take() else { return Err(Unreached::Silent) };
        let why = match network.connect(&mut socket, self.remote) {
            Ok(()) => return Ok(Some(socket)),
            Err(nb::Error::WouldBlock) if now < self.deadline => {
                self.socket = Some(socket);
                return Ok(None);
            }
            Err(nb::Error::WouldBlock) => Unreached::Silent,
            Err(nb::Error::Other(error)) => Unreached::Failed(error),
        };
        _ = network.close(socket);
        Err(why)
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
