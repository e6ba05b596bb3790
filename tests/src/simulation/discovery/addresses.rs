//! Hosts, and their addresses on each segment.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU32;

use p2pm_core::discovery::{Interface, InterfaceId, Subnet};

use super::network::Network;
use crate::random::Random;

/// Last part of the addresses on a segment that are nobody's, from this on.
const NOBODY: u16 = 200;

/// A machine with one node or two.
pub struct Host {
    index: usize,
    pub nodes: usize,
    /// Its interface on each segment; `None` where there is none at the moment.
    pub interfaces: Vec<Option<Interface>>,
    /// Segments that it never has an interface on.
    absent: Vec<bool>,
}

/// Hosts for that many nodes.
pub fn hosts(nodes: usize, segments: usize, network: &mut Network, random: &mut Random) -> Vec<Host> {
    let (mut hosts, mut left) = (Vec::new(), nodes);
    while left > 0 {
        let nodes = left.min(if random.chance(20) { 2 } else { 1 });
        left -= nodes;
        let home = random.between(0..=segments - 1);
        let absent = (0..segments).map(|segment| segment != home && random.chance(35)).collect();
        let mut host = Host { index: hosts.len(), nodes, interfaces: vec![None; segments], absent };
        for segment in 0..segments {
            host.readdress(segment, network, random);
        }
        hosts.push(host);
    }
    hosts
}

impl Host {
    /// Its number of an interface, which is another one than that of its neighbours.
    pub fn interface_id(&self, segment: usize) -> InterfaceId {
        let number = (segment + self.index) % self.interfaces.len() + 1;
        InterfaceId(NonZeroU32::new(u32::try_from(number).expect("few segments")).expect("it is not 0"))
    }

    pub fn segment_of(&self, id: InterfaceId) -> usize {
        let segments = 0..self.interfaces.len();
        segments.into_iter().find(|segment| self.interface_id(*segment) == id).expect("an interface")
    }

    pub fn interface(&self, id: InterfaceId) -> Option<Interface> {
        self.interfaces[self.segment_of(id)]
    }

    /// Gives it an interface there with new addresses, unless it never has one.
    pub fn readdress(&mut self, segment: usize, network: &mut Network, random: &mut Random) {
        if self.absent[segment] {
            return;
        }
        let number = network.next_number(segment);
        let has_ipv4 = random.chance(75);
        let has_ipv6 = !has_ipv4 || random.chance(60);
        let own = u16::try_from(self.index).expect("few hosts") + 1;
        self.interfaces[segment] = Some(Interface {
            ipv4: Subnet::<Ipv4Addr>::new(ipv4(segment, number), 16).filter(|_| has_ipv4),
            link_local: Subnet::link_local(link_local(own)).filter(|_| has_ipv6),
            ipv6: Subnet::<Ipv6Addr>::new(ipv6(segment, number), 64)
                .filter(|_| has_ipv6 && random.chance(50)),
            ..Interface::default()
        });
    }
}

/// An address of this segment.
pub fn ipv4(segment: usize, number: u16) -> Ipv4Addr {
    let [high, low] = number.to_be_bytes();
    Ipv4Addr::new(10, u8::try_from(segment).expect("few segments"), high, low)
}

fn ipv6(segment: usize, number: u16) -> Ipv6Addr {
    let segment = u16::try_from(segment).expect("few segments");
    Ipv6Addr::new(0x2001, 0xdb8, 0, segment, 0, 0, 0, number)
}

fn link_local(number: u16) -> Ipv6Addr {
    Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, number)
}

/// One of 40 addresses on this segment that no host has.
pub fn nobody(segment: usize, random: &mut Random) -> IpAddr {
    let number = NOBODY + u16::try_from(random.between(0..=39)).expect("few");
    match random.between(0..=2) {
        0 => ipv6(segment, number).into(),
        1 => link_local(number).into(),
        _ => ipv4(segment, number).into(),
    }
}

/// An address that is no host's on this segment: of another network, of no host, or of many.
pub fn off_link(segment: usize, random: &mut Random) -> IpAddr {
    match random.between(0..=5) {
        0 => Ipv4Addr::new(198, 51, 100, 7).into(),
        1 => ipv4(segment, 0).into(),
        2 => ipv4(segment, u16::MAX).into(),
        3 => Ipv4Addr::new(239, 255, 255, 250).into(),
        4 => ipv6(segment + 10, 7).into(),
        _ => Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0xc).into(),
    }
}

/// Whether this is the address of a host on the link of the interface: the model of what the node decides.
pub fn is_on_link(interface: &Interface, ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => interface.ipv4.is_some_and(|ours| {
            let [_, _, high, low] = ip.octets();
            ours.address().octets()[..2] == ip.octets()[..2] && ![[0; 2], [255; 2]].contains(&[high, low])
        }),
        IpAddr::V6(ip) => {
            let ours = [interface.link_local, interface.ipv6].into_iter().flatten();
            !ip.is_multicast()
                && ours.into_iter().any(|it| it.address().segments()[..4] == ip.segments()[..4])
        }
    }
}

/// The address from which an interface sends there.
pub fn source(interface: &Interface, to: IpAddr) -> IpAddr {
    match to {
        IpAddr::V4(_) => interface.ipv4.expect("an IPv4 address").address().into(),
        IpAddr::V6(ip) if ip.is_multicast() || ip.is_unicast_link_local() => {
            interface.link_local.expect("a link-local address").address().into()
        }
        IpAddr::V6(_) => interface.ipv6.expect("a wider address").address().into(),
    }
}

/// Whether an interface has this address.
pub fn has(interface: &Interface, ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => interface.ipv4.is_some_and(|it| it.address() == ip),
        IpAddr::V6(ip) => {
            let ours = [interface.link_local, interface.ipv6].into_iter().flatten();
            ours.into_iter().any(|it| it.address() == ip)
        }
    }
}
