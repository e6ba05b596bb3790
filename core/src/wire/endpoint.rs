//! Address and port of a user's node.

use core::fmt;
use core::net::{IpAddr, SocketAddr};
use core::num::NonZeroU16;

/// Endpoint of a node: an IP address in canonical form, and a port that is not 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(Rust, packed)] // no padding byte, so that a registry's slot fills a cache line
pub struct Endpoint {
    ip: IpAddr,
    port: NonZeroU16,
}

impl Endpoint {
    /// Makes an endpoint. An IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2) becomes the IPv4 address.
    pub fn new(ip: IpAddr, port: NonZeroU16) -> Self {
        Self { ip: ip.to_canonical(), port }
    }

    /// IP address of the host.
    pub fn ip(&self) -> IpAddr {
        self.ip
    }

    /// TCP port of the node.
    pub fn port(&self) -> NonZeroU16 {
        self.port
    }
}

impl From<Endpoint> for SocketAddr {
    fn from(endpoint: Endpoint) -> Self {
        Self::new(endpoint.ip, endpoint.port.get())
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        SocketAddr::from(*self).fmt(f)
    }
}
