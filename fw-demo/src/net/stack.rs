//! The stack.

use core::net::{IpAddr, SocketAddr};

use embedded_nal::{TcpClientStack, TcpFullStack, nb};
use p2pm_core::time::{Instant, earliest};
use smoltcp::iface::{Config, Interface, PollIngressSingleResult, SocketHandle, SocketSet, SocketStorage};
use smoltcp::phy::Device;
use smoltcp::socket::tcp::{self, RecvError, State};
use smoltcp::wire::{EthernetAddress, Ipv4Address, Ipv4Cidr};

use super::slot::{CLOSE_TIMEOUT, Slot, Usage};
use super::{Error, Memory};
use crate::app::Network;

/// How many sockets wait for connections to one port, as long as there are free ones: each takes in one
/// connection between two calls of [`TcpFullStack::accept`].
pub const BACKLOG: usize = 4;

/// How long a peer may leave the first step of a connection unanswered.
const CONNECT_TIMEOUT: smoltcp::time::Duration = smoltcp::time::Duration::from_secs(10);

/// As long for whoever connects to us, but shorter: they hold a socket that others could have.
const ANSWER_TIMEOUT: smoltcp::time::Duration = smoltcp::time::Duration::from_secs(5);

/// Packets taken in before somebody else has a turn.
const PACKETS_PER_POLL: usize = 64;

/// The first of the ports for connections of our own (RFC 6335 §6).
const FIRST_DYNAMIC_PORT: u16 = 49_152;

/// Who a stack is on its network.
#[derive(Clone, Copy, Debug)]
pub struct Address {
    /// On the link.
    pub hardware: EthernetAddress,
    /// On the network, and how much of it is the network.
    pub ip: Ipv4Cidr,
    /// Who knows the way to other networks.
    pub gateway: Option<Ipv4Address>,
}

/// A TCP socket of a [`Stack`], to be given back to it with [`TcpClientStack::close`].
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

/// TCP over IPv4 over Ethernet, with so many sockets. Nothing happens but in [`Network::poll`].
pub struct Stack<'m, D: Device, const SOCKETS: usize> {
    device: D,
    interface: Interface,
    sockets: SocketSet<'m>,
    slots: [Slot; SOCKETS],
    last_port: u16,
    now: Instant,
}

impl<'m, D: Device, const SOCKETS: usize> Stack<'m, D, SOCKETS> {
    /// A stack on `device`. The `seed` makes its sequence numbers and ports hard to guess: it must be random.
    pub fn new<const BUFFER: usize>(
        mut device: D,
        address: Address,
        seed: u64,
        now: Instant,
        storage: &'m mut [SocketStorage<'m>; SOCKETS],
        memory: &'m mut Memory<SOCKETS, BUFFER>,
    ) -> Self {
        let mut config = Config::new(address.hardware.into());
        config.random_seed = seed;
        let mut interface = Interface::new(config, &mut device, moment(now));
        // There is always room for one address and one route.
        interface.update_ip_addrs(|addresses| _ = addresses.push(address.ip.into()));
        if let Some(gateway) = address.gateway {
            _ = interface.routes_mut().add_default_ipv4_route(gateway);
        }
        let mut sockets = SocketSet::new(storage.as_mut_slice());
        let slots = memory.buffers.each_mut().map(|buffers| {
            let receive = tcp::SocketBuffer::new(buffers.receive.as_mut_slice());
            let transmit = tcp::SocketBuffer::new(buffers.transmit.as_mut_slice());
            let mut socket = tcp::Socket::new(receive, transmit);
            // A frame is whole when it is handed over: to wait for more of it is to wait for nothing.
            socket.set_nagle_enabled(false);
            Slot { handle: sockets.add(socket), usage: Usage::Free }
        });
        #[allow(clippy::cast_possible_truncation, reason = "any of its bits will do")]
        let last_port = FIRST_DYNAMIC_PORT | seed as u16;
        Self { device, interface, sockets, slots, last_port, now }
    }

    /// What the stack stands on.
    pub fn device(&self) -> &D {
        &self.device
    }

    fn tcp(&mut self, handle: SocketHandle) -> &mut tcp::Socket<'m> {
        self.sockets.get_mut(handle)
    }

    fn state(&self, handle: SocketHandle) -> State {
        self.sockets.get::<tcp::Socket<'_>>(handle).state()
    }

    /// A socket for a new purpose: a free one; if there is none, the one that has been closing the longest.
    fn take(&mut self, usage: Usage) -> Result<SocketHandle, Error> {
        let free = self.slots.iter().position(Slot::is_free);
        let closing = || {
            let closing = self.slots.iter().enumerate().filter_map(|(i, slot)| Some((slot.closing()?, i)));
            closing.min().map(|(_, index)| index)
        };
        let index = free.or_else(closing).ok_or(Error::Exhausted)?;
        let slot = self.slots.get_mut(index).ok_or(Error::Exhausted)?;
        slot.usage = usage;
        let handle = slot.handle;
        self.tcp(handle).abort();
        Ok(handle)
    }

    fn set_usage(&mut self, handle: SocketHandle, usage: Usage) {
        if let Some(slot) = self.slots.iter_mut().find(|slot| slot.handle == handle) {
            slot.usage = usage;
        }
    }

    fn is_exhausted(&self) -> bool {
        !self.slots.iter().any(|slot| slot.is_free() || slot.closing().is_some())
    }

    /// Sockets that have sent their last are free again.
    fn reclaim(&mut self) {
        for slot in &mut self.slots {
            let Some(deadline) = slot.closing() else { continue };
            let socket = self.sockets.get_mut::<tcp::Socket<'_>>(slot.handle);
            if self.now >= deadline {
                socket.abort();
            }
            if !socket.is_open() {
                slot.usage = Usage::Free;
            }
        }
    }

    /// Whoever gave up before they were accepted makes room for the next, and free sockets help out.
    fn keep_listening(&mut self) {
        for index in 0..SOCKETS {
            let Some(&Slot { handle, usage: Usage::Listening(port) }) = self.slots.get(index) else {
                continue;
            };
            if !self.tcp(handle).is_open() {
                self.listen_with(handle, port);
            }
            let is_short = self.slots.iter().filter(|slot| slot.listens_on(port)).count() < BACKLOG;
            if is_short
                && self.slots.iter().any(Slot::is_free)
                && let Ok(handle) = self.take(Usage::Listening(port))
            {
                self.listen_with(handle, port);
            }
        }
    }

    /// The socket must be closed, and `port` not 0: nothing else is refused.
    fn listen_with(&mut self, handle: SocketHandle, port: u16) {
        let socket = self.tcp(handle);
        socket.set_timeout(Some(ANSWER_TIMEOUT));
        _ = socket.listen(port);
    }

    fn is_used(&self, port: u16) -> bool {
        self.slots.iter().any(|slot| {
            let local = self.sockets.get::<tcp::Socket<'_>>(slot.handle).local_endpoint();
            slot.listens_on(port) || local.is_some_and(|local| local.port == port)
        })
    }

    /// A port that no socket uses.
    fn free_port(&mut self) -> Result<u16, Error> {
        for _ in 0..=SOCKETS {
            self.last_port = self.last_port.wrapping_add(1).max(FIRST_DYNAMIC_PORT);
            if !self.is_used(self.last_port) {
                return Ok(self.last_port);
            }
        }
        Err(Error::PortInUse)
    }

    fn start_connecting(&mut self, handle: SocketHandle, remote: SocketAddr) -> Result<(), Error> {
        let port = self.free_port()?;
        let socket = self.sockets.get_mut::<tcp::Socket<'_>>(handle);
        socket.set_timeout(Some(CONNECT_TIMEOUT));
        let IpAddr::V4(ip) = remote.ip() else { return Err(Error::Unaddressable) };
        socket.connect(self.interface.context(), (ip, remote.port()), port).map_err(|_| Error::Unaddressable)
    }

    /// Closes whatever waits for connections to `port`.
    fn stop_listening(&mut self, port: u16) {
        for index in 0..SOCKETS {
            if let Some(&Slot { handle, .. }) = self.slots.get(index).filter(|slot| slot.listens_on(port)) {
                self.tcp(handle).abort();
                self.set_usage(handle, Usage::Closing(self.now + CLOSE_TIMEOUT));
            }
        }
    }
}

impl<D: Device, const SOCKETS: usize> Network for Stack<'_, D, SOCKETS> {
    fn poll(&mut self, now: Instant) {
        self.now = now;
        let Self { device, interface, sockets, .. } = self;
        let now = moment(now);
        for _ in 0..PACKETS_PER_POLL {
            if let PollIngressSingleResult::None = interface.poll_ingress_single(now, device, sockets) {
                break;
            }
        }
        interface.poll_egress(now, device, sockets);
        self.reclaim();
        self.keep_listening();
    }

    fn deadline(&mut self) -> Option<Instant> {
        let polled = self.interface.poll_at(moment(self.now), &self.sockets);
        // Rounded up, or whoever waits would wake up too early, and again, and again.
        let polled =
            polled.map(|at| Instant::from_millis(at.total_micros().max(0).cast_unsigned().div_ceil(1000)));
        self.slots.iter().map(Slot::closing).fold(polled, earliest)
    }

    fn is_quiet(&self) -> bool {
        !self.slots.iter().any(|slot| slot.closing().is_some())
    }
}

impl<D: Device, const SOCKETS: usize> TcpClientStack for Stack<'_, D, SOCKETS> {
    type TcpSocket = Socket;
    type Error = Error;

    fn socket(&mut self) -> Result<Socket, Error> {
        self.take(Usage::Open).map(|handle| Socket(Kind::Opened(handle)))
    }

    fn connect(&mut self, socket: &mut Socket, remote: SocketAddr) -> nb::Result<(), Error> {
        match socket.0 {
            Kind::Opened(handle) => {
                self.start_connecting(handle, remote)?;
                socket.0 = Kind::Connecting(handle);
                Err(nb::Error::WouldBlock)
            }
            Kind::Connecting(handle) => match self.state(handle) {
                State::SynSent | State::SynReceived => Err(nb::Error::WouldBlock),
                State::Closed => {
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
                self.set_usage(handle, Usage::Closing(self.now + CLOSE_TIMEOUT));
            }
            Kind::Listener(port) => self.stop_listening(port),
        }
        Ok(())
    }
}

impl<D: Device, const SOCKETS: usize> TcpFullStack for Stack<'_, D, SOCKETS> {
    /// Port 0 is one that the stack picks.
    fn bind(&mut self, socket: &mut Socket, local_port: u16) -> Result<(), Error> {
        let Kind::Opened(handle) = socket.0 else { return Err(Error::State) };
        let port = match local_port {
            0 => self.free_port()?,
            port if self.is_used(port) => return Err(Error::PortInUse),
            port => port,
        };
        socket.0 = Kind::Bound(handle, port);
        Ok(())
    }

    fn listen(&mut self, socket: &mut Socket) -> Result<(), Error> {
        let Kind::Bound(handle, port) = socket.0 else { return Err(Error::State) };
        if self.slots.iter().any(|slot| slot.listens_on(port)) {
            return Err(Error::PortInUse);
        }
        self.set_usage(handle, Usage::Listening(port));
        self.listen_with(handle, port);
        self.keep_listening();
        socket.0 = Kind::Listener(port);
        Ok(())
    }

    /// While no socket is left that could go on listening, the connection waits, and
    /// [`Error::Exhausted`] says so.
    fn accept(&mut self, socket: &mut Socket) -> nb::Result<(Socket, SocketAddr), Error> {
        let Kind::Listener(port) = socket.0 else { return Err(Error::State.into()) };
        let waiting = self.slots.iter().filter(|slot| slot.listens_on(port)).find_map(|slot| {
            let socket = self.sockets.get::<tcp::Socket<'_>>(slot.handle);
            let arrived = matches!(socket.state(), State::Established | State::CloseWait);
            socket.remote_endpoint().filter(|_| arrived).map(|remote| (slot.handle, remote))
        });
        let (handle, remote) = waiting.ok_or(nb::Error::WouldBlock)?;
        let others = self.slots.iter().filter(|slot| slot.listens_on(port)).count() > 1;
        if !others && self.is_exhausted() {
            return Err(Error::Exhausted.into());
        }
        self.set_usage(handle, Usage::Open);
        if !others {
            let next = self.take(Usage::Listening(port))?;
            self.listen_with(next, port);
        }
        self.tcp(handle).set_timeout(None);
        Ok((Socket(Kind::Connected(handle)), SocketAddr::new(remote.addr.into(), remote.port)))
    }
}

impl Socket {
    /// The port it is bound to, if it is.
    pub fn local_port(&self) -> Option<u16> {
        match self.0 {
            Kind::Bound(_, port) | Kind::Listener(port) => Some(port),
            Kind::Opened(_) | Kind::Connecting(_) | Kind::Connected(_) => None,
        }
    }
}

fn moment(now: Instant) -> smoltcp::time::Instant {
    smoltcp::time::Instant::from_millis(i64::try_from(now.as_millis()).unwrap_or(i64::MAX))
}
