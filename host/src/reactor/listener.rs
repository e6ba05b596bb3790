//! Listening socket of a tenant.

use std::io;
use std::net::SocketAddr;

use mio::net::{TcpListener, TcpStream};
use p2pm_core::time::Instant;
use socket2::{Domain, Socket, Type};

use super::edge::EdgeTriggered;
use super::socket::{BACKLOG, canonical};
use super::{Reactor, Source};

/// A non-blocking listening socket.
pub type Listener = EdgeTriggered<TcpListener>;

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
        Ok(Self::new(socket))
    }

    /// Address it listens on, with the port that the system chose.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr()
    }

    /// The next connection, with `TCP_NODELAY`, and its peer's address in canonical form. `None` if there is
    /// none now, or if one was lost before it was accepted; [`deadline`](Self::deadline) says whether to ask
    /// again.
    pub fn accept(&mut self, now: Instant) -> Option<(TcpStream, SocketAddr)> {
        let (stream, peer) = self.read(now, |socket| socket.accept())?;
        // Without it a frame may be late; that is no reason to refuse it.
        let _ = stream.set_nodelay(true);
        Some((stream, canonical(peer)))
    }
}
