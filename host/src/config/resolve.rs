//! The addresses behind a name.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};

use super::address::Host;

/// The most addresses of a host that are tried; a name server may send any number.
const ADDRESSES_MAX: usize = 16;

/// The addresses of the host, in the order in which the system would have them tried; one at least. Blocks for as long
/// as the system likes.
pub fn resolve(host: &Host, port: u16) -> io::Result<Vec<SocketAddr>> {
    let addresses: Vec<_> = match host {
        Host::Ip(ip) => vec![(*ip, port).into()],
        Host::Name(name) => (name.as_str(), port).to_socket_addrs()?.take(ADDRESSES_MAX).collect(),
    };
    if addresses.is_empty() { Err(io::Error::other("it has no address")) } else { Ok(addresses) }
}
