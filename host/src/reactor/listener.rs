//! Where connections come from.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use mio::net::{TcpListener, TcpStream};
use p2pm_core::time::Instant;
use socket2::{Domain, Socket, Type};

use super::socket::{BACKLOG, ErrorClass, canonical};

/// How long to wait when the system has no room for another connection.
const PAUSE: Duration = Duration::from_secs(1);

/// A listening socket that is watched for edges: once something is there, it is asked until it is empty.
pub(crate) struct Listener {
    pub(crate) socket: TcpListener,
    /// From when on to ask; `None` until the next edge.
    pub(crate) ready: Option<Instant>,
}

impl Listener {
    /// Listens. The address `[::]` is for IPv4 too.
    pub(crate) fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
        if address.is_ipv6() {
            socket.set_only_v6(false)?;
        }
        // A server that starts anew need not wait until its old connections are forgotten.
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        Ok(Self { socket: TcpListener::from_std(socket.into()), ready: None })
    }

    /// The next connection, set up, and its peer's address in canonical form.
    pub(crate) fn accept(&mut self, now: Instant) -> Option<(TcpStream, SocketAddr)> {
        self.ready.filter(|ready| now >= *ready)?;
        match self.socket.accept() {
            Ok((stream, peer)) => {
                // Without it a frame may be late; that is no reason to refuse it.
                let _ = stream.set_nodelay(true);
                Some((stream, canonical(peer)))
            }
            Err(e) => {
                self.ready = match ErrorClass::of(&e) {
                    ErrorClass::Empty => None,
                    ErrorClass::Peer => self.ready,
                    // Out of descriptors or memory. The connection stays where it is, and no edge will tell.
                    ErrorClass::Descriptors | ErrorClass::Socket => Some(now + PAUSE),
                };
                None
            }
        }
    }
}
