//! Connections by a moment in time.

use std::collections::BTreeSet;

use p2pm_core::time::Instant;

/// Slots of connections, each at one moment at most, the earliest first.
///
/// A slot's moment is kept with its connection, so that finding it takes no search.
#[derive(Debug, Default)]
pub(crate) struct Timeline(BTreeSet<(Instant, usize)>);

impl Timeline {
    /// Moves a slot from the moment in `entry` to the moment `to`, which is then in `entry`.
    pub(crate) fn set(&mut self, slot: usize, entry: &mut Option<Instant>, to: Option<Instant>) {
        if *entry == to {
            return;
        }
        if let Some(from) = *entry {
            self.0.remove(&(from, slot));
        }
        if let Some(to) = to {
            self.0.insert((to, slot));
        }
        *entry = to;
    }

    /// The slots, the earliest first.
    pub(crate) fn slots(&self) -> impl Iterator<Item = usize> {
        self.0.iter().map(|(_, slot)| *slot)
    }

    /// The earliest moment, and whose it is.
    pub(crate) fn first(&self) -> Option<(Instant, usize)> {
        self.0.first().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_in_one_place_and_the_earliest_first() {
        let mut timeline = Timeline::default();
        let mut entries = [None; 3];
        let at = |millis| Some(Instant::from_millis(millis));
        for (slot, moment) in [(0, at(30)), (1, at(20)), (2, at(20)), (1, at(40)), (2, None)] {
            timeline.set(slot, &mut entries[slot], moment);
        }
        assert_eq!(entries, [at(30), at(40), None]);
        for expected in [0, 1] {
            let (_, slot) = timeline.first().unwrap();
            assert_eq!(slot, expected);
            timeline.set(slot, &mut entries[slot], None);
        }
        assert_eq!(timeline.first(), None);
    }
}
