//! What sockets that many peers share have in common: listeners, and sockets for datagrams.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use rustix::io::Errno;

/// How many connections may wait to be accepted, if the system allows so many. One too many is not refused but
/// dropped, and tries again a whole second later.
pub(crate) const BACKLOG: i32 = 4096;
/// How long to leave a socket alone after an error of [the system's](ErrorClass::System). What waits there keeps it
/// readable, so whoever asked again at once would never sleep.
pub(crate) const PAUSE: Duration = Duration::from_secs(1);

/// Whom an error of a shared socket concerns: accept(2) and recvfrom(2) report those of one peer as their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorClass {
    /// Nobody: there is nothing now.
    Empty,
    /// One peer, whose connection or datagram is lost. The next one may be well.
    Peer,
    /// Everybody: the system is out of descriptors, buffers or memory, or the socket is no good. What waits there stays.
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
