//! Where connections come from.

use std::io;
use std::net::SocketAddr;

use mio::net::{TcpListener, TcpStream};
use p2pm_core::time::Instant;
use socket2::{Domain, Socket, Type};

use super::readiness::Readiness;
use super::socket::{BACKLOG, canonical};
use super::{Reactor, Source};

/// A listening socket.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    readiness: Readiness,
}

impl Listener {
    /// Listens, and tells of readiness as `source`. The address `[::]` is for IPv4 too.
    pub fn bind<C>(address: SocketAddr, reactor: &Reactor<C>, source: Source) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
        if address.is_ipv6() {
            socket.set_only_v6(false)?;
        }
        // A server that starts anew need not wait until its old connections are forgotten.
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        let mut socket = TcpListener::from_std(socket.into());
        reactor.register(&mut socket, source)?;
        Ok(Self { socket, readiness: Readiness::default() })
    }

    /// Where it listens, with the port that the system chose.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Its source is ready: there is something to [accept](Self::accept).
    pub fn set_ready(&mut self, now: Instant) {
        self.readiness.edge(now);
    }

    /// When there is something to accept, even if nothing happens.
    pub fn deadline(&self) -> Option<Instant> {
        self.readiness.deadline()
    }

    /// The next connection, set up, and its peer's address in canonical form. `None` if there is none now, or if the
    /// next one was lost before it was accepted; [`deadline`](Self::deadline) tells whether to ask again.
    pub fn accept(&mut self, now: Instant) -> Option<(TcpStream, SocketAddr)> {
        if !self.readiness.is_ready(now) {
            return None;
        }
        match self.socket.accept() {
            Ok((stream, peer)) => {
                // Without it a frame may be late; that is no reason to refuse it.
                let _ = stream.set_nodelay(true);
                Some((stream, canonical(peer)))
            }
            Err(e) => {
                self.readiness.failed(now, &e);
                None
            }
        }
    }
}
