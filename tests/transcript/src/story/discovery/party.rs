//! Two nodes on the network.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use core::num::{NonZeroU16, NonZeroU32};

use embedded_io::Write;
use p2pm_core::discovery::{
    Announced, Arrival, Discovery, Event, Inline, Interface, InterfaceId, LocalPort, Outgoing, Reach, Rows,
    Setup, Subnet, Uuid,
};
use p2pm_core::limits::{BROADCAST_PORT, SSDP_PORT};
use p2pm_core::time::Instant;

use super::super::{Log, Random};

const INTERFACE: InterfaceId = InterfaceId(NonZeroU32::MIN);
/// Port that nobody else on the host has.
const OWN_PORT: u16 = 50_000;
const NODE_PORT: NonZeroU16 = NonZeroU16::MIN.saturating_add(7775);
const PREFIX_LEN: u8 = 24;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    Ann = 1,
    Bob = 2,
}

/// A node.
pub(super) struct Party {
    who: Who,
    pub(super) discovery: Discovery<Inline<1, 8, 8, 8>>,
    ipv4: Ipv4Addr,
    ipv6: Ipv6Addr,
}

impl Party {
    /// A node that is on no network yet.
    pub(super) fn new(who: Who, random: &mut Random) -> Self {
        let announced = Some(Announced { node: NODE_PORT, description: NODE_PORT });
        let setup = Setup { id: Uuid::from_random(random.bytes()), announced, seed: random.number() };
        let discovery = Discovery::new(setup, Rows::default());
        Self {
            who,
            discovery,
            ipv4: ipv4(who as u8),
            ipv6: Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, who as u16),
        }
    }

    /// Is on the network, at the address with this number.
    pub(super) fn attach(&mut self, now: Instant, number: u8) {
        self.ipv4 = ipv4(number);
        let addresses = Interface {
            ipv4: Subnet::<Ipv4Addr>::new(self.ipv4, PREFIX_LEN),
            link_local: Subnet::link_local(self.ipv6),
            ..Interface::default()
        };
        self.discovery.handle_interface(now, INTERFACE, Some(addresses));
    }

    pub(super) fn address(&self) -> IpAddr {
        self.ipv4.into()
    }

    /// Where a datagram of this node comes from.
    pub(super) fn source(&self, outgoing: &Outgoing) -> SocketAddr {
        let ip = if outgoing.to.is_ipv4() { self.ipv4.into() } else { self.ipv6.into() };
        let port = match outgoing.port {
            LocalPort::Shared => SSDP_PORT,
            LocalPort::Searching => OWN_PORT,
            LocalPort::Broadcast => BROADCAST_PORT,
        };
        SocketAddr::new(ip, port)
    }

    /// How a datagram to this address comes to this node, if it does.
    fn reach(&self, to: IpAddr) -> Option<Reach> {
        match to {
            to if to.is_multicast() => Some(Reach::Group),
            IpAddr::V4(to) if to == ipv4(u8::MAX) => Some(Reach::Broadcast),
            to => (to == self.ipv4 || to == self.ipv6).then_some(Reach::Unicast),
        }
    }

    /// Hears a datagram, if it is for this node, and tells what has come of it.
    pub(super) fn hear<W: Write>(
        &mut self,
        now: Instant,
        (from, to): (SocketAddr, IpAddr),
        datagram: &[u8],
        log: &mut Log<'_, W>,
    ) {
        let Some(reach) = self.reach(to) else { return };
        let arrival = Arrival { interface: INTERFACE, from, reach };
        log.tell(self.who, self.discovery.handle_datagram(now, &arrival, datagram));
        self.tell(log);
    }

    /// Tells what has happened.
    pub(super) fn tell<W: Write>(&mut self, log: &mut Log<'_, W>) {
        while let Some(event) = self.discovery.poll_event() {
            let (Event::Found(node) | Event::Gone(node)) = event;
            log.tell(self.who, (event, self.discovery.waits_for(&node)));
        }
    }

    /// Searches for a node on one host.
    pub(super) fn search_host(&self, host: IpAddr, buffer: &mut [u8]) -> Option<Outgoing> {
        self.discovery.search_host(INTERFACE, host, buffer)
    }
}

/// The address with this number.
pub(super) fn ipv4(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(192, 0, 2, number)
}
