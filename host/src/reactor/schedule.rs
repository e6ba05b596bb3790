//! Connections of a tenant, their run queue and their timers.

use std::collections::VecDeque;
use std::io;
use std::mem;
use std::time::Duration;

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Registry, Waker, event};
use p2pm_core::time::{Instant, earliest};
use p2pm_posix::clock::Clock;

use super::slots::Slots;
use super::timeline::Timeline;
use super::{Key, Source};

/// Connections of a [`Tenant`](super::Tenant), each with a timer and a place in the queue of those to be
/// polled.
///
/// Code that gives a connection something to do must [enqueue](Self::enqueue) it.
pub struct Reactor<C> {
    poll: Poll,
    clock: Clock,
    slots: Slots<Entry<C>>,
    /// Run queue, in which a connection is once at most. Some keys may be stale.
    queue: VecDeque<Key>,
    timers: Timeline,
}

struct Entry<C> {
    connection: C,
    is_queued: bool,
    /// Its timer, which is not later than its deadline.
    timer: Option<Instant>,
}

impl<C> Reactor<C> {
    /// A reactor for up to `limit` connections, [`SLOTS_MAX`](super::SLOTS_MAX) at most.
    pub fn new(limit: usize) -> io::Result<Self> {
        Ok(Self {
            poll: Poll::new()?,
            clock: Clock::start(),
            slots: Slots::new(limit),
            queue: VecDeque::new(),
            timers: Timeline::default(),
        })
    }

    /// The time of the clock that all timers use.
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// The clock that all timers use.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// Registers `watched` for reading, as `source`.
    pub fn register(&self, watched: &mut impl event::Source, source: Source) -> io::Result<()> {
        self.poll.registry().register(watched, source.into(), Interest::READABLE)
    }

    /// Waker for other threads, which the tenant sees as `source`. A reactor can have one.
    pub(super) fn waker(&self, source: Source) -> io::Result<Waker> {
        Waker::new(self.poll.registry(), source.into())
    }

    /// Whether there is no connection.
    pub fn is_empty(&self) -> bool {
        self.slots.len() == 0
    }

    /// Whether there is no free slot.
    pub fn is_full(&self) -> bool {
        self.slots.vacancy().is_none()
    }

    /// The connection of a key; `None` if the key is stale.
    pub fn get(&self, key: Key) -> Option<&C> {
        self.slots.get(key).map(|entry| &entry.connection)
    }

    /// The connection of a key; `None` if the key is stale.
    pub fn get_mut(&mut self, key: Key) -> Option<&mut C> {
        self.slots.get_mut(key).map(|entry| &mut entry.connection)
    }

    /// Puts another connection, made of the present one and with the same stream, in its place.
    pub fn change(&mut self, key: Key, change: impl FnOnce(C) -> C) {
        self.slots.change(key, |Entry { connection, is_queued, timer }| Entry {
            connection: change(connection),
            is_queued,
            timer,
        });
    }

    /// All connections.
    pub fn connections(&self) -> impl Iterator<Item = &C> {
        self.slots.iter().map(|entry| &entry.connection)
    }

    /// Keys of all connections.
    pub fn keys(&self) -> Vec<Key> {
        (0..self.end()).filter_map(|slot| self.key_at(slot)).collect()
    }

    /// Upper bound of the slots in use.
    pub fn end(&self) -> usize {
        self.slots.end()
    }

    /// Key of the connection in a slot.
    pub fn key_at(&self, slot: usize) -> Option<Key> {
        self.slots.key_at(slot)
    }

    /// Appends a connection to the run queue, unless it is in it already.
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

    /// Sleeps until an event, a timer or `deadline`.
    pub(super) fn wait(&mut self, events: &mut Events, deadline: Option<Instant>) -> io::Result<()> {
        let timer = self.timers.first().map(|(moment, _)| moment);
        let timeout = if self.queue.is_empty() {
            self.clock.until(earliest(timer, deadline))
        } else {
            Some(Duration::ZERO)
        };
        match self.poll.poll(events, timeout) {
            // The signal handler wakes a source of its own. There are no events now.
            Err(e) if e.kind() == io::ErrorKind::Interrupted => Ok(()),
            result => result,
        }
    }

    /// Length of the run queue.
    pub(super) fn queued(&self) -> usize {
        self.queue.len()
    }

    /// Takes the first connection off the run queue.
    pub(super) fn dequeue(&mut self) -> Option<Key> {
        let key = self.queue.pop_front()?;
        self.slots.get_mut(key)?.is_queued = false;
        Some(key)
    }

    /// The first connection whose timer is due.
    pub(super) fn first_due(&self, now: Instant) -> Option<Key> {
        self.timers.first().filter(|(moment, _)| now >= *moment).map(|(_, key)| key)
    }

    /// Sets a connection's timer to `to`.
    pub(super) fn set_timer(&mut self, key: Key, to: Option<Instant>) {
        if let Some(entry) = self.slots.get_mut(key) {
            self.timers.set(key, &mut entry.timer, to);
        }
    }

    /// Sets a connection's timer to `deadline`, unless it is earlier: an early timer is set anew when it
    /// fires, which is rarer than a frame.
    pub(super) fn advance_timer(&mut self, key: Key, deadline: Instant) {
        if let Some(entry) = self.slots.get_mut(key)
            && entry.timer.is_none_or(|timer| deadline < timer)
        {
            self.timers.set(key, &mut entry.timer, Some(deadline));
        }
    }
}

impl<C: AsMut<TcpStream>> Reactor<C> {
    /// Adds and registers a connection. It is polled when it is ready, which the system reports at once, and
    /// at `deadline`. Fails if no slot is free or the system cannot watch it.
    pub fn insert(&mut self, mut connection: C, deadline: Option<Instant>) -> io::Result<Key> {
        let key = self.slots.vacancy().ok_or(io::ErrorKind::QuotaExceeded)?;
        watch(self.poll.registry(), &mut connection, key)?;
        self.slots.insert(Entry { connection, is_queued: false, timer: None });
        self.set_timer(key, deadline);
        Ok(key)
    }

    /// Takes a connection out. It is not watched any more, and its stream stays open.
    pub fn take(&mut self, key: Key) -> io::Result<Option<C>> {
        self.set_timer(key, None);
        let Some(mut entry) = self.slots.take(key) else { return Ok(None) };
        self.poll.registry().deregister(entry.connection.as_mut())?;
        Ok(Some(entry.connection))
    }

    /// Registers the new stream of a connection that has replaced its old one.
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
