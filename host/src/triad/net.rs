//! TCP of this machine as an `embedded-nal` stack, so that programs use the same interface as on a device.
//!
//! `std-embedded-nal` 0.4 does the work. This module corrects:
//! - an accepted socket blocks;
//! - a frame waits for the acknowledgement of the one before it (Nagle's algorithm);
//! - an IPv4 peer is shown with an IPv4-mapped IPv6 address;
//! - a connection that was lost in the backlog looks like an error of the listener;
//! - a reset is an error like any other;
//! - a socket in use can be bound or connected again, which silently drops its connection, and any socket can
//!   listen.
//!
//! Not corrected: `connect` blocks (see [`host_dial`](crate::triad::host_dial)), and `bind` takes every address of the
//! machine and requires IPv6.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::os::fd::BorrowedFd;

use embedded_nal::{TcpClientStack, TcpErrorKind, TcpFullStack, nb};
use rustix::io::Errno;
use socket2::SockRef;

use crate::reactor::socket::{BACKLOG, ErrorClass, canonical};

type Inner = std_embedded_nal::Stack;
type InnerError = <Inner as TcpClientStack>::Error;

/// A TCP socket, non-blocking once it is bound or connected, closed on drop.
pub struct Socket(<Inner as TcpClientStack>::TcpSocket);

impl Socket {
    /// File to wait on; `None` before it is bound or connected.
    #[allow(unsafe_code)]
    pub fn as_fd(&self) -> Option<BorrowedFd<'_>> {
        // SAFETY: the descriptor belongs to the socket within `self`, which keeps it open until it is changed
        // or dropped, and neither can happen while the result borrows `self`.
        self.0.as_raw_fd().map(|fd| unsafe { BorrowedFd::borrow_raw(fd) })
    }

    /// Port it is bound to, the one the system chose included.
    pub fn local_port(&self) -> io::Result<u16> {
        let address = SockRef::from(&self.fd()?).local_addr()?.as_socket();
        address.map(|address| address.port()).ok_or_else(|| Errno::AFNOSUPPORT.into())
    }

    /// Whether both ends of the connection are on this machine.
    pub fn is_local(&self) -> io::Result<bool> {
        let fd = self.fd()?;
        let socket = SockRef::from(&fd);
        let ip = |address: socket2::SockAddr| address.as_socket().map(|address| canonical(address).ip());
        let (ours, theirs) = (ip(socket.local_addr()?), ip(socket.peer_addr()?));
        Ok(ours == theirs || theirs.is_some_and(|ip| ip.is_loopback()))
    }

    /// Fails if it is bound or connected.
    fn expect_unused(&self) -> Result<(), Error> {
        if self.as_fd().is_some() { Err(Error(Errno::ISCONN.into())) } else { Ok(()) }
    }

    /// Sets a new connection non-blocking, with `TCP_NODELAY`.
    fn prepare(&self) -> io::Result<()> {
        let fd = self.fd()?;
        let socket = SockRef::from(&fd);
        socket.set_nonblocking(true)?;
        socket.set_tcp_nodelay(true)
    }

    fn fd(&self) -> io::Result<BorrowedFd<'_>> {
        self.as_fd().ok_or_else(|| Errno::NOTCONN.into())
    }
}

/// Error of a socket operation. Its kind is `PipeClosed` if the connection is lost.
#[derive(Debug)]
pub struct Error(pub io::Error);

impl embedded_nal::TcpError for Error {
    fn kind(&self) -> TcpErrorKind {
        use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
        match self.0.kind() {
            BrokenPipe | ConnectionAborted | ConnectionReset => TcpErrorKind::PipeClosed,
            _ => TcpErrorKind::Other,
        }
    }
}

impl std::error::Error for Error {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error {
    fn new(e: InnerError) -> Self {
        Self(e.0)
    }
}

/// TCP stack of this machine.
#[derive(Default)]
pub struct Stack(Inner);

/// Maps an error of `accept`: it is an error only if it concerns the listener or the system.
fn accept_failed(e: InnerError) -> nb::Error<Error> {
    match ErrorClass::of(&e.0) {
        ErrorClass::Empty | ErrorClass::Peer => nb::Error::WouldBlock,
        ErrorClass::System => Error::new(e).into(),
    }
}

impl TcpClientStack for Stack {
    type TcpSocket = Socket;
    type Error = Error;

    fn socket(&mut self) -> Result<Socket, Error> {
        self.0.socket().map(Socket).map_err(Error::new)
    }

    /// Blocks without limit: see [`HostDial`](crate::triad::host_dial::HostDial).
    fn connect(&mut self, socket: &mut Socket, remote: SocketAddr) -> nb::Result<(), Error> {
        socket.expect_unused()?;
        *socket = connect(remote).map_err(Error)?;
        Ok(())
    }

    fn send(&mut self, socket: &mut Socket, buffer: &[u8]) -> nb::Result<usize, Error> {
        self.0.send(&mut socket.0, buffer).map_err(|e| e.map(Error::new))
    }

    fn receive(&mut self, socket: &mut Socket, buffer: &mut [u8]) -> nb::Result<usize, Error> {
        self.0.receive(&mut socket.0, buffer).map_err(|e| e.map(Error::new))
    }

    fn close(&mut self, socket: Socket) -> Result<(), Error> {
        self.0.close(socket.0).map_err(Error::new)
    }
}

impl TcpFullStack for Stack {
    /// Binds every address of the machine.
    fn bind(&mut self, socket: &mut Socket, port: u16) -> Result<(), Error> {
        socket.expect_unused()?;
        self.0.bind(&mut socket.0, port).map_err(Error::new)
    }

    /// A bound socket listens already, with a short backlog, which is extended here.
    fn listen(&mut self, socket: &mut Socket) -> Result<(), Error> {
        let fd = socket.fd().map_err(Error)?;
        let socket = SockRef::from(&fd);
        if socket.is_listener().map_err(Error)? {
            socket.listen(BACKLOG).map_err(Error)
        } else {
            Err(Error(Errno::INVAL.into()))
        }
    }

    /// Fails with an error of the listener or the system only, which recurs until it is resolved: what is
    /// queued keeps the listener readable. A connection that was lost in the backlog is skipped.
    fn accept(&mut self, listener: &mut Socket) -> nb::Result<(Socket, SocketAddr), Error> {
        let (socket, peer) = match self.0.accept(&mut listener.0) {
            Ok((socket, peer)) => (Socket(socket), peer),
            Err(nb::Error::Other(e)) => return Err(accept_failed(e)),
            Err(nb::Error::WouldBlock) => return Err(nb::Error::WouldBlock),
        };
        socket.prepare().map_err(|_| nb::Error::WouldBlock)?;
        Ok((socket, canonical(peer)))
    }
}

/// A connection to `remote`. Blocks without limit.
pub(super) fn connect(remote: SocketAddr) -> io::Result<Socket> {
    let mut stack = Inner::default();
    let mut socket = stack.socket().map_err(|e| e.0)?;
    stack.connect(&mut socket, remote).map_err(|e| match e {
        nb::Error::Other(e) => e.0,
        nb::Error::WouldBlock => io::ErrorKind::WouldBlock.into(),
    })?;
    let socket = Socket(socket);
    socket.prepare()?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr, TcpStream};
    use std::time::Duration;

    use embedded_nal::TcpError;

    use super::*;
    use crate::wait::Waiter;

    const LONG: Duration = Duration::from_mins(1);

    fn local(port: u16) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, port).into()
    }

    fn listening(stack: &mut Stack) -> (Socket, u16) {
        let mut listener = stack.socket().unwrap();
        stack.bind(&mut listener, 0).unwrap();
        stack.listen(&mut listener).unwrap();
        let port = listener.local_port().unwrap();
        assert_ne!(port, 0);
        (listener, port)
    }

    fn wait_readable(socket: &Socket) {
        let mut waiter = Waiter::new();
        let token = waiter.read(socket.as_fd());
        assert!(waiter.wait(Some(LONG)).unwrap().contains(token));
    }

    fn accepted(stack: &mut Stack, listener: &mut Socket) -> (Socket, SocketAddr) {
        wait_readable(listener);
        stack.accept(listener).unwrap()
    }

    fn is_nodelay(socket: &Socket) -> bool {
        SockRef::from(&socket.as_fd().unwrap()).tcp_nodelay().unwrap()
    }

    #[test]
    fn nothing_blocks_and_nothing_is_held_back() {
        let mut stack = Stack::default();
        let (mut listener, port) = listening(&mut stack);
        assert!(matches!(stack.accept(&mut listener), Err(nb::Error::WouldBlock)));

        let mut caller = connect(local(port)).unwrap();
        let (mut answerer, _) = accepted(&mut stack, &mut listener);
        for socket in [&mut caller, &mut answerer] {
            assert!(matches!(stack.receive(socket, &mut [0]), Err(nb::Error::WouldBlock)));
            assert!(is_nodelay(socket));
        }

        assert_eq!(stack.send(&mut caller, b"hello").unwrap(), 5);
        wait_readable(&answerer);
        let mut buffer = [0; 8];
        assert_eq!(stack.receive(&mut answerer, &mut buffer).unwrap(), 5);
        stack.close(caller).unwrap();
        wait_readable(&answerer);
        assert_eq!(stack.receive(&mut answerer, &mut buffer).unwrap(), 0);
    }

    #[test]
    fn the_connect_of_the_trait_holds_nothing_back_either() {
        let mut stack = Stack::default();
        let (_listener, port) = listening(&mut stack);
        let mut socket = stack.socket().unwrap();
        assert!(socket.as_fd().is_none() && socket.local_port().is_err());
        stack.connect(&mut socket, local(port)).unwrap();
        assert!(is_nodelay(&socket));
    }

    #[test]
    fn a_peer_is_shown_by_the_address_it_has() {
        let mut stack = Stack::default();
        let (mut listener, port) = listening(&mut stack);
        let _v4 = TcpStream::connect(local(port)).unwrap();
        assert_eq!(accepted(&mut stack, &mut listener).1.ip(), Ipv4Addr::LOCALHOST);
        let _v6 = TcpStream::connect((Ipv6Addr::LOCALHOST, port)).unwrap();
        assert_eq!(accepted(&mut stack, &mut listener).1.ip(), Ipv6Addr::LOCALHOST);
    }

    #[test]
    fn a_reset_is_a_lost_connection_and_not_the_listeners() {
        let mut stack = Stack::default();
        let (mut listener, port) = listening(&mut stack);
        let reset = || {
            let socket = TcpStream::connect(local(port)).unwrap();
            SockRef::from(&socket).set_linger(Some(Duration::ZERO)).unwrap();
            socket
        };
        let peer = reset();
        let (mut socket, _) = accepted(&mut stack, &mut listener);
        drop(peer);
        wait_readable(&socket);
        match stack.receive(&mut socket, &mut [0]) {
            Err(nb::Error::Other(e)) => assert_eq!(e.kind(), TcpErrorKind::PipeClosed, "{e}"),
            other => panic!("{other:?}"),
        }

        drop(reset());
        let patient = TcpStream::connect(local(port)).unwrap().local_addr().unwrap();
        let found = (0..2).find_map(|_| {
            wait_readable(&listener);
            stack.accept(&mut listener).ok().filter(|(_, peer)| *peer == patient)
        });
        assert!(found.is_some(), "the connection behind the one that was reset");
    }

    #[test]
    fn a_port_in_use_is_an_error() {
        let mut stack = Stack::default();
        let (_listener, port) = listening(&mut stack);
        let mut second = stack.socket().unwrap();
        let error = stack.bind(&mut second, port).unwrap_err();
        assert_eq!(error.0.kind(), io::ErrorKind::AddrInUse);
    }
}
