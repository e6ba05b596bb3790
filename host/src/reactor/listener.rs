//! Listening socket of a tenant.

use std::io;
use std::net::SocketAddr;

use mio::net::{TcpListener, TcpStream};
use p2pm_core::time::Instant;
use socket2::{Domain, Socket, Type};

use super::readiness::Readiness;
use super::socket::{BACKLOG, canonical};
use super::{Reactor, Source};

/// A non-blocking listening socket.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    readiness: Readiness,
}

impl Listener {
    /// Listens on `address`, registered as `source`. The address `[::]` accepts IPv4 too.
    pub fn bind<C>(address: SocketAddr, reactor: &Reactor<C>, source: Source) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
        if address.is_ipv6() {
            socket.set_only_v6(false)?;
        }
        // A restarted server can listen although connections of the last one are in TIME-WAIT.
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        let mut socket = TcpListener::from_std(socket.into());
        reactor.register(&mut socket, source)?;
        Ok(Self { socket, readiness: Readiness::default() })
    }

    /// Address it listens on, with the port that the system chose.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Records that the source is ready, so that there is something to [accept](Self::accept).
    pub fn set_ready(&mut self, now: Instant) {
        self.readiness.edge(now);
    }

    /// When to [accept](Self::accept) again even without an event.
    pub fn deadline(&self) -> Option<Instant> {
        self.readiness.deadline()
    }

    /// The next connection, with TCP_NODELAY, and its peer's address in canonical form. `None` if there is
    /// none now, or if one was lost before it was accepted; [`deadline`](Self::deadline) says whether to ask
    /// again.
    pub fn accept(&mut self, now: Instant) -> Option<(TcpStream, SocketAddr)> {
        if !self.readiness.is_ready(now) {
            return None;
        }
        match self.socket.accept() {
            Ok((stream, peer)) => {
                // Without TCP_NODELAY frames may be late, which is no reason to fail.
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
