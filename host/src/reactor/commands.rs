//! Commands to a tenant from other threads.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use mio::Waker;
use p2pm_core::time::Instant;

use super::readiness::Readiness;
use super::{Reactor, Source};

/// Sending side of a bounded command queue, for any thread.
#[derive(Debug)]
pub struct Commander<T> {
    sender: SyncSender<T>,
    waker: Arc<Waker>,
}

/// Receiving side of a command queue, for the tenant.
#[derive(Debug)]
pub struct Commands<T> {
    receiver: Receiver<T>,
    readiness: Readiness,
}

/// A queue of at most `limit` commands, which wakes the loop as `source`. A reactor can have one such source.
pub fn commands<T, C>(
    reactor: &Reactor<C>,
    source: Source,
    limit: usize,
) -> io::Result<(Commander<T>, Commands<T>)> {
    let waker = Arc::new(reactor.waker(source)?);
    let (sender, receiver) = sync_channel(limit);
    Ok((Commander { sender, waker }, Commands { receiver, readiness: Readiness::default() }))
}

impl<T> Commander<T> {
    /// Sends a command without blocking. It comes back if the queue is full or the tenant is gone.
    pub fn send(&self, command: T) -> Result<(), TrySendError<T>> {
        self.sender.try_send(command)?;
        // If the tenant is gone by now, waking fails, and the command is lost with it.
        let _ = self.waker.wake();
        Ok(())
    }
}

impl<T> Clone for Commander<T> {
    fn clone(&self) -> Self {
        Self { sender: self.sender.clone(), waker: Arc::clone(&self.waker) }
    }
}

impl<T> Commands<T> {
    /// Records that the source is ready, so that there is something to [take](Self::take).
    pub fn set_ready(&mut self, now: Instant) {
        self.readiness.edge(now);
    }

    /// When to [take](Self::take) again even without an event.
    pub fn deadline(&self) -> Option<Instant> {
        self.readiness.deadline()
    }

    /// The next command; `None` if there is none now.
    pub fn take(&mut self, now: Instant) -> Option<T> {
        if !self.readiness.is_ready(now) {
            return None;
        }
        let command = self.receiver.try_recv().ok();
        if command.is_none() {
            self.readiness.clear();
        }
        command
    }
}
