//! Sources that are watched for edges.

use std::io;

use p2pm_core::time::Instant;

use super::socket::{ErrorClass, PAUSE};

/// From when on to ask a source: since an edge, until it is empty; `None` until the next edge.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Readiness(Option<Instant>);

impl Readiness {
    /// The system has told of something.
    pub(super) fn edge(&mut self, now: Instant) {
        self.0 = Some(now);
    }

    /// Nothing is left to ask for.
    pub(super) fn clear(&mut self) {
        self.0 = None;
    }

    /// What an error says of the source.
    pub(super) fn failed(&mut self, now: Instant, e: &io::Error) {
        match ErrorClass::of(e) {
            ErrorClass::Empty => self.clear(),
            ErrorClass::Peer => {}
            // What is there stays where it is, and no edge will tell.
            ErrorClass::System => self.0 = Some(now + PAUSE),
        }
    }

    pub(super) fn is_ready(self, now: Instant) -> bool {
        self.0.is_some_and(|ready| now >= ready)
    }

    /// When to ask it, even if nothing happens.
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
