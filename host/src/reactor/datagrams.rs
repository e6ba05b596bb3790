//! Datagrams, which come from anybody.

use std::io;
use std::net::SocketAddr;

use mio::net::UdpSocket;
use p2pm_core::time::Instant;

use super::readiness::Readiness;
use super::socket::canonical;
use super::{Reactor, Source};

/// A UDP socket that does not block.
#[derive(Debug)]
pub struct Datagrams {
    socket: UdpSocket,
    readiness: Readiness,
}

impl Datagrams {
    /// Takes what is sent to `address`, and tells of readiness as `source`.
    pub fn bind<C>(address: SocketAddr, reactor: &Reactor<C>, source: Source) -> io::Result<Self> {
        let mut socket = UdpSocket::bind(address)?;
        reactor.register(&mut socket, source)?;
        Ok(Self { socket, readiness: Readiness::default() })
    }

    /// Where it receives, with the port that the system chose.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Its source is ready: there is something to [receive](Self::receive).
    pub fn set_ready(&mut self, now: Instant) {
        self.readiness.edge(now);
    }

    /// When there is something to receive, even if nothing happens.
    pub fn deadline(&self) -> Option<Instant> {
        self.readiness.deadline()
    }

    /// The next datagram, and its sender's address in canonical form. A longer one than fits is cut: lend a byte more
    /// than the longest that makes sense. `None` if there is none now, or if there was only an error of some peer's;
    /// [`deadline`](Self::deadline) tells whether to ask again.
    pub fn receive<'b>(&mut self, now: Instant, into: &'b mut [u8]) -> Option<(&'b [u8], SocketAddr)> {
        if !self.readiness.is_ready(now) {
            return None;
        }
        match self.socket.recv_from(into) {
            Ok((len, from)) => Some((into.get(..len)?, canonical(from))),
            Err(e) => {
                self.readiness.failed(now, &e);
                None
            }
        }
    }

    /// Sends a datagram, whole or not at all. [`io::ErrorKind::WouldBlock`] if there is no room for it now: it is lost,
    /// as the network may lose it too.
    pub fn send(&self, datagram: &[u8], to: SocketAddr) -> io::Result<()> {
        self.socket.send_to(datagram, to).map(|_| ())
    }
}
