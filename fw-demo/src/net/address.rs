//! Addresses of a device.

use smoltcp::wire::{EthernetAddress, Ipv4Address, Ipv4Cidr};

/// Addresses of a stack.
#[derive(Clone, Copy, Debug)]
pub struct Address {
    /// Ethernet address.
    pub hardware: EthernetAddress,
    /// IPv4 address, with the length of the network's prefix; `None` if it is to be asked for.
    pub ip: Option<Ipv4Cidr>,
    /// Default gateway.
    pub gateway: Option<Ipv4Address>,
}

impl Address {
    /// Ethernet address derived from an IPv4 address, locally administered (IEEE 802).
    pub fn local_hardware(ip: Ipv4Address) -> EthernetAddress {
        let [a, b, c, d] = ip.octets();
        EthernetAddress([0x02, 0, a, b, c, d])
    }

    /// Whether all of them are unicast addresses of one host.
    pub fn is_of_a_host(&self) -> bool {
        self.hardware.is_unicast() && self.ip.is_none_or(is_host)
    }

    /// Whether the gateway, if there is one, is another host in our network.
    pub fn has_gateway_in_reach(&self) -> bool {
        self.gateway.is_none_or(|gateway| {
            self.ip.is_some_and(|ip| {
                let is_host = is_host(Ipv4Cidr::new(gateway, ip.prefix_len()));
                is_host && gateway != ip.address() && ip.contains_addr(&gateway)
            })
        })
    }
}

/// Whether a host of the network can have the address.
fn is_host(cidr: Ipv4Cidr) -> bool {
    let address = cidr.address();
    Some(address) != cidr.broadcast()
        && (address != cidr.network().address() || cidr.prefix_len() >= 31)
        && !(address.is_unspecified()
            || address.is_broadcast()
            || address.is_multicast()
            || address.is_loopback())
}
