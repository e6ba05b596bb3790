//! Whom a listening side holds responsible for what comes from an address.

use core::net::IpAddr;

/// Where somebody is, as far as others can be told apart from them: an IPv4 address, or the /64 that an IPv6
/// host picks its addresses from. An IPv4-mapped IPv6 address is an IPv4 address.
///
/// It is the first 64 bits of an IPv6 address. An IPv4 address is the last 32 of them, which makes it a part of
/// `::/32`, where nobody is but this host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Network(u64);

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

    fn are_one(a: &str, b: &str) -> bool {
        let network = |address: &str| Network::from(address.parse::<IpAddr>().unwrap());
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
}
