//! What listeners and UDP sockets, which many peers share, have in common.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use rustix::io::Errno;

/// Backlog of listeners, which the system may reduce. A connection beyond it is not refused but dropped, and
/// retried by the peer a whole second later.
pub(crate) const BACKLOG: i32 = 4096;
/// Pause before a socket is asked again after an error of [the system](ErrorClass::System). What is queued
/// keeps the socket readable, so without a pause the loop would never sleep.
pub(crate) const PAUSE: Duration = Duration::from_secs(1);

/// Which party an error of a shared socket is about: accept(2) and recvfrom(2) report errors of single peers
/// too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorClass {
    /// None: the queue is empty.
    Empty,
    /// One peer, whose connection or datagram is lost.
    Peer,
    /// The system or the socket: out of descriptors, buffers or memory, or an invalid socket. What is queued
    /// stays queued.
    System,
}

impl ErrorClass {
    pub(crate) fn of(e: &io::Error) -> Self {
        match Errno::from_io_error(e) {
            Some(Errno::AGAIN) => Self::Empty,
            Some(errno) if is_of_a_peer(errno) => Self::Peer,
            _ => Self::System,
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

/// Converts an IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2) to IPv4.
pub(crate) fn canonical(address: SocketAddr) -> SocketAddr {
    match address.ip().to_canonical() {
        ip if ip.is_ipv4() => SocketAddr::new(ip, address.port()),
        // Unchanged, with its scope.
        _ => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_a_peer_are_told_from_those_of_the_system() {
        for (errno, class) in [
            (Errno::WOULDBLOCK, ErrorClass::Empty),
            (Errno::CONNABORTED, ErrorClass::Peer),
            (Errno::PROTO, ErrorClass::Peer),
            (Errno::HOSTUNREACH, ErrorClass::Peer),
            (Errno::MFILE, ErrorClass::System),
            (Errno::NFILE, ErrorClass::System),
            (Errno::NOBUFS, ErrorClass::System),
            (Errno::NOMEM, ErrorClass::System),
            (Errno::BADF, ErrorClass::System),
            (Errno::INVAL, ErrorClass::System),
        ] {
            assert_eq!(ErrorClass::of(&errno.into()), class, "{errno}");
        }
    }
}
