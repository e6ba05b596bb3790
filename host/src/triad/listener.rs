//! Check for a listener on a local port, without connecting to it.

use std::io;
use std::net::{Ipv6Addr, SocketAddr};
use std::num::NonZeroU16;

use socket2::{Domain, Socket, Type};

/// Whether a socket listens on `port` of this machine, at any address.
///
/// A socket with `SO_REUSEADDR` can be bound beside others that have it, except listening ones; and since it
/// does not listen itself, it does not keep others from doing so. Fails if this process may not bind the
/// port.
pub fn has_listener(port: NonZeroU16) -> io::Result<bool> {
    let socket = Socket::new(Domain::IPV6, Type::STREAM, None)?;
    socket.set_only_v6(false)?;
    socket.set_reuse_address(true)?;
    match socket.bind(&SocketAddr::from((Ipv6Addr::UNSPECIFIED, port.get())).into()) {
        Ok(()) => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Ok(true),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_is_seen_on_whatever_address_as_soon_as_it_listens() {
        for address in ["127.0.0.1:0", "0.0.0.0:0", "[::1]:0", "[::]:0"] {
            let address: SocketAddr = address.parse().unwrap();
            let socket = Socket::new(Domain::for_address(address), Type::STREAM, None).unwrap();
            socket.set_reuse_address(true).unwrap();
            // Bound, so that no other process takes the port.
            socket.bind(&address.into()).unwrap();
            let port = socket.local_addr().unwrap().as_socket().unwrap().port();
            let port = NonZeroU16::new(port).unwrap();
            assert!(!has_listener(port).unwrap(), "{address}");
            socket.listen(1).unwrap();
            assert!(has_listener(port).unwrap(), "{address}");
        }
    }
}
