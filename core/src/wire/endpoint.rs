//! Where a user's node listens.

use core::fmt;
use core::net::{IpAddr, SocketAddr};
use core::num::NonZeroU16;

/// An address a node can be called at: an IP address in canonical form and a port that is not 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(Rust, packed)] // without the byte of padding a registry's slot is as long as a cache line
pub struct Endpoint {
    ip: IpAddr,
    port: NonZeroU16,
}

impl Endpoint {
    /// An IPv4 address mapped into IPv6 (RFC 4291 §2.5.5.2) becomes the IPv4 address it stands for.
    pub fn new(ip: IpAddr, port: NonZeroU16) -> Self {
        Self { ip: ip.to_canonical(), port }
    }

    /// The address of the machine.
    pub fn ip(&self) -> IpAddr {
        self.ip
    }

    /// The port its node listens on.
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
