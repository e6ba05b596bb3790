//! One file of a node.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use p2pm_core::node::TransferKey;
use p2pm_core::time::Instant;

use super::super::ask::Answer;
use super::super::news::{FileInfo, FileState};
use crate::transfer::{Cargo, Control};

/// A file that is offered, or on its way.
pub(super) struct Entry {
    pub(super) key: TransferKey,
    pub(super) info: FileInfo,
    /// Where it is, if this node sends it.
    pub(super) path: Option<PathBuf>,
    pub(super) state: FileState,
    pub(super) freight: Freight,
    pub(super) search: Search,
    /// Whether anybody may know of it: it is ours, or there was time to look for what there is of it.
    pub(super) is_known: bool,
    /// Until when the disk is waited for: then it is known all the same, or whoever takes it is told that it hangs.
    pub(super) patience: Option<Instant>,
    /// Bytes that have crossed, as they were told last.
    pub(super) done: u64,
    /// Whether it waits for space at this end.
    pub(super) lacks_space: bool,
    /// Whether the user of either end has it wait, which is kept for the next run.
    pub(super) is_paused: bool,
    /// It was so in an earlier run: as soon as there is a connection, it waits again. What its state is but for that.
    pub(super) held: Option<FileState>,
}

/// Where the stream of a file is.
pub(super) enum Freight {
    /// It is offered to us, and not taken.
    Undecided,
    /// It is taken, and a place for it is made.
    Opening { folder: PathBuf, taker: Taker },
    /// It waits for a connection.
    Waiting(Box<Cargo>),
    /// A thread carries it.
    Moving(Arc<Control>),
}

/// The search for what there is of something that is offered to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Search {
    /// It waits until the disk has less to do.
    Queued,
    /// It is under way.
    Begun,
    /// It is over, or there is none.
    Over,
}

/// On whose behalf something is taken.
#[derive(Default)]
pub(in crate::node) struct Taker {
    /// Who is answered, if anybody has asked.
    pub(in crate::node) reply: Option<SyncSender<Answer>>,
    /// Whether it is refused if it cannot be taken.
    pub(in crate::node) or_refuse: bool,
    /// Whether it is taken only because it was before: not if that was given up meanwhile.
    pub(in crate::node) goes_on: bool,
}

impl Taker {
    /// Answers whoever has asked, once.
    pub(super) fn answer(&mut self, answer: Answer) {
        if let Some(reply) = self.reply.take() {
            // They may be gone.
            let _ = reply.try_send(answer);
        }
    }
}

impl Entry {
    /// One that is not looked for, and that everybody may know of.
    pub(super) fn new(key: TransferKey, info: FileInfo, state: FileState, freight: Freight) -> Self {
        Self {
            key,
            info,
            path: None,
            state,
            freight,
            search: Search::Over,
            is_known: true,
            patience: None,
            done: 0,
            lacks_space: false,
            is_paused: false,
            held: None,
        }
    }

    pub(super) fn control(&self) -> Option<&Arc<Control>> {
        match &self.freight {
            Freight::Moving(control) => Some(control),
            _ => None,
        }
    }

    /// Bytes that have crossed.
    pub(super) fn position(&self) -> u64 {
        let position = self.control().map_or(self.done, |control| control.position());
        // A connection that only says that it waits does not find out how much there is.
        if self.held.is_some() { self.done.max(position) } else { position }
    }

    /// Its state, if it is asked for.
    pub(super) fn state_now(&self) -> FileState {
        match self.control().filter(|_| self.held.is_none()) {
            Some(control) => FileState::Moving { done: control.position() },
            None => self.state.clone(),
        }
    }

    /// What waits for a connection.
    pub(super) fn take_cargo(&mut self) -> Option<Cargo> {
        match std::mem::replace(&mut self.freight, Freight::Undecided) {
            Freight::Waiting(cargo) => Some(*cargo),
            freight => {
                self.freight = freight;
                None
            }
        }
    }

    /// What waits for a connection, in place.
    pub(super) fn cargo(&mut self) -> Option<&mut Cargo> {
        match &mut self.freight {
            Freight::Waiting(cargo) => Some(cargo),
            _ => None,
        }
    }

    /// On whose behalf it is taken and into which folder, if a place for it is made there.
    pub(super) fn opening(&mut self) -> Option<(&Path, &mut Taker)> {
        match &mut self.freight {
            Freight::Opening { folder, taker } => Some((folder, taker)),
            _ => None,
        }
    }

    /// There is a place for it, or there cannot be one: on whose behalf it is taken.
    pub(super) fn end_opening(&mut self) -> Option<Taker> {
        match std::mem::replace(&mut self.freight, Freight::Undecided) {
            Freight::Opening { taker, .. } => {
                self.patience = None;
                Some(taker)
            }
            freight => {
                self.freight = freight;
                None
            }
        }
    }

    /// Whether it waits for a decision.
    pub(super) fn is_undecided(&self) -> bool {
        matches!(self.freight, Freight::Undecided)
    }
}
