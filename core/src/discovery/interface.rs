//! Network interfaces, and which addresses are on their links.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::num::NonZeroU32;

use crate::limits::FURTHER_SUBNETS_MAX;

/// Number of a network interface, as the operating system counts them: its index, which is also the scope of a
/// link-local address. A device with one interface calls it 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct InterfaceId(pub NonZeroU32);

/// An address of this host, and how many of its bits all addresses on the link have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subnet<A> {
    address: A,
    prefix_len: u8,
}

/// Addresses of a network interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interface {
    /// An IPv4 address, to which broadcasts go as well.
    pub ipv4: Option<Subnet<Ipv4Addr>>,
    /// The link-local IPv6 address, from which is announced: a [`Subnet::LINK_LOCAL_LEN`] prefix.
    pub link_local: Option<Subnet<Ipv6Addr>>,
    /// A wider IPv6 address: who searches from one is answered with it.
    pub ipv6: Option<Subnet<Ipv6Addr>>,
    /// IPv4 addresses in further subnets of the same link. Whoever is there is heard and answered, and may be dialled; what is
    /// for everybody comes from the first address alone.
    pub further_ipv4: [Option<Subnet<Ipv4Addr>>; FURTHER_SUBNETS_MAX],
    /// The same with wider IPv6 addresses.
    pub further_ipv6: [Option<Subnet<Ipv6Addr>>; FURTHER_SUBNETS_MAX],
}

impl Subnet<Ipv4Addr> {
    /// `None` if the prefix has more than 32 bits, or the address is not that of one host.
    pub fn new(address: Ipv4Addr, prefix_len: u8) -> Option<Self> {
        let is_host = !address.is_unspecified() && !address.is_multicast() && !address.is_broadcast();
        (is_host && prefix_len <= 32).then_some(Self { address, prefix_len })
    }

    fn mask(self) -> u32 {
        u32::MAX.checked_shl(32_u32.saturating_sub(self.prefix_len.into())).unwrap_or(0)
    }

    /// The address that stands for all hosts; `None` for a link of two hosts or one (RFC 3021).
    pub fn broadcast(self) -> Option<Ipv4Addr> {
        let address = Ipv4Addr::from_bits(self.address.to_bits() | !self.mask());
        (self.prefix_len <= 30 && !address.is_multicast()).then_some(address)
    }

    /// Whether this is the address of one host on the link.
    fn has_host(self, ip: Ipv4Addr) -> bool {
        let [ours, theirs] = [self.address, ip].map(Ipv4Addr::to_bits);
        let host = theirs & !self.mask();
        let is_host = self.prefix_len > 30 || (host != 0 && host != !self.mask());
        (ours ^ theirs) & self.mask() == 0 && is_host && !ip.is_multicast() && !ip.is_unspecified()
    }
}

impl Subnet<Ipv6Addr> {
    /// Length of the prefix of link-local addresses (RFC 4291 §2.5.6).
    pub const LINK_LOCAL_LEN: u8 = 64;

    /// `None` if the prefix has more than 128 bits, or the address is not that of one host.
    pub fn new(address: Ipv6Addr, prefix_len: u8) -> Option<Self> {
        let is_host = !address.is_unspecified() && !address.is_multicast();
        (is_host && prefix_len <= 128).then_some(Self { address, prefix_len })
    }

    /// A link-local address; `None` if it is another one.
    pub fn link_local(address: Ipv6Addr) -> Option<Self> {
        let is_link_local = address.is_unicast_link_local();
        is_link_local.then_some(Self { address, prefix_len: Self::LINK_LOCAL_LEN })
    }

    fn has_host(self, ip: Ipv6Addr) -> bool {
        let mask = u128::MAX.checked_shl(128_u32.saturating_sub(self.prefix_len.into())).unwrap_or(0);
        let [ours, theirs] = [self.address, ip].map(Ipv6Addr::to_bits);
        (ours ^ theirs) & mask == 0 && !ip.is_multicast() && !ip.is_unspecified()
    }
}

impl<A: Copy> Subnet<A> {
    /// Our address.
    pub fn address(self) -> A {
        self.address
    }
}

impl Interface {
    /// What is used of these addresses, each with the length of its prefix in bits: the first one of each kind, and one in
    /// each further subnet, as far as there is room.
    pub fn of_addresses(addresses: impl IntoIterator<Item = (IpAddr, u8)>) -> Self {
        let mut interface = Self::default();
        for (ip, prefix_len) in addresses {
            interface.add(ip, prefix_len);
        }
        interface
    }

    fn add(&mut self, ip: IpAddr, prefix_len: u8) {
        if self.address_towards(ip).is_some() {
            return;
        }
        match ip {
            IpAddr::V4(ip) => {
                let subnet = Subnet::<Ipv4Addr>::new(ip, prefix_len);
                put(subnet, [&mut self.ipv4].into_iter().chain(&mut self.further_ipv4));
            }
            IpAddr::V6(ip) if ip.is_unicast_link_local() => {
                put(Subnet::link_local(ip), [&mut self.link_local]);
            }
            IpAddr::V6(ip) => {
                let subnet = Subnet::<Ipv6Addr>::new(ip, prefix_len);
                put(subnet, [&mut self.ipv6].into_iter().chain(&mut self.further_ipv6));
            }
        }
    }

    /// Our address on the same subnet as this host; `None` if the host is not on the link.
    pub(super) fn address_towards(&self, host: IpAddr) -> Option<IpAddr> {
        match host {
            IpAddr::V4(ip) => {
                let subnets = [self.ipv4].into_iter().chain(self.further_ipv4);
                let subnet = subnets.flatten().find(|subnet| subnet.has_host(ip))?;
                Some(subnet.address.into())
            }
            IpAddr::V6(ip) => {
                let subnets = [self.link_local, self.ipv6].into_iter().chain(self.further_ipv6);
                let subnet = subnets.flatten().find(|subnet| subnet.has_host(ip))?;
                Some(subnet.address.into())
            }
        }
    }
}

/// Puts a subnet into the first of these places that is free.
fn put<'p, A: 'p>(subnet: Option<Subnet<A>>, places: impl IntoIterator<Item = &'p mut Option<Subnet<A>>>) {
    if let Some(place) = places.into_iter().find(|place| place.is_none()) {
        *place = subnet;
    }
}
