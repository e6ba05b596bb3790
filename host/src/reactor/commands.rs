//! Commands to a tenant from other threads.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use mio::Waker;
use p2pm_core::time::Instant;
use rustix::io::Errno;

use super::edge::EdgeTriggered;
use super::{Reactor, Source};

/// Sending side of a bounded command queue, for any thread.
#[derive(Debug)]
pub struct Commander<T> {
    sender: SyncSender<T>,
    waker: Arc<Waker>,
}

/// Receiving side of a command queue, for the tenant.
pub type Commands<T> = EdgeTriggered<Receiver<T>>;

/// A queue of at most `limit` commands, which wakes the loop as `source`. A reactor can have one such source.
pub fn commands<T, C>(
    reactor: &Reactor<C>,
    source: Source,
    limit: usize,
) -> io::Result<(Commander<T>, Commands<T>)> {
    let waker = Arc::new(reactor.waker(source)?);
    let (sender, receiver) = sync_channel(limit);
    Ok((Commander { sender, waker }, Commands::new(receiver)))
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
    /// The next command; `None` if there is none now.
    pub fn take(&mut self, now: Instant) -> Option<T> {
        self.read(now, |receiver| receiver.try_recv().map_err(|_| Errno::AGAIN.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_asked_for_until_there_are_none() {
        let reactor = Reactor::<()>::new(1).unwrap();
        let (commander, mut commands) = commands(&reactor, Source(0), 1).unwrap();
        let now = Instant::from_millis(5000);
        commander.send('a').unwrap();
        commands.set_ready(now);
        assert_eq!((commands.take(now), commands.deadline()), (Some('a'), Some(now)));
        assert_eq!((commands.take(now), commands.deadline()), (None, None));
    }
}
