//! What a node does that may be alone, and when.

use crate::limits::{HINT_AFTER, LONE_SEARCH_INTERVAL, SECOND_SEARCH_AFTER};
use crate::time::Instant;

/// When a node without links searches again, and when its user is told that it has found nobody.
pub struct Solitude {
    /// When to look whether anybody is linked.
    look_at: Instant,
    /// From when on the user is told.
    hint_at: Instant,
    is_told: bool,
}

impl Solitude {
    /// That of a node that starts now. It has searched.
    pub fn new(start: Instant) -> Self {
        Self { look_at: start + SECOND_SEARCH_AFTER, hint_at: start + HINT_AFTER, is_told: false }
    }

    /// When to look next whether anybody is linked.
    pub fn deadline(&self) -> Instant {
        self.look_at
    }

    /// Whether to look now: without a link, search again.
    pub fn is_due(&mut self, now: Instant) -> bool {
        let is_due = now >= self.look_at;
        if is_due {
            self.look_at = if now < self.hint_at { self.hint_at } else { now + LONE_SEARCH_INTERVAL };
        }
        is_due
    }

    /// Whether to tell the user, once, that nobody is linked. Where somebody has been here before, nothing is in the way.
    pub fn takes_hint(&mut self, now: Instant, has_met: bool) -> bool {
        now >= self.hint_at && !has_met && !core::mem::replace(&mut self.is_told, true)
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use heapless::Vec;

    use super::*;

    /// Whether a node is told at each of its looks, and when they are, in seconds after its start.
    fn hints(has_met_at: impl Fn(u64) -> bool) -> Vec<(u64, bool), 8> {
        let start = Instant::from_millis(5000);
        let mut solitude = Solitude::new(start);
        let looks = (0..140).filter_map(|second| {
            let now = start + Duration::from_secs(second);
            solitude.is_due(now).then(|| (second, solitude.takes_hint(now, has_met_at(second))))
        });
        looks.collect()
    }

    #[test]
    fn whoever_has_met_nobody_is_told_once_and_not_at_once() {
        assert_eq!(hints(|_| false), [(3, false), (10, true), (70, false), (130, false)]);
        assert_eq!(hints(|second| second > 5).iter().filter(|(_, is_told)| *is_told).count(), 0);
    }
}
