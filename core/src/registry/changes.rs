//! Ring buffer of the latest presence changes.

use heapless::Deque;

use crate::limits::CHANGES_MAX;
use crate::wire::Change;

/// Number of presence changes that a registry had seen at some moment. Later versions compare greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Version(u64);

/// The latest [`CHANGES_MAX`] changes.
pub(super) struct Changes {
    recent: Deque<Change, CHANGES_MAX>,
    version: Version,
}

impl Changes {
    /// No changes.
    pub(super) const fn new() -> Self {
        Self { recent: Deque::new(), version: Version(0) }
    }

    /// The version after the last change.
    pub(super) const fn version(&self) -> Version {
        self.version
    }

    /// Adds a change; drops the oldest one if the buffer is full.
    pub(super) fn record(&mut self, change: Change) {
        if self.recent.is_full() {
            self.recent.pop_front();
        }
        // Cannot fail: there is room.
        let _ = self.recent.push_back(change);
        self.version.0 = self.version.0.saturating_add(1);
    }

    /// Number of changes after `version` that were dropped; then the others in order, each with the version
    /// after it.
    pub(super) fn since(&self, version: Version) -> (u64, impl Iterator<Item = (&Change, Version)>) {
        let oldest = self.version.0.saturating_sub(self.recent.len() as u64);
        let changes = self.recent.iter().zip((1..).map(move |nth| Version(oldest.saturating_add(nth))));
        let later = changes.skip_while(move |&(_, after)| after <= version);
        (oldest.saturating_sub(version.0), later)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Name;

    /// The change that a test records as number `number`.
    fn change(number: u64) -> Change {
        let digits = [100, 10, 1].map(|unit| b'0' + (number / unit % 10) as u8);
        Change::Left(Name::new(&digits).expect("digits are a name"))
    }

    fn recorded(count: u64) -> Changes {
        let mut changes = Changes::new();
        (0..count).for_each(|number| changes.record(change(number)));
        changes
    }

    #[test]
    fn nothing_has_happened_at_first() {
        let changes = Changes::new();
        let (missed, mut later) = changes.since(changes.version());
        assert_eq!(missed, 0);
        assert_eq!(later.next(), None);
    }

    #[test]
    fn every_version_is_caught_up_with_or_told_what_it_missed() {
        let room = CHANGES_MAX as u64;
        for count in [1, room - 1, room, room + 1, 3 * room + 5] {
            let changes = recorded(count);
            assert_eq!(changes.version(), Version(count));
            for known in 0..=count {
                let (missed, later) = changes.since(Version(known));
                assert_eq!(missed, (count - known).saturating_sub(room));
                let kept = (known + missed..count).map(|number| (change(number), Version(number + 1)));
                assert!(later.map(|(change, after)| (change.clone(), after)).eq(kept));
            }
        }
    }

    #[test]
    fn a_version_from_elsewhere_has_missed_nothing() {
        let changes = recorded(3);
        let (missed, mut later) = changes.since(Version(u64::MAX));
        assert_eq!(missed, 0);
        assert_eq!(later.next(), None);
    }
}
