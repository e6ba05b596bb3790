//! Name resolution.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};

use super::address::Host;

/// Most addresses of a host that are tried; a name server may return any number.
const ADDRESSES_MAX: usize = 16;

/// Addresses of the host in the system's order of preference; at least one. Blocks without limit.
pub fn resolve(host: &Host, port: u16) -> io::Result<Vec<SocketAddr>> {
    let addresses: Vec<_> = match host {
        Host::Ip(ip) => vec![(*ip, port).into()],
        Host::Name(name) => (name.as_str(), port).to_socket_addrs()?.take(ADDRESSES_MAX).collect(),
    };
    if addresses.is_empty() { Err(io::Error::other("it has no address")) } else { Ok(addresses) }
}
