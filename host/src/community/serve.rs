//! Service of the existing connections.

use std::net::IpAddr;

use p2pm_core::channel::Ended;
use p2pm_core::community::SessionEvent;
use p2pm_core::drive::Pumped;
use p2pm_core::limits::LINGER_TIMEOUT;
use p2pm_core::suite::Suite;
use p2pm_core::time::Instant;
use p2pm_core::wire::Close;

use super::{Notice, Server};
use crate::reactor::Key;

impl<S: Suite> Server<S> {
    pub(super) fn serve(&mut self, now: Instant, key: Key) {
        match self.pump(now, key) {
            Pumped::Closed => return self.remove(key),
            Pumped::Again => self.reactor.enqueue(key),
            Pumped::Blocked | Pumped::Event(()) => {}
        }
        self.return_idle(key);
        self.leave_half_open(key);
        while self.pool.is_short() {
            let Some(holder) = self.holder_to_expel() else { return };
            self.expel(now, holder, Close::TimedOut);
        }
    }

    /// Pumps a connection until it blocks. It reports two events at most: that its user is online, and that
    /// it has ended.
    fn pump(&mut self, now: Instant, key: Key) -> Pumped<()> {
        loop {
            let Some(connection) = self.reactor.get_mut(key) else { return Pumped::Closed };
            match connection.pump(&mut self.hall, &mut self.pool, now) {
                Pumped::Event(event) => {
                    let from = connection.session.from();
                    self.report(from, event);
                }
                Pumped::Again => return Pumped::Again,
                Pumped::Blocked => return Pumped::Blocked,
                Pumped::Closed => return Pumped::Closed,
            }
        }
    }

    /// Returns frames that are not in use to the pool.
    fn return_idle(&mut self, key: Key) {
        if let Some(connection) = self.reactor.get_mut(key) {
            self.pool.return_idle(key, &mut connection.held, &connection.framing);
        }
    }

    /// Takes an authenticated connection off the half-open list.
    fn leave_half_open(&mut self, key: Key) {
        if self.reactor.get(key).is_some_and(|connection| connection.session.is_authenticated()) {
            self.half_open.retain(|other| *other != key);
        }
    }

    /// The connection that has held a frame longest, unauthenticated ones first, so that a crowd of attackers
    /// evicts no authenticated user.
    fn holder_to_expel(&self) -> Option<Key> {
        let is_stranger =
            |key| self.reactor.get(key).is_some_and(|holder| !holder.session.is_authenticated());
        self.pool.holders().find(|key| is_stranger(*key)).or_else(|| self.pool.holders().next())
    }

    /// Enqueues the subscribers that are next in a presence round.
    pub(super) fn go_round(&mut self, now: Instant) {
        let version = self.hall.registry().version();
        let slots = self.rounds.visit(now, version, self.reactor.end());
        for index in slots {
            if let Some(key) = self.reactor.key_at(index)
                && self.reactor.get(key).is_some_and(|it| it.session.is_subscribed())
            {
                self.reactor.enqueue(key);
            }
        }
    }

    /// Drops a connection and frees what it holds.
    pub(super) fn remove(&mut self, key: Key) {
        let Some(connection) = self.reactor.get_mut(key) else { return };
        self.pool.return_all(key, &mut connection.held);
        self.half_open.retain(|other| *other != key);
        self.reactor.remove(key);
    }

    pub(super) fn report(&mut self, from: IpAddr, event: SessionEvent) {
        let online = self.hall.registry().len();
        let notice = match event {
            SessionEvent::Joined(user) => Notice::Joined { user, online },
            SessionEvent::Ended { user: Some(user), ended } => {
                Notice::Left { name: user.name, ended, online }
            }
            SessionEvent::Ended { user: None, ended: Ended::ByUs(reason) } => {
                Notice::Refused { from, reason }
            }
            // The regular end of a connection that had no user online.
            SessionEvent::Ended { user: None, ended: Ended::ByPeer(Close::Goodbye) } => return,
            SessionEvent::Ended { user: None, ended } => Notice::Lost { from, ended },
        };
        self.observer.notice(&notice);
    }

    /// Starts to stop: sends every client a goodbye.
    pub(super) fn stop(&mut self, now: Instant) {
        if self.end.is_some() {
            return;
        }
        self.end = Some(now + LINGER_TIMEOUT);
        self.observer.notice(&Notice::Stopping { online: self.hall.registry().len() });
        for key in self.reactor.keys() {
            if let Some(connection) = self.reactor.get_mut(key) {
                connection.session.at(&mut self.hall).close(now, Close::Goodbye);
                self.reactor.enqueue(key);
            }
        }
    }
}
