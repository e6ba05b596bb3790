//! Letting connections in, and making room for them.

use std::net::SocketAddr;

use mio::net::TcpStream;
use mio::{Interest, Token};
use p2pm_core::community::Session;
use p2pm_core::drive::{Buffers, Transport};
use p2pm_core::suite::{Entropy, Suite};
use p2pm_core::time::Instant;
use p2pm_core::wire::{Close, Message};

use super::connection::Connection;
use super::pool::Held;
use super::{Notice, Server, random};
use crate::stream::Stream;

/// How many connections are let in before the others have their turn.
const ARRIVALS_PER_TURN: usize = 64;

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
        if self.connections.is_full() {
            let Some((_, stranger)) = self.arrivals.first() else { return self.turn_away(stream, peer) };
            self.expel(now, stranger, Close::Full);
        }
        let Ok(entropy) = random::bytes().map(Entropy::new) else { return };
        let session = Session::new(now, peer.ip(), entropy);
        let mut connection = Connection::new(stream, peer.ip(), session);
        let slot = self.connections.vacancy();
        let interest = Interest::READABLE | Interest::WRITABLE;
        // Watching it, the system tells at once what it is ready for by now.
        if self.poll.registry().register(&mut connection.stream.0, Token(slot), interest).is_err() {
            return;
        }
        self.arrivals.set(slot, &mut connection.moments.arrival, Some(now));
        self.connections.insert(connection);
        self.settle(slot);
    }

    /// Sends a newcomer away for whom there is no room at all.
    fn turn_away(&mut self, stream: TcpStream, peer: SocketAddr) {
        let mut stream = Stream(stream);
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
