//! Implementation of `embedded-nal` for the stack.

use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use embedded_nal::{TcpClientStack, TcpFullStack, nb};
use smoltcp::iface::SocketHandle;
use smoltcp::phy::Device;
use smoltcp::socket::tcp::{self, RecvError, State};

use super::clock;
use super::slot::Usage;
use super::stack::{CLOSE_TIMEOUT, forget};
use super::{Error, Protocol, Stack};

/// Time limit for the peer's SYN-ACK. A more impatient caller closes the socket.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// A TCP socket of a [`Stack`], to be returned by [`TcpClientStack::close`].
#[derive(Debug)]
pub struct Socket(Kind);

#[derive(Debug)]
enum Kind {
    Opened(SocketHandle),
    Bound(SocketHandle, u16),
    Connecting(SocketHandle),
    Connected(SocketHandle),
    Listener(u16),
}

impl Socket {
    /// Port it is bound to, if it is.
    pub fn local_port(&self) -> Option<u16> {
        match self.0 {
            Kind::Bound(_, port) | Kind::Listener(port) => Some(port),
            Kind::Opened(_) | Kind::Connecting(_) | Kind::Connected(_) => None,
        }
    }
}

impl<D: Device, const SOCKETS: usize, B: Protocol> Stack<'_, D, SOCKETS, B> {
    fn start_connecting(&mut self, handle: SocketHandle, remote: SocketAddr) -> Result<(), Error> {
        let ip = match remote.ip() {
            IpAddr::V4(ip) if !ip.is_broadcast() && !ip.is_multicast() && !ip.is_unspecified() => ip,
            _ => return Err(Error::Unaddressable),
        };
        let port = self.free_port()?;
        let (socket, interface) = self.connecting(handle);
        let is_neighbour = interface.ip_addrs().iter().any(|cidr| cidr.contains_addr(&ip.into()));
        if !is_neighbour && interface.routes().get_default_ipv4_route().is_none() {
            return Err(Error::NoRoute);
        }
        socket.set_timeout(Some(clock::span(CONNECT_TIMEOUT)));
        socket.connect(interface.context(), (ip, remote.port()), port).map_err(|_| Error::Unaddressable)
    }

    /// Resets every connection to `port` that was not accepted.
    fn stop_listening(&mut self, port: u16) {
        for index in 0..SOCKETS {
            let listening = self.slots.get(index).filter(|slot| slot.listens_on(port));
            if let Some(handle) = listening.map(|slot| slot.handle) {
                self.tcp(handle).abort();
                self.set_usage(handle, Usage::Closing(self.now));
            }
        }
    }
}

impl<D: Device, const SOCKETS: usize, B: Protocol> TcpClientStack for Stack<'_, D, SOCKETS, B> {
    type TcpSocket = Socket;
    type Error = Error;

    fn socket(&mut self) -> Result<Socket, Error> {
        self.take(Usage::Open).map(|handle| Socket(Kind::Opened(handle)))
    }

    /// The first call starts the connection; later ones ask for its result.
    fn connect(&mut self, socket: &mut Socket, remote: SocketAddr) -> nb::Result<(), Error> {
        match socket.0 {
            Kind::Opened(handle) => {
                self.start_connecting(handle, remote)?;
                socket.0 = Kind::Connecting(handle);
                Err(nb::Error::WouldBlock)
            }
            Kind::Connecting(handle) => match self.peek(handle).state() {
                State::SynSent | State::SynReceived => Err(nb::Error::WouldBlock),
                State::Closed => {
                    // A peer that does not answer need not be sent a reset.
                    forget(self.tcp(handle));
                    socket.0 = Kind::Opened(handle);
                    Err(Error::Refused.into())
                }
                _ => {
                    self.tcp(handle).set_timeout(None);
                    socket.0 = Kind::Connected(handle);
                    Ok(())
                }
            },
            Kind::Bound(..) | Kind::Connected(_) | Kind::Listener(_) => Err(Error::State.into()),
        }
    }

    fn send(&mut self, socket: &mut Socket, buffer: &[u8]) -> nb::Result<usize, Error> {
        let Kind::Connected(handle) = socket.0 else { return Err(Error::State.into()) };
        match self.tcp(handle).send_slice(buffer) {
            Ok(0) if !buffer.is_empty() => Err(nb::Error::WouldBlock),
            Ok(bytes) => Ok(bytes),
            Err(tcp::SendError::InvalidState) => Err(Error::Lost.into()),
        }
    }

    fn receive(&mut self, socket: &mut Socket, buffer: &mut [u8]) -> nb::Result<usize, Error> {
        let Kind::Connected(handle) = socket.0 else { return Err(Error::State.into()) };
        match self.tcp(handle).recv_slice(buffer) {
            Ok(0) if !buffer.is_empty() => Err(nb::Error::WouldBlock),
            Ok(bytes) => Ok(bytes),
            Err(RecvError::Finished) => Ok(0),
            Err(RecvError::InvalidState) => Err(Error::Lost.into()),
        }
    }

    fn close(&mut self, socket: Socket) -> Result<(), Error> {
        match socket.0 {
            Kind::Opened(handle) | Kind::Bound(handle, _) => self.set_usage(handle, Usage::Free),
            Kind::Connecting(handle) | Kind::Connected(handle) => {
                self.tcp(handle).close();
                let is_connected = self.peek(handle).is_open();
                let patience = if is_connected { CLOSE_TIMEOUT } else { Duration::ZERO };
                self.set_usage(handle, Usage::Closing(self.now + patience));
            }
            Kind::Listener(port) => self.stop_listening(port),
        }
        Ok(())
    }
}

impl<D: Device, const SOCKETS: usize, B: Protocol> TcpFullStack for Stack<'_, D, SOCKETS, B> {
    /// With port 0 the stack chooses one.
    fn bind(&mut self, socket: &mut Socket, local_port: u16) -> Result<(), Error> {
        let Kind::Opened(handle) = socket.0 else { return Err(Error::State) };
        let port = match local_port {
            0 => self.free_port()?,
            port if self.slots.iter().any(|slot| slot.holds(port)) => return Err(Error::PortInUse),
            port => port,
        };
        self.set_usage(handle, Usage::Bound(port));
        socket.0 = Kind::Bound(handle, port);
        Ok(())
    }

    fn listen(&mut self, socket: &mut Socket) -> Result<(), Error> {
        let Kind::Bound(handle, port) = socket.0 else { return Err(Error::State) };
        self.set_usage(handle, Usage::Listening(port));
        self.listen_with(handle, port);
        self.keep_listening();
        socket.0 = Kind::Listener(port);
        Ok(())
    }

    /// While no socket is free to go on listening, the connection waits, and the error is
    /// [`Error::Exhausted`].
    fn accept(&mut self, socket: &mut Socket) -> nb::Result<(Socket, SocketAddr), Error> {
        let Kind::Listener(port) = socket.0 else { return Err(Error::State.into()) };
        let waiting = self.slots.iter().filter(|slot| slot.listens_on(port)).find_map(|slot| {
            let socket = self.peek(slot.handle);
            let has_arrived = matches!(socket.state(), State::Established | State::CloseWait);
            socket.remote_endpoint().filter(|_| has_arrived).map(|remote| (slot.handle, remote))
        });
        let (handle, remote) = waiting.ok_or(nb::Error::WouldBlock)?;
        if self.listeners(port) == 1 {
            let next = self.take(Usage::Listening(port))?;
            self.listen_with(next, port);
        }
        self.set_usage(handle, Usage::Open);
        self.tcp(handle).set_timeout(None);
        Ok((Socket(Kind::Connected(handle)), SocketAddr::new(remote.addr.into(), remote.port)))
    }
}
