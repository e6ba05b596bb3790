//! What was heard of a contact, in the last runs of its node.

use crate::limits::RUNS_HEARD;

/// The last message that was heard of each of the last runs of a contact's node.
///
/// A text of an earlier run can come after those of a later one: a keeper has held it. One run alone would be forgotten with the
/// next, and all of its texts would be heard again.
#[derive(Clone, Copy, Debug)]
pub(in crate::node) struct Heard {
    /// The newest first.
    runs: [LastHeard; RUNS_HEARD],
    /// Run of the text that is being shown.
    shown: u32,
    /// Whether one that a keeper has come with is in the place of another one, since the contact was linked last. A keeper could
    /// come with one after the other for ever, each in the place of one that would be not known then.
    is_displaced_by_keeper: bool,
}

/// The last message that was heard of one run.
#[derive(Clone, Copy, Debug)]
struct LastHeard {
    run: u32,
    /// Its number, from 1; 0 for none.
    sequence: u32,
}

impl Heard {
    pub(super) const NOTHING: Self = Self {
        runs: [LastHeard { run: 0, sequence: 0 }; RUNS_HEARD],
        shown: 0,
        is_displaced_by_keeper: false,
    };

    /// Number of the last message that was heard of a run, or 0; `None` if nothing of this run may be heard now.
    pub(in crate::node) fn last(&self, run: u32) -> Option<u32> {
        let of_run = self.runs.iter().find(|heard| heard.run == run).map(|heard| heard.sequence);
        of_run.or((self.has_room() || !self.is_displaced_by_keeper).then_some(0))
    }

    /// Whether there is room for another run.
    fn has_room(&self) -> bool {
        self.runs.iter().any(|heard| heard.run == 0)
    }

    /// The contact is linked in this run.
    pub(super) fn link(&mut self, run: u32) {
        self.is_displaced_by_keeper = false;
        self.bring_forward(run);
        self.shown = run;
    }

    /// A text of this run is shown, which a keeper has come with.
    pub(in crate::node) fn show_kept(&mut self, run: u32) {
        if self.runs.iter().all(|heard| heard.run != run) {
            self.is_displaced_by_keeper |= !self.has_room();
            self.bring_forward(run);
        }
        self.shown = run;
    }

    /// A text of this run is shown, which the contact says itself.
    pub(in crate::node) fn show(&mut self, run: u32) {
        self.shown = run;
    }

    /// The message with this number, which was shown last, is confirmed.
    pub(in crate::node) fn confirm(&mut self, sequence: u32) {
        if let Some(heard) = self.runs.iter_mut().find(|heard| heard.run == self.shown) {
            heard.sequence = heard.sequence.max(sequence);
        }
    }

    /// Puts a run in front, in the place of the oldest one if it is not there.
    fn bring_forward(&mut self, run: u32) {
        let at = self.runs.iter().position(|heard| heard.run == run);
        if let Some(runs) = self.runs.get_mut(..=at.unwrap_or(RUNS_HEARD.saturating_sub(1))) {
            runs.rotate_right(1);
        }
        if at.is_none()
            && let Some(first) = self.runs.first_mut()
        {
            *first = LastHeard { run, sequence: 0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_runs_are_remembered() {
        let mut heard = Heard::NOTHING;
        for run in 1..=5 {
            heard.link(run);
            heard.confirm(10 * run);
        }
        assert_eq!([1, 2, 3, 4, 5].map(|run| heard.last(run)), [0, 20, 30, 40, 50].map(Some));
        heard.link(2);
        heard.link(6);
        assert_eq!([2, 3, 4, 5, 6].map(|run| heard.last(run)), [20, 0, 40, 50, 0].map(Some));
    }

    #[test]
    fn a_keeper_comes_with_one_run_in_the_place_of_another() {
        let mut heard = Heard::NOTHING;
        heard.link(1);
        for run in 2..=4 {
            heard.show_kept(run);
            heard.confirm(run);
        }
        assert_eq!([1, 2, 3, 4, 5].map(|run| heard.last(run)), [0, 2, 3, 4, 0].map(Some));
        heard.show_kept(5);
        heard.confirm(5);
        assert_eq!([1, 2, 3, 4, 5].map(|run| heard.last(run)), [None, Some(2), Some(3), Some(4), Some(5)]);
        heard.link(6);
        assert_eq!([1, 2, 3, 4, 5, 6].map(|run| heard.last(run)), [0, 0, 3, 4, 5, 0].map(Some));
    }

    #[test]
    fn a_contact_is_heard_between_texts_of_keepers() {
        let mut heard = Heard::NOTHING;
        heard.link(1);
        heard.show_kept(2);
        heard.confirm(7);
        heard.show(1);
        heard.confirm(8);
        assert_eq!([1, 2].map(|run| heard.last(run)), [8, 7].map(Some));
    }
}
