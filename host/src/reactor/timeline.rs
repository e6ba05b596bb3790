//! Connections ordered by time.

use std::collections::BTreeSet;
use std::num::NonZeroU64;

use p2pm_core::time::Instant;

use super::Key;

/// Timer queue: connections, each with one moment at most, earliest first.
///
/// A connection keeps its own moment, so that its entry is found without a search.
#[derive(Debug, Default)]
pub(super) struct Timeline(BTreeSet<(Instant, Key)>);

/// Entry of a connection in a timeline, if it has one. The end of time counts as none.
///
/// Stored inverted, in half the memory of an `Option<Instant>`, since there are thousands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Moment(Option<NonZeroU64>);

impl From<Option<Instant>> for Moment {
    fn from(moment: Option<Instant>) -> Self {
        Self(moment.and_then(|moment| NonZeroU64::new(!moment.as_millis())))
    }
}

impl Moment {
    pub(super) fn get(self) -> Option<Instant> {
        self.0.map(|inverse| Instant::from_millis(!inverse.get()))
    }
}

impl Timeline {
    /// Moves a connection from the moment in `entry` to `to`, and updates `entry`.
    pub(super) fn set(&mut self, key: Key, entry: &mut Moment, to: Option<Instant>) {
        let to = Moment::from(to);
        if *entry == to {
            return;
        }
        if let Some(from) = entry.get() {
            self.0.remove(&(from, key));
        }
        if let Some(to) = to.get() {
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
        let mut entries = [Moment::default(); 3];
        for (index, moment) in [(0, at(30)), (1, at(20)), (2, at(20)), (1, at(40)), (2, None)] {
            timeline.set(key(index), &mut entries[index], moment);
        }
        assert_eq!(entries.map(Moment::get), [at(30), at(40), None]);
        assert_eq!(timeline.keys().collect::<Vec<_>>(), [key(0), key(1)]);
        for index in [0, 1] {
            assert_eq!(timeline.first(), entries[index].get().map(|moment| (moment, key(index))));
            timeline.set(key(index), &mut entries[index], None);
        }
        assert_eq!(timeline.first(), None);
    }

    #[test]
    fn the_end_of_time_never_comes() {
        let mut timeline = Timeline::default();
        let at = |millis| Some(Instant::from_millis(millis));
        let mut entry = Moment::default();
        timeline.set(key(0), &mut entry, at(0));
        assert_eq!((entry.get(), timeline.first()), (at(0), at(0).map(|moment| (moment, key(0)))));
        timeline.set(key(0), &mut entry, at(u64::MAX));
        assert_eq!((entry, timeline.first()), (Moment::default(), None));
        assert_eq!(size_of::<Moment>(), size_of::<Instant>());
    }
}
