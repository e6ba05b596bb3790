//! Who a device is on its network.

use smoltcp::wire::{EthernetAddress, Ipv4Address, Ipv4Cidr};

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

impl Address {
    /// A hardware address for whoever has this address on the network: one that no manufacturer has given to
    /// anything (IEEE 802, locally administered).
    pub fn local_hardware(ip: Ipv4Address) -> EthernetAddress {
        let [a, b, c, d] = ip.octets();
        EthernetAddress([0x02, 0, a, b, c, d])
    }

    /// Whether one host can have it: no broadcast or multicast address, neither on the link nor on the network.
    pub fn is_of_a_host(&self) -> bool {
        self.hardware.is_unicast() && is_host(self.ip)
    }

    /// Whether the gateway, if there is one, is another host in our own network.
    pub fn has_gateway_in_reach(&self) -> bool {
        self.gateway.is_none_or(|gateway| {
            let is_host = is_host(Ipv4Cidr::new(gateway, self.ip.prefix_len()));
            is_host && gateway != self.ip.address() && self.ip.contains_addr(&gateway)
        })
    }
}

/// Whether one host of the network can have the address.
fn is_host(cidr: Ipv4Cidr) -> bool {
    let address = cidr.address();
    Some(address) != cidr.broadcast()
        && (address != cidr.network().address() || cidr.prefix_len() >= 31)
        && !(address.is_unspecified()
            || address.is_broadcast()
            || address.is_multicast()
            || address.is_loopback())
}
