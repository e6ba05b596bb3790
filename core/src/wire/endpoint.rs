//! Where a user's node listens.

use core::fmt;
use core::net::{IpAddr, SocketAddr};
use core::num::NonZeroU16;
use core::ops::Range;

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

/// As `SocketAddr` has it (RFC 5952), which the compiler cannot see to be without a panic.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ip() {
            IpAddr::V4(ip) => write_octets(f, ip.octets())?,
            IpAddr::V6(ip) => {
                f.write_str("[")?;
                write_segments(f, ip.segments())?;
                f.write_str("]")?;
            }
        }
        write!(f, ":{}", self.port())
    }
}

fn write_octets(f: &mut fmt::Formatter<'_>, octets: [u8; 4]) -> fmt::Result {
    for (index, octet) in octets.into_iter().enumerate() {
        let dot = if index == 0 { "" } else { "." };
        write!(f, "{dot}{octet}")?;
    }
    Ok(())
}

/// With `::` for the longest row of zeros.
fn write_segments(f: &mut fmt::Formatter<'_>, segments: [u16; 8]) -> fmt::Result {
    let zeros = longest_zeros(segments);
    for (index, segment) in segments.into_iter().enumerate() {
        if index == zeros.start && !zeros.is_empty() {
            f.write_str("::")?;
        }
        if zeros.contains(&index) {
            continue;
        }
        let colon = if index == 0 || index == zeros.end { "" } else { ":" };
        write!(f, "{colon}{segment:x}")?;
    }
    Ok(())
}

/// The first of the longest rows of zeros; one alone is none.
fn longest_zeros(segments: [u16; 8]) -> Range<usize> {
    let (mut longest, mut row) = (0..0, 0..0);
    for (index, segment) in segments.into_iter().enumerate() {
        let next = index + 1;
        row = if segment == 0 { row.start..next } else { next..next };
        if row.len() > longest.len().max(1) {
            longest = row.clone();
        }
    }
    longest
}

#[cfg(test)]
mod tests {
    extern crate std;

    use core::net::{Ipv4Addr, Ipv6Addr};
    use std::string::ToString;

    use super::*;

    #[test]
    fn it_is_shown_as_the_library_shows_it() {
        // Every row of zeros and others.
        let segment = |bits: u8, nth| if bits >> nth & 1 == 0 { 0 } else { 0x0fed_u16 << nth };
        let ipv6 = (0..=u8::MAX).map(|bits| Ipv6Addr::from(core::array::from_fn(|nth| segment(bits, nth))));
        let addresses = ipv6.map(IpAddr::from).chain([Ipv4Addr::new(192, 0, 2, 1).into()]);
        for endpoint in addresses.map(|ip| Endpoint::new(ip, NonZeroU16::MAX)) {
            assert_eq!(endpoint.to_string(), SocketAddr::from(endpoint).to_string());
        }
    }
}
