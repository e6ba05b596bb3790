//! Edge-triggered sources.

use std::io;

use p2pm_core::time::Instant;

use super::socket::{ErrorClass, PAUSE};

/// A source that is ready from an edge on until it is empty.
#[derive(Debug)]
pub struct EdgeTriggered<T> {
    pub(super) inner: T,
    /// From when on to read it; `None` until the next edge.
    ready: Option<Instant>,
}

impl<T> EdgeTriggered<T> {
    pub(super) fn new(inner: T) -> Self {
        Self { inner, ready: None }
    }

    /// Records an edge: the source is ready, though not before a pause is over.
    pub fn set_ready(&mut self, now: Instant) {
        self.ready.get_or_insert(now);
    }

    /// When to read it even without an event.
    pub fn deadline(&self) -> Option<Instant> {
        self.ready
    }

    /// Reads the source, if it is ready. `None` if it has nothing now, or if a peer's error was reported instead;
    /// [`deadline`](Self::deadline) says whether to ask again.
    pub(super) fn read<R>(&mut self, now: Instant, read: impl FnOnce(&mut T) -> io::Result<R>) -> Option<R> {
        self.ready.filter(|ready| now >= *ready)?;
        read(&mut self.inner).map_err(|error| self.failed(now, &error)).ok()
    }

    fn failed(&mut self, now: Instant, error: &io::Error) {
        match ErrorClass::of(error) {
            ErrorClass::Empty => self.ready = None,
            ErrorClass::Peer => {}
            // What is queued stays queued, and no further edge announces it.
            ErrorClass::System => self.ready = Some(now + PAUSE),
        }
    }
}

#[cfg(test)]
mod tests {
    use rustix::io::Errno;

    use super::*;

    #[test]
    fn a_source_is_asked_until_it_is_empty_and_not_while_it_cannot_give() {
        let now = Instant::from_millis(5000);
        let mut source = EdgeTriggered::new(());
        let has = |(): &mut ()| Ok(());
        let fails = |errno: Errno| move |(): &mut ()| -> io::Result<()> { Err(errno.into()) };
        assert_eq!((source.read(now, has), source.deadline()), (None, None));
        source.set_ready(now);
        assert_eq!(source.read(now, fails(Errno::CONNABORTED)), None);
        assert_eq!(source.read(now, has), Some(()), "there may be more");
        assert_eq!(source.read(now, fails(Errno::MFILE)), None);
        assert_eq!((source.read(now, has), source.deadline()), (None, Some(now + PAUSE)));
        assert_eq!(source.read(now + PAUSE, has), Some(()));
        assert_eq!(source.read(now + PAUSE, fails(Errno::WOULDBLOCK)), None);
        assert_eq!((source.read(now + PAUSE, has), source.deadline()), (None, None));
    }
}
