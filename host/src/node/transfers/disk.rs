//! What is looked at and done in the folders for what is received, in a thread of its own: a disk that hangs delays files alone.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, SyncSender, channel};
use std::thread;

use p2pm_core::node::KeptGoods;

use super::super::ask::Answer;
use super::super::reports::{Happened, Reports};
use crate::transfer::disk::{Already, Inbox, Origin, Trouble};
use crate::transfer::{Begun, Cargo};

/// Errands that wait until no more are taken which others can cause.
const ERRANDS_MAX: usize = 64;

/// The thread.
pub(super) struct Disk {
    errands: Sender<Errand>,
    /// How many it has not done yet.
    waiting: usize,
}

/// Something to look at or to do.
pub(super) enum Errand {
    /// Look for what there is of something that is offered.
    Look { file: u32, inbox: PathBuf, origin: Origin, goods: Box<KeptGoods> },
    /// Make a place for something that is taken.
    Reserve { file: u32, cargo: Box<Cargo>, taker: Taker },
    /// Look for so many bytes of space for each of these, in a folder.
    Measure(Vec<(u32, PathBuf, u64)>),
    /// Remove what there is of something that is given up.
    Discard(Box<Cargo>),
    /// Close what is open of something that waits.
    Close(Box<Begun>),
}

/// What came of an errand.
pub(in crate::node) enum Done {
    Looked {
        file: u32,
        already: Option<Already>,
    },
    Reserved {
        file: u32,
        cargo: Box<Cargo>,
        taker: Taker,
        result: Result<Already, Trouble>,
    },
    /// There is space for these.
    Measured(Vec<u32>),
    /// Nobody waits for it.
    Other,
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

impl Disk {
    /// Starts the thread, and has it remove from an inbox what earlier runs have left behind.
    pub(super) fn start(inbox: Option<&Path>, reports: Reports) -> io::Result<Self> {
        let (errands, queue) = channel::<Errand>();
        thread::Builder::new().name("disk".into()).spawn(move || {
            for errand in queue {
                reports.push(Happened::Done(errand.run()));
            }
        })?;
        if let Some(inbox) = inbox.map(Path::to_owned) {
            // In a thread of its own, since there may be large folders.
            thread::Builder::new().name("sweep".into()).spawn(move || sweep(&inbox))?;
        }
        Ok(Self { errands, waiting: 0 })
    }

    /// Has something done.
    pub(super) fn run(&mut self, errand: Errand) {
        // The thread is there as long as this is.
        if self.errands.send(errand).is_ok() {
            self.waiting += 1;
        }
    }

    /// Something was done.
    pub(super) fn has_done_one(&mut self) {
        self.waiting = self.waiting.saturating_sub(1);
    }

    /// Whether so much waits to be done that others must not cause more.
    pub(super) fn is_busy(&self) -> bool {
        self.waiting >= ERRANDS_MAX
    }
}

impl Errand {
    fn run(self) -> Done {
        match self {
            Self::Look { file, inbox, origin, goods } => {
                Done::Looked { file, already: look(&inbox, &origin, &goods) }
            }
            Self::Reserve { file, cargo, taker } => {
                let result = if taker.goes_on { cargo.reserve_again() } else { cargo.reserve() };
                Done::Reserved { file, cargo, taker, result }
            }
            Self::Measure(files) => {
                let has_space = |(file, folder, bytes): (u32, PathBuf, u64)| {
                    let free = Inbox::open(&folder).and_then(|inbox| inbox.free());
                    free.is_ok_and(|free| free >= bytes).then_some(file)
                };
                Done::Measured(files.into_iter().filter_map(has_space).collect())
            }
            Self::Discard(cargo) => {
                cargo.discard();
                Done::Other
            }
            Self::Close(begun) => {
                drop(begun);
                Done::Other
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

fn sweep(inbox: &Path) {
    if inbox.exists()
        && let Ok(inbox) = Inbox::open(inbox)
    {
        // What cannot be removed now, may be the next time.
        let _ = inbox.sweep();
    }
}

impl Taker {
    /// Answers whoever has asked.
    pub(super) fn answer(self, answer: Answer) {
        if let Some(reply) = self.reply {
            // They may be gone.
            let _ = reply.try_send(answer);
        }
    }
}
