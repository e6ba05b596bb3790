//! What sockets that many peers share have in common: listeners, and sockets for datagrams.

use std::io;
use std::net::SocketAddr;

use rustix::io::Errno;

/// How many connections may wait to be accepted, if the system allows so many. One too many is not refused but
/// dropped, and tries again a whole second later.
pub(crate) const BACKLOG: i32 = 4096;

/// Whom an error of a shared socket concerns: accept(2) and recvfrom(2) report those of one peer as their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorClass {
    /// Nobody: there is nothing now.
    Empty,
    /// One peer, whose connection or datagram is lost. The next one may be well.
    Peer,
    /// The process or the system, which has no descriptor left.
    Descriptors,
    /// The socket, or the system.
    Socket,
}

impl ErrorClass {
    pub(crate) fn of(e: &io::Error) -> Self {
        match Errno::from_io_error(e) {
            Some(Errno::AGAIN) => Self::Empty,
            Some(Errno::MFILE | Errno::NFILE) => Self::Descriptors,
            Some(errno) if is_of_a_peer(errno) => Self::Peer,
            _ => Self::Socket,
        }
    }
}

#[rustfmt::skip]
fn is_of_a_peer(errno: Errno) -> bool {
    matches!(errno,
        Errno::CONNABORTED | Errno::CONNREFUSED | Errno::PERM | Errno::PROTO | Errno::NOPROTOOPT | Errno::OPNOTSUPP
        | Errno::NETDOWN | Errno::NETUNREACH | Errno::HOSTDOWN | Errno::HOSTUNREACH | Errno::NONET | Errno::INTR
    )
}

/// An IPv4 address that came in an IPv6 one (RFC 4291 §2.5.5.2) as itself.
pub(crate) fn canonical(address: SocketAddr) -> SocketAddr {
    match address.ip().to_canonical() {
        ip if ip.is_ipv4() => SocketAddr::new(ip, address.port()),
        // As it is, with its scope.
        _ => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_a_peer_are_told_from_those_of_the_socket() {
        for (errno, class) in [
            (Errno::WOULDBLOCK, ErrorClass::Empty),
            (Errno::CONNABORTED, ErrorClass::Peer),
            (Errno::PROTO, ErrorClass::Peer),
            (Errno::HOSTUNREACH, ErrorClass::Peer),
            (Errno::MFILE, ErrorClass::Descriptors),
            (Errno::NFILE, ErrorClass::Descriptors),
            (Errno::BADF, ErrorClass::Socket),
            (Errno::INVAL, ErrorClass::Socket),
            (Errno::NOMEM, ErrorClass::Socket),
        ] {
            assert_eq!(ErrorClass::of(&errno.into()), class, "{errno}");
        }
    }
}
