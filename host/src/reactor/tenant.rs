//! The event loop and the interface of its program.

use std::io;
use std::ops::ControlFlow;

use mio::Events;
use mio::net::TcpStream;
use p2pm_core::time::Instant;

use super::token::Named;
use super::{Key, Reactor, Source};

/// Events taken from the system at a time.
const EVENTS_PER_POLL: usize = 1024;
/// Timers that fire before connections are polled.
const TIMERS_PER_POLL: usize = 256;

/// A program with many connections, to be [`run`].
///
/// No method may block, and each must do a bounded amount of work.
pub trait Tenant {
    /// Content of a slot: a connection or a connection attempt.
    type Connection: AsMut<TcpStream>;

    /// The tenant's reactor.
    fn reactor(&mut self) -> &mut Reactor<Self::Connection>;

    /// A registered source is ready and must be read until it is empty. That may take several polls; see
    /// [`deadline`](Self::deadline).
    fn handle_ready(&mut self, now: Instant, source: Source);

    /// A connection is ready, its deadline has come, or it was enqueued. If it has more work than is fair to
    /// others, the tenant enqueues it again.
    fn poll_connection(&mut self, now: Instant, key: Key);

    /// When to poll a connection even without an event; `None` for never, or if it is gone. Asked after each
    /// poll of it, and when its timer fires.
    fn connection_deadline(&mut self, key: Key) -> Option<Instant>;

    /// All queued connections have been polled: time for other work, such as accepting. `Break` ends the
    /// loop.
    fn end_poll(&mut self, now: Instant) -> ControlFlow<()>;

    /// When to poll even without an event or a connection's deadline.
    fn deadline(&self) -> Option<Instant>;
}

/// Runs the loop until the tenant ends it, or the system cannot wait any more.
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

/// Enqueues the connections whose deadline has come. A timer that is early is set anew; one that is due is
/// set once the connection has been polled.
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

/// Polls each connection that is in the run queue now.
fn poll_queued(tenant: &mut impl Tenant, now: Instant) {
    for _ in 0..tenant.reactor().queued() {
        let Some(key) = tenant.reactor().dequeue() else { continue };
        tenant.poll_connection(now, key);
        if let Some(deadline) = tenant.connection_deadline(key) {
            tenant.reactor().advance_timer(key, deadline);
        }
    }
}
