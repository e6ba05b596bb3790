//! Commands to a tenant from other threads.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use mio::Waker;
use p2pm_core::time::Instant;

use super::readiness::Readiness;
use super::{Reactor, Source};

/// Gives commands, from any thread.
#[derive(Debug)]
pub struct Commander<T> {
    sender: SyncSender<T>,
    waker: Arc<Waker>,
}

/// The commands that wait for the tenant.
#[derive(Debug)]
pub struct Commands<T> {
    receiver: Receiver<T>,
    readiness: Readiness,
}

/// Commands that wake the loop as `source`, `limit` of which can wait at a time. A reactor has one source of this kind.
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
    /// Gives a command without waiting. It comes back if too many wait, or if the tenant is gone.
    pub fn send(&self, command: T) -> Result<(), TrySendError<T>> {
        self.sender.try_send(command)?;
        // The tenant is there, or it was until now; a loop that runs can be woken.
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
    /// Its source is ready: there is something to [take](Self::take).
    pub fn set_ready(&mut self, now: Instant) {
        self.readiness.edge(now);
    }

    /// When there is something to take, even if nothing happens.
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
