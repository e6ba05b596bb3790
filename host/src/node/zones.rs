//! Interfaces of IPv6 link-local addresses as they were named: an [`Endpoint`](p2pm_core::wire::Endpoint) has no room for one.

use std::collections::VecDeque;
use std::net::{Ipv6Addr, SocketAddr};

/// Most addresses of which it is known. The one that was named first is forgotten first.
const ZONES_MAX: usize = 64;

/// The interfaces, by number.
#[derive(Debug, Default)]
pub(super) struct Zones(VecDeque<(Ipv6Addr, u32)>);

impl Zones {
    /// Takes the interface from an address that has one.
    pub(super) fn learn(&mut self, address: SocketAddr) {
        let SocketAddr::V6(address) = address else { return };
        if address.scope_id() == 0 {
            return;
        }
        self.0.retain(|(ip, _)| ip != address.ip());
        if self.0.len() == ZONES_MAX {
            self.0.pop_front();
        }
        self.0.push_back((*address.ip(), address.scope_id()));
    }

    /// The interface of an address.
    pub(super) fn of(&self, ip: Ipv6Addr) -> Option<u32> {
        self.0.iter().find(|(known, _)| *known == ip).map(|(_, scope)| *scope)
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddrV6;

    use super::*;

    fn ip(number: u16) -> Ipv6Addr {
        Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, number)
    }

    #[test]
    fn the_last_ones_that_were_named_are_known() {
        let mut zones = Zones::default();
        let mut learn = |number, scope| zones.learn(SocketAddrV6::new(ip(number), 7776, 0, scope).into());
        for number in 0..=ZONES_MAX {
            learn(u16::try_from(number).unwrap(), 2);
        }
        learn(1, 3);
        learn(2, 0);
        assert_eq!((zones.of(ip(0)), zones.of(ip(1)), zones.of(ip(2))), (None, Some(3), Some(2)));
        assert_eq!(zones.0.len(), ZONES_MAX);
    }
}
