//! Schedule of presence updates: all subscribers in one round, at most one round per second.

use std::ops::Range;

use p2pm_core::limits::PRESENCE_INTERVAL;
use p2pm_core::registry::Version;
use p2pm_core::time::Instant;

/// Connections that a round visits in one poll.
const VISITS_PER_POLL: usize = 256;

/// Rounds over all connections. A change during a round is left to the next one.
#[derive(Debug)]
pub(super) struct Rounds {
    /// Version that the last round was for.
    told: Version,
    next: Instant,
    /// Slots that the current round has yet to visit.
    ahead: Range<usize>,
}

impl Rounds {
    /// The first change starts a round at once.
    pub(super) fn new(now: Instant, version: Version) -> Self {
        Self { told: version, next: now, ahead: 0..0 }
    }

    /// When there is something to do, given the registry's version.
    pub(super) fn deadline(&self, version: Version) -> Option<Instant> {
        let is_due = !self.ahead.is_empty() || self.told != version;
        // A round in progress is due now.
        is_due.then_some(if self.ahead.is_empty() { self.next } else { Instant::default() })
    }

    /// Slots to visit now, given that all connections are in slots below `end`.
    pub(super) fn visit(&mut self, now: Instant, version: Version, end: usize) -> Range<usize> {
        if self.ahead.is_empty() && self.told != version && now >= self.next {
            *self = Self { told: version, next: now + PRESENCE_INTERVAL, ahead: 0..end };
        }
        let start = self.ahead.start;
        self.ahead.start = self.ahead.end.min(start + VISITS_PER_POLL);
        start..self.ahead.start
    }
}

#[cfg(test)]
mod tests {
    use p2pm_core::registry::Registry;
    use p2pm_core::wire::Endpoint;

    use super::*;

    /// Successive versions of a registry.
    fn versions() -> [Version; 3] {
        let mut registry = Registry::<4>::new([0; 16]);
        let endpoint = Endpoint::new("127.0.0.1".parse().unwrap(), 1.try_into().unwrap());
        ["a", "b", "c"].map(|name| {
            registry.claim(name.parse().unwrap(), endpoint).unwrap();
            registry.version()
        })
    }

    #[test]
    fn a_round_visits_all_and_the_next_comes_a_second_later() {
        let [old, new, newer] = versions();
        let now = Instant::from_millis(5000);
        let mut rounds = Rounds::new(now, old);
        assert_eq!(rounds.deadline(old), None);
        assert!(rounds.visit(now, old, 300).is_empty());
        assert_eq!(rounds.deadline(new), Some(now));
        assert_eq!(rounds.visit(now, new, 300), 0..256);
        assert!(rounds.deadline(new) < Some(now), "it goes on at once");
        assert_eq!(rounds.visit(now, newer, 500), 256..300);
        assert_eq!(rounds.deadline(new), None);
        assert_eq!(rounds.deadline(newer), Some(now + PRESENCE_INTERVAL));
        assert!(rounds.visit(now, newer, 500).is_empty());
        assert_eq!(rounds.visit(now + PRESENCE_INTERVAL, newer, 100), 0..100);
    }
}
