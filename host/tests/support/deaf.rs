//! A peer that does not answer.

use std::net::{Ipv4Addr, SocketAddr};

use socket2::{Domain, Socket, Type};

/// A listener with a full backlog, so that the system leaves further connections unanswered until the sockets are
/// dropped.
pub(crate) fn deaf() -> (Vec<Socket>, SocketAddr) {
    let new = || Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let listener = new();
    listener.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let mut sockets = vec![listener];
    sockets.extend((0..4).map(|_| {
        let caller = new();
        caller.set_nonblocking(true).unwrap();
        // Stays in progress.
        let _ = caller.connect(&address);
        caller
    }));
    (sockets, address.as_socket().unwrap())
}
