//! The stack: sockets of smoltcp and their use.

use core::time::Duration;

use p2pm_core::time::{Instant, earliest};
use smoltcp::iface::{
    Config, Interface, PollIngressSingleResult, PollResult, SocketHandle, SocketSet, SocketStorage,
};
use smoltcp::phy::Device;
use smoltcp::socket::tcp::{self, State};
use smoltcp::wire::{IpCidr, Ipv4Address, Ipv4Cidr};

use super::clock;
use super::guard::{Guard, Segment, put_right};
#[cfg(feature = "dhcp")]
use super::lease::{Lease, Leased};
use super::slot::{Slot, Usage};
use super::{Address, Error, Memory, Protocol};
use crate::app::Network;

/// Default number of sockets that listen on one port while there are free ones; see [`Stack::set_backlog`].
/// Each takes one connection until it is [accepted](embedded_nal::TcpFullStack::accept); a further one is
/// refused.
pub const BACKLOG: usize = 4;

/// Time limit for a half-open TCP connection, and for silence on one that is not accepted yet: both hold a
/// socket.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// Time limit for a closed socket's last bytes, until the peer has them and has closed too. A network that
/// loses one packet in five needs that long. It does not apply to a socket that is needed, or to a device
/// that ends: see [`Network::close_by`].
pub const CLOSE_TIMEOUT: Duration = Duration::from_secs(30);

/// Packets processed in one poll, and packets of each socket that are sent.
const PACKETS_PER_POLL: usize = 64;

/// First port for outgoing connections (RFC 6335 §6).
const FIRST_DYNAMIC_PORT: u16 = 49_152;

/// TCP over IPv4 over Ethernet, with `SOCKETS` sockets, and `B` beside it. Packets are processed only in [`Network::poll`].
pub struct Stack<'m, D: Device, const SOCKETS: usize, B = ()> {
    pub(super) device: D,
    pub(super) beside: B,
    interface: Interface,
    sockets: SocketSet<'m>,
    pub(super) slots: [Slot; SOCKETS],
    /// Segment with which the peer of each socket has finished, if it has.
    finished: [Option<Segment>; SOCKETS],
    #[cfg(feature = "dhcp")]
    lease: Option<Lease>,
    backlog: usize,
    last_port: u16,
    pub(super) now: Instant,
}

impl<'m, D: Device, const SOCKETS: usize> Stack<'m, D, SOCKETS> {
    /// A stack on `device`, with nothing beside TCP: see [`Stack::with`].
    ///
    /// # Panics
    ///
    /// If the address [is not one of a host](Address::is_of_a_host), or `storage` is for fewer than `SOCKETS`.
    pub fn new<const BUFFER: usize>(
        device: D,
        address: Address,
        seed: u64,
        now: Instant,
        storage: &'m mut [SocketStorage<'m>],
        memory: &'m mut Memory<SOCKETS, BUFFER>,
    ) -> Self {
        Self::with((), device, address, seed, now, storage, memory)
    }
}

impl<'m, D: Device, const SOCKETS: usize, B: Protocol> Stack<'m, D, SOCKETS, B> {
    /// A stack on `device`, with `beside` beside TCP. The `seed` must be random: it makes sequence numbers, and the first
    /// port of outgoing connections, hard to guess; further ports follow one by one. Without an address it asks for one, with
    /// the feature `dhcp`: then there is one more socket in `storage`.
    ///
    /// # Panics
    ///
    /// If the address [is not one of a host](Address::is_of_a_host), or `storage` is for fewer than `SOCKETS`.
    pub fn with<const BUFFER: usize>(
        beside: B,
        mut device: D,
        address: Address,
        seed: u64,
        now: Instant,
        storage: &'m mut [SocketStorage<'m>],
        memory: &'m mut Memory<SOCKETS, BUFFER>,
    ) -> Self {
        let mut config = Config::new(address.hardware.into());
        config.random_seed = seed;
        let mut interface = Interface::new(config, &mut device, clock::to_smoltcp(now));
        // There is always room for one address and one route.
        interface.update_ip_addrs(|addresses| _ = address.ip.map(|ip| addresses.push(ip.into())));
        if let Some(gateway) = address.gateway {
            _ = interface.routes_mut().add_default_ipv4_route(gateway);
        }
        let mut sockets = SocketSet::new(storage);
        let slots = memory.buffers.each_mut().map(|buffers| {
            let receive = tcp::SocketBuffer::new(buffers.receive.as_mut_slice());
            let transmit = tcp::SocketBuffer::new(buffers.transmit.as_mut_slice());
            let mut socket = tcp::Socket::new(receive, transmit);
            // Frames are handed over whole, so Nagle's algorithm would only delay them.
            socket.set_nagle_enabled(false);
            Slot { handle: sockets.add(socket), usage: Usage::Free }
        });
        #[allow(clippy::cast_possible_truncation, reason = "any of its bits will do")]
        let last_port = FIRST_DYNAMIC_PORT | seed as u16;
        Self {
            device,
            beside,
            interface,
            slots,
            finished: [None; SOCKETS],
            #[cfg(feature = "dhcp")]
            lease: address.ip.is_none().then(|| Lease::new(&mut sockets)),
            sockets,
            backlog: BACKLOG,
            last_port,
            now,
        }
    }

    /// Sets the number of sockets that listen on one port, instead of [`BACKLOG`]. With few sockets in all,
    /// more would leave none for outgoing connections.
    pub fn set_backlog(&mut self, backlog: usize) {
        self.backlog = backlog;
    }

    /// The device has another address and gateway, or none. Connections from the old address are not ended: nothing comes
    /// back on them.
    pub fn readdress(&mut self, ip: Option<Ipv4Cidr>, gateway: Option<Ipv4Address>) {
        self.interface.update_ip_addrs(|addresses| {
            addresses.clear();
            // There is always room for one address and one route.
            _ = ip.map(|ip| addresses.push(ip.into()));
        });
        self.interface.routes_mut().remove_default_ipv4_route();
        if let Some(gateway) = gateway {
            _ = self.interface.routes_mut().add_default_ipv4_route(gateway);
        }
        self.beside.readdress(self.now, ip);
    }

    /// Its address, as long as it has one.
    pub fn address(&self) -> Option<Ipv4Cidr> {
        self.interface.ip_addrs().iter().find_map(|cidr| match cidr {
            IpCidr::Ipv4(cidr) => Some(*cidr),
            #[allow(unreachable_patterns, reason = "other features of smoltcp have other kinds")]
            _ => None,
        })
    }

    #[cfg(feature = "dhcp")]
    fn follow_lease(&mut self) {
        let change = self.lease.as_ref().and_then(|lease| lease.poll(&mut self.sockets));
        if let Some(Leased { ip, gateway }) = change {
            self.readdress(ip, gateway);
        }
    }

    /// The device.
    pub fn device(&self) -> &D {
        &self.device
    }

    /// Number of sockets that are not in use and have nothing to send.
    pub fn free_sockets(&self) -> usize {
        self.slots.iter().filter(|slot| slot.is_free()).count()
    }

    pub(super) fn tcp(&mut self, handle: SocketHandle) -> &mut tcp::Socket<'m> {
        self.sockets.get_mut(handle)
    }

    pub(super) fn peek(&self, handle: SocketHandle) -> &tcp::Socket<'m> {
        self.sockets.get(handle)
    }

    /// A socket to connect with, and the interface that it needs.
    pub(super) fn connecting(&mut self, handle: SocketHandle) -> (&mut tcp::Socket<'m>, &mut Interface) {
        (self.sockets.get_mut(handle), &mut self.interface)
    }

    /// Takes a socket for a new use: a free one, else the one that has been closing the longest.
    pub(super) fn take(&mut self, usage: Usage) -> Result<SocketHandle, Error> {
        let free = self.slots.iter().position(Slot::is_free);
        let index = free.or_else(|| self.cut_short()).ok_or(Error::Exhausted)?;
        let slot = self.slots.get_mut(index).ok_or(Error::Exhausted)?;
        slot.usage = usage;
        Ok(slot.handle)
    }

    /// Resets the socket that has been closing the longest. The reset is sent before the peer's address is
    /// forgotten.
    fn cut_short(&mut self) -> Option<usize> {
        let closing = self.slots.iter().enumerate().filter_map(|(i, slot)| Some((slot.closing()?, i)));
        let (_, index) = closing.min()?;
        let handle = self.slots.get(index)?.handle;
        self.tcp(handle).abort();
        self.interface.poll_egress(clock::to_smoltcp(self.now), &mut self.device, &mut self.sockets);
        Some(index)
    }

    pub(super) fn set_usage(&mut self, handle: SocketHandle, usage: Usage) {
        if let Some(slot) = self.slots.iter_mut().find(|slot| slot.handle == handle) {
            slot.usage = usage;
        }
    }

    /// Frees sockets that have closed. One whose time is over is reset; if even the reset cannot be sent,
    /// because the peer's Ethernet address is unknown, it is forgotten.
    fn reclaim(&mut self) {
        for slot in &mut self.slots {
            let Some(deadline) = slot.closing() else { continue };
            let socket = self.sockets.get_mut::<tcp::Socket<'_>>(slot.handle);
            let is_due = self.now >= deadline;
            match socket.state() {
                // In TIME-WAIT it only repeats its last acknowledgement, and counts as closed.
                State::TimeWait => slot.usage = Usage::Free,
                State::Closed if is_due || socket.remote_endpoint().is_none() => {
                    forget(socket);
                    slot.usage = Usage::Free;
                }
                State::Closed => {}
                _ if is_due => socket.abort(),
                _ => {}
            }
        }
    }

    /// Restarts listening sockets whose peers gave up before they were accepted, and adds free sockets up to
    /// the backlog.
    pub(super) fn keep_listening(&mut self) {
        for index in 0..SOCKETS {
            let Some(&Slot { handle, usage: Usage::Listening(port) }) = self.slots.get(index) else {
                continue;
            };
            if !self.peek(handle).is_open() {
                self.listen_with(handle, port);
            }
            let is_short = self.listeners(port) < self.backlog;
            if is_short
                && self.slots.iter().any(Slot::is_free)
                && let Ok(handle) = self.take(Usage::Listening(port))
            {
                self.listen_with(handle, port);
            }
        }
    }

    /// Number of sockets that listen on `port` or hold a connection to it.
    pub(super) fn listeners(&self, port: u16) -> usize {
        self.slots.iter().filter(|slot| slot.listens_on(port)).count()
    }

    /// Listens with a closed socket on a `port` other than 0, which cannot fail.
    pub(super) fn listen_with(&mut self, handle: SocketHandle, port: u16) {
        let socket = self.tcp(handle);
        socket.set_timeout(Some(clock::span(ANSWER_TIMEOUT)));
        _ = socket.listen(port);
    }

    /// The next port that no socket uses.
    pub(super) fn free_port(&mut self) -> Result<u16, Error> {
        for _ in FIRST_DYNAMIC_PORT..=u16::MAX {
            self.last_port = self.last_port.wrapping_add(1).max(FIRST_DYNAMIC_PORT);
            let is_used = self.slots.iter().any(|slot| {
                let local = self.peek(slot.handle).local_endpoint();
                slot.holds(self.last_port) || local.is_some_and(|local| local.port == self.last_port)
            });
            if !is_used {
                return Ok(self.last_port);
            }
        }
        Err(Error::PortInUse)
    }
}

impl<D: Device, const SOCKETS: usize, B: Protocol> Network for Stack<'_, D, SOCKETS, B> {
    fn poll(&mut self, now: Instant) {
        self.now = now;
        for _ in 0..PACKETS_PER_POLL {
            let hear = |frame: &[u8]| self.beside.hear(now, frame);
            let mut guard = Guard::new(&mut self.device, &self.finished, hear);
            let taken =
                self.interface.poll_ingress_single(clock::to_smoltcp(now), &mut guard, &mut self.sockets);
            if let PollIngressSingleResult::None = taken {
                break;
            }
            let Some(segment) = guard.segment else { continue };
            for (slot, finished) in self.slots.iter().zip(&mut self.finished) {
                put_right(self.sockets.get_mut(slot.handle), segment, finished);
            }
        }
        // Each time one packet of each socket.
        for _ in 0..PACKETS_PER_POLL {
            let sent =
                self.interface.poll_egress(clock::to_smoltcp(now), &mut self.device, &mut self.sockets);
            if let PollResult::None = sent {
                break;
            }
        }
        #[cfg(feature = "dhcp")]
        self.follow_lease();
        self.beside.poll(now, &mut self.device);
        self.reclaim();
        self.keep_listening();
    }

    fn deadline(&mut self) -> Option<Instant> {
        let polled = self.interface.poll_at(clock::to_smoltcp(self.now), &self.sockets);
        let polled = earliest(polled.map(clock::from_smoltcp), self.beside.deadline());
        self.slots.iter().map(Slot::closing).fold(polled, earliest)
    }

    #[inline(never)] // called by each role, which should not have a copy each
    fn close_by(&mut self, deadline: Instant) {
        self.slots.iter_mut().for_each(|slot| slot.close_by(deadline));
    }

    fn is_quiet(&self) -> bool {
        !self.slots.iter().any(|slot| slot.closing().is_some())
    }
}

/// Makes a closed socket forget its peer. In smoltcp only a new start does that.
pub(super) fn forget(socket: &mut tcp::Socket<'_>) {
    _ = socket.listen(FIRST_DYNAMIC_PORT);
    socket.close();
}
