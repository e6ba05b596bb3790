//! The loop.

use std::io;
use std::ops::ControlFlow;

use mio::Events;
use mio::net::TcpStream;
use p2pm_core::time::Instant;

use super::token::Named;
use super::{Key, Reactor, Source};

/// Events taken from the system at a time.
const EVENTS_PER_POLL: usize = 1024;
/// Timers that fire before the others are polled.
const TIMERS_PER_POLL: usize = 256;

/// A program with many connections, to be [`run`].
///
/// No method blocks, and each does a bounded amount of work.
pub trait Tenant {
    /// What is in a slot: a connection, or one being made.
    type Connection: AsMut<TcpStream>;

    /// The tenant's own.
    fn reactor(&mut self) -> &mut Reactor<Self::Connection>;

    /// A source that the tenant has registered is ready: it is to be asked until it is empty. That may take more than
    /// one poll; see [`deadline`](Self::deadline).
    fn handle_ready(&mut self, now: Instant, source: Source);

    /// A connection is ready, its deadline has come, or it was enqueued. If it has more to do than is good for the
    /// others, the tenant enqueues it again.
    fn poll_connection(&mut self, now: Instant, key: Key);

    /// When to poll a connection even if nothing happens: never, if it is gone. Asked each time it was polled, and when
    /// the time last told has come.
    fn connection_deadline(&mut self, key: Key) -> Option<Instant>;

    /// All who were in the queue have been polled: what is nobody's in particular can be done. Ends the loop with
    /// `Break`.
    fn end_poll(&mut self, now: Instant) -> ControlFlow<()>;

    /// When to poll even if nothing happens and no connection's deadline has come.
    fn deadline(&self) -> Option<Instant>;
}

/// Serves a tenant until it has enough, or until the system cannot wait any more.
pub fn run(tenant: &mut impl Tenant) -> io::Result<()> {
    let mut events = Events::with_capacity(EVENTS_PER_POLL);
    loop {
        let deadline = tenant.deadline();
        tenant.reactor().wait(&mut events, deadline)?;
        let now = tenant.reactor().now();
        deliver(tenant, now, &events);
        fire_timers(tenant, now);
        poll_queued(tenant, now);
        if tenant.end_poll(now).is_break() {
            return Ok(());
        }
    }
}

fn deliver(tenant: &mut impl Tenant, now: Instant, events: &Events) {
    for event in events {
        match event.token().into() {
            Named::Connection(key) => tenant.reactor().enqueue(key),
            Named::Source(source) => tenant.handle_ready(now, source),
        }
    }
}

/// Enqueues those whose deadline has come. A timer that is early is set anew, and one that is not, once its connection
/// has been polled.
fn fire_timers(tenant: &mut impl Tenant, now: Instant) {
    for _ in 0..TIMERS_PER_POLL {
        let Some(key) = tenant.reactor().first_due(now) else { return };
        let deadline = tenant.connection_deadline(key);
        let is_due = deadline.is_some_and(|deadline| now >= deadline);
        tenant.reactor().set_timer(key, deadline.filter(|_| !is_due));
        if is_due {
            tenant.reactor().enqueue(key);
        }
    }
}

/// Polls each that is in the queue now.
fn poll_queued(tenant: &mut impl Tenant, now: Instant) {
    for _ in 0..tenant.reactor().queued() {
        let Some(key) = tenant.reactor().dequeue() else { continue };
        tenant.poll_connection(now, key);
        if let Some(deadline) = tenant.connection_deadline(key) {
            tenant.reactor().advance_timer(key, deadline);
        }
    }
}
