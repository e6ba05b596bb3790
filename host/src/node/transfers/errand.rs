//! One thing to look at or to do in a folder for what is received.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use p2pm_core::node::KeptGoods;

use crate::transfer::disk::{Already, Inbox, Origin, Trouble, Untold};
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
    /// Keep whether somebody has something wait that has begun.
    SetPaused { origin: Origin, goods: Box<KeptGoods>, is_paused: bool },
    /// Remove what there is of something that is given up.
    Discard(Box<Cargo>),
    /// Close what is open of something that waits, or is whole, as its user knows.
    Close(Box<Begun>),
    /// Keep no more of something that is whole: its user knows it.
    Settle(Box<Untold>),
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
        /// It is whole, and the user may not know.
        untold: Option<Box<Untold>>,
    },
    Reserved {
        file: u32,
        cargo: Box<Cargo>,
        result: Result<Already, Trouble>,
        /// It is whole, and the user may not know.
        untold: Option<Box<Untold>>,
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
                let (already, untold) = look(folder, &origin, &goods).unzip();
                Outcome::Looked { file, already, untold: untold.flatten() }
            }
            Self::Reserve { file, cargo, goes_on } => {
                let result = if goes_on { cargo.reserve_again() } else { cargo.reserve() };
                let untold = result.as_ref().is_ok_and(|it| *it == Already::Whole).then(|| cargo.untold());
                Outcome::Reserved { file, cargo, result, untold: untold.flatten().map(Box::new) }
            }
            Self::Measure(files) => {
                let free = Inbox::open(folder).and_then(|inbox| inbox.free());
                let has_space = |bytes| free.as_ref().is_ok_and(|free| *free >= bytes);
                let files = files.into_iter().filter(|(_, bytes)| has_space(*bytes));
                Outcome::Measured(files.map(|(file, _)| file).collect())
            }
            Self::SetPaused { origin, goods, is_paused } => {
                let set = |inbox: Arc<Inbox>| inbox.set_paused(&origin, &goods.goods(), is_paused);
                // If it is not kept, it is a wish of this run alone.
                let _ = Inbox::open(folder).and_then(set);
                Outcome::Other
            }
            Self::Discard(cargo) => {
                cargo.discard();
                Outcome::Other
            }
            Self::Close(begun) => {
                let (incoming, _) = *begun;
                // If it is not kept, the user is told once more.
                let _ = incoming.close();
                Outcome::Other
            }
            Self::Settle(untold) => {
                let _ = untold.settle();
                Outcome::Other
            }
        }
    }
}

/// What there is of it in an inbox.
fn look(inbox: &Path, origin: &Origin, goods: &KeptGoods) -> Option<(Already, Option<Box<Untold>>)> {
    // None is made where nothing is taken.
    let inbox = if inbox.exists() { Inbox::open(inbox).ok()? } else { return None };
    let goods = goods.goods();
    let already = inbox.already(origin, &goods)?;
    let untold = (already == Already::Whole).then(|| inbox.untold(origin, &goods));
    Some((already, untold.flatten().map(Box::new)))
}
