//! Network of an address: the unit to which guesses and connections are attributed.

use core::net::IpAddr;

/// Network: an IPv4 address, or the /64 from which an IPv6 host picks its addresses. An IPv4-mapped IPv6
/// address counts as IPv4.
///
/// Stored as the first 64 bits of the IPv6 address. An IPv4 address is stored in the low 32 of them, which no
/// other network uses: `::/32` holds no remote host. A [site](Network::site) is stored as `ff` and the first
/// 48 bits: a multicast address, which is never a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Network(u64);

impl Network {
    /// `0.0.0.0`, which is never the source of a connection.
    pub(super) const NOWHERE: Self = Self(0);

    /// The IPv6 site, a /48, which is often one customer's; `None` for IPv4.
    pub(super) const fn site(self) -> Option<Self> {
        let is_ipv6 = self.0 >> 32 != 0;
        if is_ipv6 { Some(Self((SITE << 56) | (self.0 >> 16))) } else { None }
    }

    /// Whether this is a site.
    pub(super) const fn is_site(self) -> bool {
        self.0 >> 56 == SITE
    }

    /// The bytes to hash.
    pub(super) const fn to_bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }
}

/// First byte of a stored site.
const SITE: u64 = 0xFF;

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(ip) => Self(ip.to_bits().into()),
            IpAddr::V6(ip) => {
                Self(ip.octets().first_chunk().map(|first| u64::from_be_bytes(*first)).unwrap_or_default())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(address: &str) -> Network {
        address.parse::<IpAddr>().unwrap().into()
    }

    fn are_one(a: &str, b: &str) -> bool {
        network(a) == network(b)
    }

    #[test]
    fn an_ipv6_host_is_its_64_and_an_ipv4_host_its_address() {
        assert!(are_one("2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff"));
        assert!(!are_one("2001:db8::1", "2001:db8:0:1::1"));
        assert!(are_one("192.0.2.1", "::ffff:192.0.2.1"));
        assert!(!are_one("192.0.2.1", "192.0.2.2"));
        assert!(!are_one("192.0.2.1", "2001:db8::192.0.2.1"));
    }

    #[test]
    fn an_ipv6_network_is_in_a_48_and_an_ipv4_one_is_not() {
        let site = |address: &str| network(address).site();
        assert_eq!(site("2001:db8:1::"), site("2001:db8:1:ffff::1"));
        assert_ne!(site("2001:db8:1::"), site("2001:db8:2::"));
        assert_eq!(site("192.0.2.1"), None);
        assert!(site("2001:db8::").is_some_and(Network::is_site));
        assert!(!network("2001:db8::").is_site());
        assert!(!network("255.255.255.255").is_site());
    }
}
