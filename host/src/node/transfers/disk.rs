//! What is looked at and done in the folders for what is received, in a thread of its own: a disk that hangs delays files alone.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, SyncSender, channel};
use std::thread::{self, JoinHandle};

use p2pm_core::node::KeptGoods;

use super::super::ask::Answer;
use super::super::reports::{Happened, Reports};
use crate::transfer::disk::{Already, Inbox, Origin, Trouble};
use crate::transfer::{Begun, Cargo};

/// Errands that wait until there are no more of those that others can cause.
const ERRANDS_MAX: usize = 64;

/// The thread.
pub(super) struct Disk {
    errands: Sender<Errand>,
    /// How many it has not done yet.
    waiting: usize,
}

/// The folders out of which what earlier runs have left behind was removed in this one.
#[derive(Default)]
struct Swept(Vec<PathBuf>);

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
    /// Starts the thread, and has it remove from an inbox what earlier runs have left behind; from any other folder, once
    /// something is taken into it.
    pub(super) fn start(inbox: Option<&Path>, reports: Reports) -> io::Result<Self> {
        let (errands, queue) = channel::<Errand>();
        let inbox = inbox.map(Path::to_owned);
        thread::Builder::new().name("disk".into()).spawn(move || {
            let mut swept = Swept::default();
            if let Some(inbox) = inbox {
                swept.sweep(&inbox);
            }
            for errand in queue {
                let done = errand.run();
                if let Some(folder) = done.folder() {
                    swept.sweep(folder);
                }
                reports.push(Happened::Done(done));
            }
        })?;
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

impl Done {
    /// The folder in which there is a place now for something that is taken.
    fn folder(&self) -> Option<&Path> {
        match self {
            Self::Reserved { cargo, result: Ok(_), .. } => cargo.folder(),
            _ => None,
        }
    }
}

impl Swept {
    /// Removes from a folder what earlier runs have left behind, once: in a thread of its own, since it may take long.
    fn sweep(&mut self, folder: &Path) -> Option<JoinHandle<()>> {
        if self.0.iter().any(|swept| swept == folder) {
            return None;
        }
        let folder = folder.to_owned();
        self.0.push(folder.clone());
        thread::Builder::new().name("sweep".into()).spawn(move || sweep(&folder)).ok()
    }
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

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::time::{Duration, SystemTime};

    use p2pm_core::limits::KEY_LEN;
    use p2pm_core::wire::{PublicKey, TransferId};
    use tempfile::TempDir;

    use super::*;
    use crate::transfer::disk::Offered;

    /// Takes something into a folder, and returns the place for it once the folder is swept.
    fn take(swept: &mut Swept, dir: &Path, id: u8) -> PathBuf {
        let file = dir.join("a");
        fs::write(&file, "text").unwrap();
        let goods = Box::new(KeptGoods::from(&Offered::prepare(&file).unwrap().goods()));
        let origin = Origin { sender: PublicKey([1; KEY_LEN]), id: TransferId([id; 8]) };
        let into = dir.join("into");
        let cargo = Cargo::Received { into: into.clone(), origin, goods, begun: None, refused: None };
        let before = places(&into);
        let done = Errand::Reserve { file: 1, cargo: Box::new(cargo), taker: Taker::default() }.run();
        let added = places(&into).into_iter().find(|place| !before.contains(place)).unwrap();
        if let Some(sweep) = done.folder().and_then(|folder| swept.sweep(folder)) {
            sweep.join().unwrap();
        }
        added
    }

    fn places(into: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(into.join(".p2pm-unfinished")).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    #[test]
    fn what_earlier_runs_have_left_behind_goes_from_wherever_something_is_taken() {
        let dir = TempDir::new().unwrap();
        let age = |place: &Path| {
            let lock = File::options().write(true).open(place.join("lock")).unwrap();
            lock.set_modified(SystemTime::now() - Duration::from_hours(31 * 24)).unwrap();
        };
        let old = take(&mut Swept::default(), dir.path(), 1);
        age(&old);
        let mut swept = Swept::default();
        let new = take(&mut swept, dir.path(), 2);
        assert!(!old.exists() && new.exists());
        age(&new);
        take(&mut swept, dir.path(), 3);
        assert!(new.exists(), "once in a run");
    }
}
