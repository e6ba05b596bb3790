//! Letting connections in, and making room for them.

use std::net::SocketAddr;

use mio::net::TcpStream;
use mio::{Interest, Token};
use p2pm_core::community::Session;
use p2pm_core::door::HalfOpen;
use p2pm_core::drive::{Buffers, Transport};
use p2pm_core::limits::HALF_OPEN_MAX;
use p2pm_core::suite::{Entropy, Suite};
use p2pm_core::time::Instant;
use p2pm_core::wire::{Close, Message};

use super::connection::Connection;
use super::pool::Held;
use super::{Notice, Server};
use crate::reactor::transport::StdTransport;

/// How many connections are let in before the others have their turn. A part of those that may be half open, so
/// that each of them has a few turns before as many others can push it out.
const ARRIVALS_PER_TURN: usize = HALF_OPEN_MAX / 4;

impl<S: Suite> Server<S> {
    pub(super) fn admit_all(&mut self, now: Instant) {
        for _ in 0..ARRIVALS_PER_TURN {
            if self.end.is_some() {
                return;
            }
            if let Some((stream, peer)) = self.listener.accept(now) {
                self.admit(now, stream, peer);
            }
        }
    }

    fn admit(&mut self, now: Instant, stream: TcpStream, peer: SocketAddr) {
        self.observer.notice(&Notice::Connected(peer));
        let half_open = self.half_open();
        if half_open.is_full() || self.connections.is_full() {
            let Some(stranger) = half_open.first_to_go(peer.ip()) else {
                return self.turn_away(stream, peer);
            };
            self.expel(now, stranger, Close::Full);
        }
        let Ok(entropy) = p2pm_posix::random::bytes().map(Entropy::new) else { return };
        let session = Session::new(now, peer.ip(), entropy);
        let mut connection = Connection::new(stream, peer.ip(), session);
        let slot = self.connections.vacancy();
        let interest = Interest::READABLE | Interest::WRITABLE;
        // Watching it, the system tells at once what it is ready for by now.
        if self.poll.registry().register(&mut connection.stream.0, Token(slot), interest).is_err() {
            return;
        }
        self.half_open.push(slot);
        self.connections.insert(connection);
        self.settle(slot);
    }

    fn half_open(&self) -> HalfOpen<usize> {
        let from = |slot| self.connections.get(slot).map(|connection| (connection.from, slot));
        self.half_open.iter().filter_map(|slot| from(*slot)).collect()
    }

    /// Sends a newcomer away for whom there is no room at all.
    fn turn_away(&mut self, stream: TcpStream, peer: SocketAddr) {
        let mut stream = StdTransport(stream);
        let mut held = Held::default();
        let Buffers { incoming, outgoing } = self.pool.lend(&mut held);
        // A connection closed with something unread is reset, which may overtake the reason.
        stream.receive(incoming);
        Message::Close(Close::Full).emit(outgoing);
        stream.send(outgoing);
        self.observer.notice(&Notice::Refused { from: peer.ip(), reason: Close::Full });
    }

    /// Drops a connection in favour of others. It is told why, if that takes no waiting.
    pub(super) fn expel(&mut self, now: Instant, slot: usize, reason: Close) {
        let Some(connection) = self.connections.get_mut(slot) else { return };
        if let Some(event) = connection.session.at(&mut self.place).close(now, reason) {
            connection.pump(&mut self.place, &mut self.pool, now);
            let from = connection.from;
            self.report(from, event);
        }
        self.remove(slot);
    }
}
