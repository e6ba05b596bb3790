//! What was shown of each author, as far as a node remembers it.

use std::collections::BTreeMap;

use p2pm_core::limits::RUNS_HEARD;
use p2pm_core::wire::PublicKey;

/// The last message that was shown of the last runs of each author.
#[derive(Default)]
pub(super) struct Shown(BTreeMap<PublicKey, Author>);

#[derive(Default)]
struct Author {
    /// Runs, the last one first, with the number of the last message.
    runs: [(u32, u32); RUNS_HEARD],
    /// Whether one that a keeper has come with is in the place of another one, since it was linked last.
    is_displaced: bool,
}

impl Shown {
    /// Number of the last message, or 0; `None` if nothing of this run is shown now.
    pub(super) fn last(&self, author: &PublicKey, run: u32) -> Option<u32> {
        let Some(author) = self.0.get(author) else { return Some(0) };
        let known = author.runs.iter().find(|(of, _)| *of == run).map(|(_, last)| *last);
        known.or((author.has_room() || !author.is_displaced).then_some(0))
    }

    /// An author is linked in this run.
    pub(super) fn link(&mut self, author: PublicKey, run: u32) {
        let author = self.0.entry(author).or_default();
        author.is_displaced = false;
        author.bring_forward(run);
    }

    /// A message is shown, after all that were shown of this run.
    pub(super) fn show(&mut self, author: PublicKey, run: u32, number: u32) {
        let last = self.last(&author, run);
        assert!(last.is_some_and(|last| last < number), "{number} is shown after {last:?}");
        let author = self.0.entry(author).or_default();
        if author.runs.iter().all(|(of, _)| *of != run) {
            author.is_displaced |= !author.has_room();
            author.bring_forward(run);
        }
        let row = author.runs.iter_mut().find(|(of, _)| *of == run).expect("it is known");
        row.1 = number;
    }

    /// An author is forgotten.
    pub(super) fn forget(&mut self, author: &PublicKey) {
        self.0.remove(author);
    }
}

impl Author {
    fn has_room(&self) -> bool {
        self.runs.iter().any(|(run, _)| *run == 0)
    }

    fn bring_forward(&mut self, run: u32) {
        let at = self.runs.iter().position(|(of, _)| *of == run);
        self.runs[..=at.unwrap_or(RUNS_HEARD - 1)].rotate_right(1);
        if at.is_none() {
            self.runs[0] = (run, 0);
        }
    }
}
