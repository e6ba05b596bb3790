//! Whom a listening side holds responsible for what comes from an address.

use core::net::IpAddr;

/// Where somebody is, as far as others can be told apart from them: an IPv4 address, or the /64 that an IPv6
/// host picks its addresses from. An IPv4-mapped IPv6 address is an IPv4 address.
///
/// It is the first 64 bits of an IPv6 address. An IPv4 address is the last 32 of them, which makes it a part of
/// `::/32`, where nobody is but this host. A [site](Network::site) is `ff` and the first 48 bits of an IPv6 address: a
/// multicast address, from which nobody connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Network(u64);

impl Network {
    /// `0.0.0.0`, from which nobody connects.
    pub(super) const NOWHERE: Self = Self(0);

    /// The /48 that an IPv6 network is in, which is often one customer's; `None` for IPv4.
    pub(super) const fn site(self) -> Option<Self> {
        let is_ipv6 = self.0 >> 32 != 0;
        if is_ipv6 { Some(Self((SITE << 56) | (self.0 >> 16))) } else { None }
    }

    /// Whether this is a site.
    pub(super) const fn is_site(self) -> bool {
        self.0 >> 56 == SITE
    }

    /// For a hash.
    pub(super) const fn to_bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }
}

/// The first byte of a site.
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
