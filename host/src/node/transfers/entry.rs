//! One file of a node.

use std::path::PathBuf;
use std::sync::Arc;

use p2pm_core::node::TransferKey;

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
    /// Bytes that have crossed, as they were told last.
    pub(super) done: u64,
    /// Whether it waits for space at this end.
    pub(super) lacks_space: bool,
}

/// Where the stream of a file is.
pub(super) enum Freight {
    /// It is offered to us, and nothing is done about it before the disk has less to do: nobody has been told of it.
    Queued,
    /// It is offered to us, and what there is of it is looked for: nobody has been told of it.
    Sought,
    /// It is offered to us, and not taken.
    Undecided,
    /// It is taken, and a place for it is made.
    Opening,
    /// It waits for a connection.
    Waiting(Box<Cargo>),
    /// A thread carries it.
    Moving(Arc<Control>),
}

impl Entry {
    pub(super) fn control(&self) -> Option<&Arc<Control>> {
        match &self.freight {
            Freight::Moving(control) => Some(control),
            _ => None,
        }
    }

    /// Bytes that have crossed.
    pub(super) fn position(&self) -> u64 {
        self.control().map_or(self.done, |control| control.position())
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

    /// Whether anybody was told of it.
    pub(super) fn is_told(&self) -> bool {
        !matches!(self.freight, Freight::Queued | Freight::Sought)
    }
}
