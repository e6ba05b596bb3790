//! UDP datagrams.

use std::io;
use std::net::SocketAddr;

use mio::net::UdpSocket;
use p2pm_core::time::Instant;
use p2pm_posix::datagrams::{self, Received};
use socket2::{SockRef, Socket};

use super::edge::EdgeTriggered;
use super::socket::canonical;
use super::{Reactor, Source};

/// A non-blocking UDP socket.
pub type Datagrams = EdgeTriggered<UdpSocket>;

impl Datagrams {
    /// Binds a socket to `address`, registered as `source`.
    pub fn bind<C>(address: SocketAddr, reactor: &Reactor<C>, source: Source) -> io::Result<Self> {
        Self::register(UdpSocket::bind(address)?, reactor, source)
    }

    /// The same with a socket that is bound, and non-blocking.
    pub fn of_socket<C>(socket: Socket, reactor: &Reactor<C>, source: Source) -> io::Result<Self> {
        Self::register(UdpSocket::from_std(socket.into()), reactor, source)
    }

    fn register<C>(mut socket: UdpSocket, reactor: &Reactor<C>, source: Source) -> io::Result<Self> {
        reactor.register(&mut socket, source)?;
        Ok(Self::new(socket))
    }

    /// The socket, for its options.
    pub fn options(&self) -> SockRef<'_> {
        SockRef::from(&self.inner)
    }

    /// Address it is bound to, with the port that the system chose.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr()
    }

    /// The next datagram, and its sender's address in canonical form. A longer datagram than fits is
    /// truncated: lend one byte more than the longest valid one. `None` if there is none now, or if a peer's
    /// error was reported instead; [`deadline`](Self::deadline) says whether to ask again.
    pub fn receive<'b>(&mut self, now: Instant, into: &'b mut [u8]) -> Option<(&'b [u8], SocketAddr)> {
        let (len, from) = self.read(now, |socket| socket.recv_from(into))?;
        Some((into.get(..len)?, canonical(from)))
    }

    /// The same from a socket of IPv4 that [tells destinations](datagrams::tell_destinations).
    pub fn receive_with_destination(&mut self, now: Instant, into: &mut [u8]) -> Option<Received> {
        self.read(now, |socket| datagrams::receive(socket, into))
    }

    /// Sends a datagram, or fails with [`io::ErrorKind::WouldBlock`] if the socket's buffer is full: it is
    /// then lost, as it may be in the network.
    pub fn send(&self, datagram: &[u8], to: SocketAddr) -> io::Result<()> {
        self.inner.send_to(datagram, to).map(|_| ())
    }
}
