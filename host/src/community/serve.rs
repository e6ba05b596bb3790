//! Serving the connections there are.

use std::mem;
use std::net::IpAddr;

use p2pm_core::channel::Ended;
use p2pm_core::community::SessionEvent;
use p2pm_core::drive::Pumped;
use p2pm_core::limits::LINGER_TIMEOUT;
use p2pm_core::suite::Suite;
use p2pm_core::time::Instant;
use p2pm_core::wire::Close;

use super::{Notice, Server};

/// How many alarms ring before the others have their turn.
const ALARMS_PER_TURN: usize = 256;

impl<S: Suite> Server<S> {
    /// Gives a connection a turn, the last in line.
    pub(super) fn enqueue(&mut self, slot: usize) {
        let Some(connection) = self.connections.get_mut(slot) else { return };
        if !mem::replace(&mut connection.queued, true) {
            self.queue.push_back(slot);
        }
    }

    /// A turn for each connection in the queue now.
    pub(super) fn serve_all(&mut self, now: Instant) {
        for _ in 0..self.queue.len() {
            if let Some(slot) = self.queue.pop_front() {
                self.serve(now, slot);
            }
        }
    }

    fn serve(&mut self, now: Instant, slot: usize) {
        // A session tells of two things at most: that its user is online, and that it is over.
        let outcome = loop {
            let Some(connection) = self.connections.get_mut(slot) else { return };
            connection.queued = false;
            match connection.pump(&mut self.place, &mut self.pool, now) {
                Pumped::Event(event) => {
                    let from = connection.from;
                    self.report(from, event);
                }
                outcome => break outcome,
            }
        };
        match outcome {
            Pumped::Closed => return self.remove(slot),
            Pumped::Again => self.enqueue(slot),
            Pumped::Blocked | Pumped::Event(_) => {}
        }
        self.settle(slot);
        while self.pool.is_short() {
            let Some(holder) = self.holder_to_expel() else { return };
            self.expel(now, holder, Close::TimedOut);
        }
    }

    /// Who has held a frame longest, strangers before those who know the password: no crowd of strangers
    /// throws a member out.
    fn holder_to_expel(&mut self) -> Option<usize> {
        let Self { frames, connections, .. } = self;
        let mut is_stranger =
            |slot| connections.get_mut(slot).is_some_and(|holder| !holder.session.is_authenticated());
        frames.slots().find(|slot| is_stranger(*slot)).or_else(|| frames.slots().next())
    }

    /// After a turn: a connection keeps no frame that it does not need, and its moments are as they are now.
    pub(super) fn settle(&mut self, slot: usize) {
        let Some(connection) = self.connections.get_mut(slot) else { return };
        self.pool.settle(&mut connection.held, &connection.link);
        let deadline = connection.deadline(&mut self.place);
        let frame = connection.link.frame_deadline();
        let moments = &mut connection.moments;
        self.frames.set(slot, &mut moments.frame, frame);
        // One that rings too early is set anew then. That is rarer than a frame.
        if moments.alarm.is_none() || deadline < moments.alarm {
            self.alarms.set(slot, &mut moments.alarm, deadline);
        }
        if connection.half_open && connection.session.is_authenticated() {
            connection.half_open = false;
            self.half_open.retain(|other| *other != slot);
        }
    }

    /// Gives a turn to those whose deadline has come.
    pub(super) fn ring_alarms(&mut self, now: Instant) {
        for _ in 0..ALARMS_PER_TURN {
            let Some((_, slot)) = self.alarms.first().filter(|(moment, _)| now >= *moment) else { return };
            let Some(connection) = self.connections.get_mut(slot) else { return };
            let deadline = connection.deadline(&mut self.place);
            let is_due = deadline.is_some_and(|deadline| now >= deadline);
            // Once served it gets another.
            let next = deadline.filter(|_| !is_due);
            self.alarms.set(slot, &mut connection.moments.alarm, next);
            if is_due {
                self.enqueue(slot);
            }
        }
    }

    /// Gives a turn to the subscribers who are next to be told who came and went.
    pub(super) fn go_round(&mut self, now: Instant) {
        let version = self.place.registry().version();
        for slot in self.rounds.visit(now, version, self.connections.end()) {
            if self.connections.get_mut(slot).is_some_and(|it| it.session.is_subscribed()) {
                self.enqueue(slot);
            }
        }
    }

    /// A connection is over, and all it had comes back.
    pub(super) fn remove(&mut self, slot: usize) {
        let Some(connection) = self.connections.get_mut(slot) else { return };
        self.pool.reclaim(&mut connection.held);
        if connection.half_open {
            self.half_open.retain(|other| *other != slot);
        }
        let moments = &mut connection.moments;
        self.alarms.set(slot, &mut moments.alarm, None);
        self.frames.set(slot, &mut moments.frame, None);
        self.connections.remove(slot);
    }

    pub(super) fn report(&mut self, from: IpAddr, event: SessionEvent) {
        let online = self.place.registry().len();
        let notice = match event {
            SessionEvent::Joined(user) => Notice::Joined { user, online },
            SessionEvent::Ended { user: Some(user), ended } => {
                Notice::Left { name: user.name, ended, online }
            }
            SessionEvent::Ended { user: None, ended: Ended::ByUs(reason) } => {
                Notice::Refused { from, reason }
            }
            // Somebody who was not online went away.
            SessionEvent::Ended { user: None, ended: Ended::ByPeer(Close::Goodbye) } => return,
            SessionEvent::Ended { user: None, ended } => Notice::Lost { from, ended },
        };
        self.observer.notice(&notice);
    }

    /// Says goodbye to everybody.
    pub(super) fn stop(&mut self, now: Instant) {
        if self.end.is_some() {
            return;
        }
        self.end = Some(now + LINGER_TIMEOUT);
        self.listener.ready = None;
        self.observer.notice(&Notice::Stopping { online: self.place.registry().len() });
        for slot in 0..self.connections.end() {
            if let Some(connection) = self.connections.get_mut(slot) {
                connection.session.at(&mut self.place).close(now, Close::Goodbye);
                self.enqueue(slot);
            }
        }
    }
}
