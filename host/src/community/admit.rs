//! Admission of connections, and eviction in favour of new ones.

use std::net::SocketAddr;

use mio::net::TcpStream;
use p2pm_core::community::Session;
use p2pm_core::door::{HalfOpen, Room};
use p2pm_core::drive::{Buffers, Transport};
use p2pm_core::limits::HALF_OPEN_MAX;
use p2pm_core::suite::{Entropy, Suite};
use p2pm_core::time::Instant;
use p2pm_core::wire::{Close, Message};

use super::connection::ClientConnection;
use super::{Notice, Server};
use crate::reactor::Key;
use crate::reactor::pool::Held;
use crate::reactor::transport::StdTransport;

/// Connections accepted in one poll. Less than may be half open, so that each of them is polled several times
/// before as many new ones can evict it.
const ARRIVALS_PER_POLL: usize = HALF_OPEN_MAX / 4;

impl<S: Suite> Server<S> {
    pub(super) fn admit_all(&mut self, now: Instant) {
        if self.end.is_some() {
            return;
        }
        for _ in 0..ARRIVALS_PER_POLL {
            if let Some((stream, peer)) = self.listener.accept(now) {
                self.admit(now, stream, peer);
            }
        }
    }

    fn admit(&mut self, now: Instant, stream: TcpStream, peer: SocketAddr) {
        self.observer.notice(&Notice::Connected(peer));
        match self.half_open().room_for(peer.ip(), self.reactor.is_full(), || None) {
            Room::Free => {}
            Room::InPlaceOf(stranger) => self.expel(now, stranger, Close::Full),
            Room::None => return self.turn_away(stream, peer),
        }
        let Ok(entropy) = p2pm_posix::random::bytes().map(Entropy::new) else { return };
        let session = Session::new(now, peer.ip(), entropy);
        let mut connection = ClientConnection::new(stream, session);
        let deadline = connection.deadline(&mut self.hall);
        if let Ok(key) = self.reactor.insert(connection, deadline) {
            self.half_open.push(key);
        }
    }

    fn half_open(&self) -> HalfOpen<Key> {
        let from = |key| self.reactor.get(key).map(|connection| (connection.session.from(), key));
        self.half_open.iter().filter_map(|key| from(*key)).collect()
    }

    /// Closes a new connection that there is no room for.
    fn turn_away(&mut self, stream: TcpStream, peer: SocketAddr) {
        let mut stream = StdTransport(stream);
        let mut held = Held::default();
        let Buffers { incoming, outgoing } = self.pool.lend(&mut held);
        // Closing a socket with unread data resets the connection, and the reset may overtake the reason.
        stream.receive(incoming);
        Message::Close(Close::Full).emit(outgoing);
        stream.send(outgoing);
        self.observer.notice(&Notice::Refused { from: peer.ip(), reason: Close::Full });
    }

    /// Closes a connection to make room. The reason is sent if that does not block.
    pub(super) fn expel(&mut self, now: Instant, key: Key, reason: Close) {
        let Some(connection) = self.reactor.get_mut(key) else { return };
        if let Some(event) = connection.session.at(&mut self.hall).close(now, reason) {
            connection.pump(&mut self.hall, &mut self.pool, now);
            let from = connection.session.from();
            self.report(from, event);
        }
        self.remove(key);
    }
}
