//! One thing to look at or to do in a folder for what is received.

use std::path::{Path, PathBuf};

use p2pm_core::node::KeptGoods;

use crate::transfer::disk::{Already, Inbox, Origin, Trouble};
use crate::transfer::{Begun, Cargo};

/// Something to look at or to do in a folder.
pub(super) enum Errand {
    /// Look for what there is of something that is offered.
    Look { file: u32, origin: Origin, goods: Box<KeptGoods> },
    /// Make a place for something that is taken; or find it again, if it is taken only because it was before: not if that was
    /// given up meanwhile.
    Reserve { file: u32, cargo: Box<Cargo>, goes_on: bool },
    /// Look for so many bytes of space for each of these.
    Measure(Vec<(u32, u64)>),
    /// Remove what there is of something that is given up.
    Discard(Box<Cargo>),
    /// Close what is open of something that waits.
    Close(Box<Begun>),
}

/// An errand that is done in a folder.
pub(in crate::node) struct Done {
    pub(super) folder: PathBuf,
    pub(super) outcome: Outcome,
}

/// What came of an errand.
pub(super) enum Outcome {
    Looked {
        file: u32,
        already: Option<Already>,
    },
    Reserved {
        file: u32,
        cargo: Box<Cargo>,
        result: Result<Already, Trouble>,
    },
    /// There is space for these.
    Measured(Vec<u32>),
    /// Nobody waits for it.
    Other,
}

impl Errand {
    /// Does it, which takes as long as the disk does.
    pub(super) fn run(self, folder: &Path) -> Outcome {
        match self {
            Self::Look { file, origin, goods } => {
                Outcome::Looked { file, already: look(folder, &origin, &goods) }
            }
            Self::Reserve { file, cargo, goes_on } => {
                let result = if goes_on { cargo.reserve_again() } else { cargo.reserve() };
                Outcome::Reserved { file, cargo, result }
            }
            Self::Measure(files) => {
                let free = Inbox::open(folder).and_then(|inbox| inbox.free());
                let has_space = |bytes| free.as_ref().is_ok_and(|free| *free >= bytes);
                let files = files.into_iter().filter(|(_, bytes)| has_space(*bytes));
                Outcome::Measured(files.map(|(file, _)| file).collect())
            }
            Self::Discard(cargo) => {
                cargo.discard();
                Outcome::Other
            }
            Self::Close(begun) => {
                drop(begun);
                Outcome::Other
            }
        }
    }
}

/// What there is of it in an inbox.
fn look(inbox: &Path, origin: &Origin, goods: &KeptGoods) -> Option<Already> {
    // None is made where nothing is taken.
    let inbox = if inbox.exists() { Inbox::open(inbox).ok()? } else { return None };
    inbox.already(origin, &goods.goods())
}
