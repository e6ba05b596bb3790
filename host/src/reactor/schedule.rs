//! Who is there, who is next, and who waits until when.

use std::collections::VecDeque;
use std::io;
use std::mem;
use std::time::Duration;

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Registry, Waker, event};
use p2pm_core::time::{Instant, earliest};
use p2pm_posix::clock::Clock;

use super::slots::Slots;
use super::timeline::{Moment, Timeline};
use super::{Key, Source};

/// The connections of a [`Tenant`](super::Tenant), each with a timer and a place in the queue of those to be polled.
///
/// Whoever changes what a connection has to do [enqueues](Self::enqueue) it.
pub struct Reactor<C> {
    poll: Poll,
    clock: Clock,
    slots: Slots<Entry<C>>,
    /// Those to be polled, in this order, each once. Some may be gone by then.
    queue: VecDeque<Key>,
    timers: Timeline,
}

struct Entry<C> {
    connection: C,
    is_queued: bool,
    /// Where it is among the timers: not later than its deadline.
    timer: Moment,
}

impl<C> Reactor<C> {
    /// Room for `limit` connections, [`SLOTS_MAX`](super::SLOTS_MAX) at most, and nobody there yet.
    pub fn new(limit: usize) -> io::Result<Self> {
        Ok(Self {
            poll: Poll::new()?,
            clock: Clock::start(),
            slots: Slots::new(limit),
            queue: VecDeque::new(),
            timers: Timeline::default(),
        })
    }

    /// The time, by the clock that everything here goes by.
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Watches something there is one of, for what can be read from it.
    pub fn register(&self, watched: &mut impl event::Source, source: Source) -> io::Result<()> {
        self.poll.registry().register(watched, source.into(), Interest::READABLE)
    }

    /// What another thread wakes the loop with; the tenant hears of it as `source`. There can be one.
    pub(super) fn waker(&self, source: Source) -> io::Result<Waker> {
        Waker::new(self.poll.registry(), source.into())
    }

    /// Whether nobody is there.
    pub fn is_empty(&self) -> bool {
        self.slots.len() == 0
    }

    /// Whether there is no room for another connection.
    pub fn is_full(&self) -> bool {
        self.slots.vacancy().is_none()
    }

    /// A connection, unless it is gone.
    pub fn get(&self, key: Key) -> Option<&C> {
        self.slots.get(key).map(|entry| &entry.connection)
    }

    /// A connection, unless it is gone.
    pub fn get_mut(&mut self, key: Key) -> Option<&mut C> {
        self.slots.get_mut(key).map(|entry| &mut entry.connection)
    }

    /// All connections are in slots below this one.
    pub fn end(&self) -> usize {
        self.slots.end()
    }

    /// The connection that is in a slot now.
    pub fn key_at(&self, slot: usize) -> Option<Key> {
        self.slots.key_at(slot)
    }

    /// Has a connection polled, the last in line. One that waits already keeps its place.
    pub fn enqueue(&mut self, key: Key) {
        let Some(entry) = self.slots.get_mut(key) else { return };
        if !mem::replace(&mut entry.is_queued, true) {
            self.queue.push_back(key);
        }
    }

    /// Drops a connection, which closes it.
    pub fn remove(&mut self, key: Key) {
        self.set_timer(key, None);
        self.slots.remove(key);
    }

    /// Sleeps until something happens, `deadline` comes, or a timer.
    pub(super) fn wait(&mut self, events: &mut Events, deadline: Option<Instant>) -> io::Result<()> {
        let timer = self.timers.first().map(|(moment, _)| moment);
        let timeout = if self.queue.is_empty() {
            self.clock.until(earliest(timer, deadline))
        } else {
            Some(Duration::ZERO)
        };
        match self.poll.poll(events, timeout) {
            // Whoever caught the signal has a source of its own. There are no events then.
            Err(e) if e.kind() == io::ErrorKind::Interrupted => Ok(()),
            result => result,
        }
    }

    /// How many are in the queue.
    pub(super) fn queued(&self) -> usize {
        self.queue.len()
    }

    /// Takes the first out of the queue.
    pub(super) fn dequeue(&mut self) -> Option<Key> {
        let key = self.queue.pop_front()?;
        self.slots.get_mut(key)?.is_queued = false;
        Some(key)
    }

    /// The first whose timer has come.
    pub(super) fn first_due(&self, now: Instant) -> Option<Key> {
        self.timers.first().filter(|(moment, _)| now >= *moment).map(|(_, key)| key)
    }

    /// Sets a connection's timer to `to`.
    pub(super) fn set_timer(&mut self, key: Key, to: Option<Instant>) {
        if let Some(entry) = self.slots.get_mut(key) {
            self.timers.set(key, &mut entry.timer, to);
        }
    }

    /// Sets a connection's timer so that it does not come after `deadline`. One that comes before is left alone: it is
    /// set anew when it fires, which is rarer than a frame.
    pub(super) fn advance_timer(&mut self, key: Key, deadline: Instant) {
        if let Some(entry) = self.slots.get_mut(key)
            && entry.timer.get().is_none_or(|timer| deadline < timer)
        {
            self.timers.set(key, &mut entry.timer, Some(deadline));
        }
    }
}

impl<C: AsMut<TcpStream>> Reactor<C> {
    /// Takes a connection in and watches it; it is polled when it is ready, or when `deadline` comes. The system tells
    /// at once what it is ready for by now. An error if there is no room, or if the system cannot watch it.
    pub fn insert(&mut self, mut connection: C, deadline: Option<Instant>) -> io::Result<Key> {
        let key = self.slots.vacancy().ok_or(io::ErrorKind::QuotaExceeded)?;
        watch(self.poll.registry(), &mut connection, key)?;
        self.slots.insert(Entry { connection, is_queued: false, timer: Moment::default() });
        self.set_timer(key, deadline);
        Ok(key)
    }

    /// Watches the stream that has taken the place of another in a connection's slot.
    pub fn watch(&mut self, key: Key) -> io::Result<()> {
        match self.slots.get_mut(key) {
            Some(entry) => watch(self.poll.registry(), &mut entry.connection, key),
            None => Ok(()),
        }
    }
}

fn watch(registry: &Registry, connection: &mut impl AsMut<TcpStream>, key: Key) -> io::Result<()> {
    registry.register(connection.as_mut(), key.into(), Interest::READABLE | Interest::WRITABLE)
}
