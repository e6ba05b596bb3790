//! Readiness of edge-triggered sources.

use std::io;

use p2pm_core::time::Instant;

use super::socket::{ErrorClass, PAUSE};

/// From when on to read a source: from an edge until it is empty; `None` until the next edge.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Readiness(Option<Instant>);

impl Readiness {
    /// Records an edge.
    pub(super) fn edge(&mut self, now: Instant) {
        self.0 = Some(now);
    }

    /// Records that the source is empty.
    pub(super) fn clear(&mut self) {
        self.0 = None;
    }

    /// Records an error of the source.
    pub(super) fn failed(&mut self, now: Instant, e: &io::Error) {
        match ErrorClass::of(e) {
            ErrorClass::Empty => self.clear(),
            ErrorClass::Peer => {}
            // What is queued stays queued, and no further edge announces it.
            ErrorClass::System => self.0 = Some(now + PAUSE),
        }
    }

    pub(super) fn is_ready(self, now: Instant) -> bool {
        self.0.is_some_and(|ready| now >= ready)
    }

    /// When to read it even without an event.
    pub(super) fn deadline(self) -> Option<Instant> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use rustix::io::Errno;

    use super::*;

    #[test]
    fn a_source_is_asked_until_it_is_empty_and_not_while_it_cannot_give() {
        let now = Instant::from_millis(5000);
        let mut readiness = Readiness::default();
        assert!(!readiness.is_ready(now) && readiness.deadline().is_none());
        readiness.edge(now);
        readiness.failed(now, &Errno::CONNABORTED.into());
        assert!(readiness.is_ready(now), "there may be more");
        readiness.failed(now, &Errno::MFILE.into());
        assert!(!readiness.is_ready(now));
        assert_eq!(readiness.deadline(), Some(now + PAUSE));
        assert!(readiness.is_ready(now + PAUSE));
        readiness.failed(now, &Errno::WOULDBLOCK.into());
        assert_eq!(readiness.deadline(), None);
    }
}
