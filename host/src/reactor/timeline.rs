//! Connections ordered by time.

use std::collections::BTreeSet;

use p2pm_core::time::Instant;

use super::Key;

/// Timer queue: connections, each with one moment at most, earliest first.
///
/// A connection keeps its own moment, so that its entry is found without a search.
#[derive(Debug, Default)]
pub(super) struct Timeline(BTreeSet<(Instant, Key)>);

impl Timeline {
    /// Moves a connection from the moment in `entry` to `to`, and updates `entry`.
    pub(super) fn set(&mut self, key: Key, entry: &mut Option<Instant>, to: Option<Instant>) {
        if *entry == to {
            return;
        }
        if let Some(from) = *entry {
            self.0.remove(&(from, key));
        }
        if let Some(to) = to {
            self.0.insert((to, key));
        }
        *entry = to;
    }

    /// The connections, earliest first.
    pub(super) fn keys(&self) -> impl Iterator<Item = Key> {
        self.0.iter().map(|(_, key)| *key)
    }

    /// The earliest entry.
    pub(super) fn first(&self) -> Option<(Instant, Key)> {
        self.0.first().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(index: usize) -> Key {
        Key::new(index, 7)
    }

    #[test]
    fn a_connection_is_in_one_place_and_the_earliest_first() {
        let mut timeline = Timeline::default();
        let at = |millis| Some(Instant::from_millis(millis));
        let mut entries = [None; 3];
        for (index, moment) in [(0, at(30)), (1, at(20)), (2, at(20)), (1, at(40)), (2, None)] {
            timeline.set(key(index), &mut entries[index], moment);
        }
        assert_eq!(entries, [at(30), at(40), None]);
        assert_eq!(timeline.keys().collect::<Vec<_>>(), [key(0), key(1)]);
        for index in [0, 1] {
            assert_eq!(timeline.first(), entries[index].map(|moment| (moment, key(index))));
            timeline.set(key(index), &mut entries[index], None);
        }
        assert_eq!(timeline.first(), None);
    }
}
