//! Receiving end: a folder in which whole files and folders are put.
//!
//! ```text
//! ~/Downloads/p2pm/                inbox
//!     photo.jpg                    whole
//!     .p2pm-unfinished/            ours alone
//!         whole                    numbers of the last transfers that are whole; whole.lock is locked while they are written
//!         3f20…/                   one stream, named after the hash of who sends it and what it is
//!             lock                 locked while the stream is received; its time is when that was begun last
//!             data                 what there is of the file or the folder
//!             state                up to where that would outlast a power cut
//!             paused               is there if somebody has the stream wait
//!             placed               as what it is put into the inbox; without `data`, it is there, and our user is told so
//!         gone-93c1…/              one that is given up, while it is removed
//! ```
//!
//! No name that a peer chose is used before the stream is whole, but those of what is in a folder, in `data`.

mod confine;
mod file;
mod folder;
mod place;
mod placed;
mod remove;
mod slot;
mod state;
mod sweep;
mod tree;
mod whole;

use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use p2pm_core::transfer::{Chain, Mark, Sink};
use p2pm_core::wire::{Close, Goods, GoodsKind, PublicKey, TransferId};
use rustix::fs::{Mode, fstatvfs, mkdirat};
use rustix::io::Errno;
use rustix::process::geteuid;

pub use self::confine::{Confinement, confine};
use self::file::FileSink;
use self::folder::FolderSink;
pub use self::placed::{Placed, Untold};
pub use self::slot::Remains;
use self::slot::Slot;
pub use self::state::{FolderState, State};
use super::facts::Facts;
use super::trouble::Trouble;
use super::{beneath, name};

/// Folder of what is unfinished, in the inbox. No peer can choose the name, since none in an inbox begins with a dot.
const UNFINISHED: &str = ".p2pm-unfinished";
/// Bytes of a stream after which its state is saved, so that a power cut costs no more than these.
const DURABLE_EVERY: u64 = 64 << 20;

/// A folder in which what peers send is put.
#[derive(Debug)]
pub struct Inbox {
    path: PathBuf,
    dir: File,
    unfinished: File,
    /// Bytes of a stream after which its state is saved.
    durable_every: u64,
}

/// Which offer a stream is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Who has made it.
    pub sender: PublicKey,
    /// Number of the transfer.
    pub id: TransferId,
}

/// What there is of something that is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Already {
    /// All of it, as the sender does not know.
    Whole,
    /// A part of it, or only the place for it.
    Begun,
    /// The same, and somebody has it wait.
    Paused,
}

/// A stream that is received.
#[derive(Debug)]
pub struct Incoming {
    slot: Slot,
    stored: Stored,
    trouble: Option<Trouble>,
    path: Option<PathBuf>,
    /// What it is, for whoever is told that it is whole.
    what: Box<Placed>,
}

#[derive(Debug)]
enum Stored {
    File(FileSink),
    Folder(Box<FolderSink>),
}

impl Inbox {
    /// Opens an inbox, which is made if it does not exist, for our user alone.
    pub fn open(path: &Path) -> Result<Arc<Self>, Trouble> {
        let shown = path.display();
        let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.map_err(Trouble::of(format_args!("make the folder {shown}")))?;
        // Where the inbox is, is the user's affair: a link is followed.
        let dir = File::open(path).map_err(Trouble::of(format_args!("open {shown}")))?;
        match mkdirat(&dir, UNFINISHED, Mode::RWXU) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(error) => return Err(Trouble::of(format_args!("make a folder in {shown}"))(error)),
        }
        let place = path.join(UNFINISHED);
        let place = place.display();
        let unfinished =
            beneath::folder(&dir, UNFINISHED).map_err(Trouble::of(format_args!("open {place}")))?;
        let facts = Facts::of(&unfinished).map_err(Trouble::of(format_args!("look at {place}")))?;
        if !facts.is_of(geteuid()) || facts.is_shared() {
            return Err(Trouble::NotOurs(place.to_string()));
        }
        Ok(Arc::new(Self { path: path.to_owned(), dir, unfinished, durable_every: DURABLE_EVERY }))
    }

    /// The same, where states are saved after so many bytes of a stream.
    #[cfg(test)]
    pub(super) fn open_to_save(path: &Path, durable_every: u64) -> Arc<Self> {
        let inbox = Arc::into_inner(Self::open(path).unwrap()).unwrap();
        Arc::new(Self { durable_every, ..inbox })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes that are free.
    pub fn free(&self) -> Result<u64, Trouble> {
        let stat = fstatvfs(&self.dir).map_err(Trouble::of("look for space"))?;
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }

    /// Fails if its path does not lead to it any more: it was moved, say, or its file system is not mounted there any more.
    fn check_path(&self) -> Result<(), Trouble> {
        let held =
            Facts::of(&self.dir).map_err(Trouble::of(format_args!("look at {}", self.path.display())))?;
        match Facts::of_path(&self.path) {
            Ok(named) if named.is_same(&held) => Ok(()),
            _ => Err(Trouble::Gone(self.path.display().to_string())),
        }
    }

    /// Makes a place for what was offered, so that it [has begun](Self::has_begun).
    pub fn reserve(self: &Arc<Self>, origin: &Origin, goods: &Goods<'_>) -> Result<(), Trouble> {
        Slot::open(self, origin, goods).map(drop)
    }

    /// Fails if there is no place for what was offered: what came of it was given up.
    pub fn check_begun(&self, origin: &Origin, goods: &Goods<'_>) -> Result<(), Trouble> {
        if self.has_begun(origin, goods) {
            return Ok(());
        }
        Err(Trouble::of("go on with it")(io::Error::from(io::ErrorKind::NotFound)))
    }

    /// Takes the place for what was offered away, so that it [has not begun](Self::has_begun) any more. What has come
    /// of it is left to be removed.
    pub fn discard(self: &Arc<Self>, origin: &Origin, goods: &Goods<'_>) -> Result<Remains, Trouble> {
        Slot::open(self, origin, goods)?.discard()
    }

    /// Removes what was given up, and what is unfinished and came last 30 days ago. It may take long. Returns what is whole and
    /// our user may not know of.
    pub fn sweep(self: &Arc<Self>) -> Result<Vec<Untold>, Trouble> {
        sweep::sweep(self, SystemTime::now())
    }

    /// What there is of what was offered, if there is anything.
    pub fn already(&self, origin: &Origin, goods: &Goods<'_>) -> Option<Already> {
        if self.has_whole(origin.id) || Slot::is_placed(self, origin, goods) {
            Some(Already::Whole)
        } else {
            let begun = if Slot::is_paused(self, origin, goods) { Already::Paused } else { Already::Begun };
            self.has_begun(origin, goods).then_some(begun)
        }
    }

    /// Keeps whether somebody has something wait that has begun: it is no more than a wish, and a power cut may undo it.
    pub fn set_paused(&self, origin: &Origin, goods: &Goods<'_>, is_paused: bool) -> Result<(), Trouble> {
        let kept = Slot::set_paused(self, origin, goods, is_paused);
        kept.map_err(Trouble::of("keep whether it waits"))
    }

    /// What was offered, if it is whole and our user may not know of it, and nobody is about to tell them.
    pub fn untold(self: &Arc<Self>, origin: &Origin, goods: &Goods<'_>) -> Option<Untold> {
        Slot::untold(self, origin, goods)
    }

    /// Whether there is a place for what was offered: it was taken, and is not whole.
    pub fn has_begun(&self, origin: &Origin, goods: &Goods<'_>) -> bool {
        Slot::exists(self, origin, goods)
    }

    /// Whether the transfer with this number is whole: one of the last ones that are.
    pub fn has_whole(&self, id: TransferId) -> bool {
        whole::has(&self.unfinished, id)
    }

    /// Begins to receive what was offered, or goes on with it. Returns what there is of the stream, too.
    pub fn begin(self: &Arc<Self>, origin: &Origin, goods: &Goods<'_>) -> Result<(Incoming, Chain), Trouble> {
        let slot = Slot::open(self, origin, goods)?;
        let (stored, chain) = match goods.kind {
            GoodsKind::File => {
                let (file, chain) = FileSink::open(&slot, goods)?;
                (Stored::File(file), chain)
            }
            GoodsKind::Folder => {
                let (folder, chain) = FolderSink::open(&slot, goods)?;
                (Stored::Folder(Box::new(folder)), chain)
            }
        };
        let (needed, free) = (goods.length.saturating_sub(chain.length()), self.free()?);
        if needed > free {
            if chain.length() == 0 {
                // Nothing is kept of what has not begun.
                slot.remove()?;
            }
            return Err(Trouble::NoSpace { needed, free });
        }
        let what = Box::new(Placed::new(origin, goods));
        Ok((Incoming { slot, stored, trouble: None, path: None, what }, chain))
    }
}

impl Incoming {
    /// Where the file or folder is, once it is whole.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// What went wrong last, for our user.
    pub fn trouble(&self) -> Option<&Trouble> {
        self.trouble.as_ref()
    }

    /// Closes it. If it is whole, our user knows it now: nothing else is kept of it.
    pub fn close(self) -> Result<(), Trouble> {
        if self.path.is_some() { placed::settle(&self.slot, self.what.origin().id) } else { Ok(()) }
    }

    /// Takes its place away, as [`Inbox::discard`] does where it is not open.
    pub fn discard(self) -> Result<Remains, Trouble> {
        self.slot.discard()
    }

    fn note<T>(&mut self, result: Result<T, Trouble>) -> Result<T, Close> {
        result.map_err(|trouble| {
            let close = trouble.close();
            self.trouble = Some(trouble);
            close
        })
    }

    fn store(&mut self) -> Result<(), Trouble> {
        match &mut self.stored {
            Stored::File(file) => file.finish()?,
            Stored::Folder(folder) => folder.finish(&self.slot)?,
        }
        // Whoever is told where it is, finds it there.
        self.slot.inbox().check_path()?;
        self.path = Some(self.slot.place(&self.what)?);
        Ok(())
    }
}

impl Sink for Incoming {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Close> {
        let result = match &mut self.stored {
            Stored::File(file) => file.write(bytes),
            Stored::Folder(folder) => folder.write(bytes, &self.slot),
        };
        self.note(result)
    }

    fn mark(&mut self, mark: Mark) -> Result<(), Close> {
        let result = match &mut self.stored {
            Stored::File(file) => file.mark(mark, &self.slot),
            Stored::Folder(folder) => folder.mark(mark, &self.slot),
        };
        self.note(result)
    }

    fn retreat(&mut self) -> Result<Chain, Close> {
        let result = match &mut self.stored {
            Stored::File(file) => file.retreat(&self.slot),
            Stored::Folder(folder) => folder.retreat(&self.slot),
        };
        self.note(result)
    }

    fn finish(&mut self) -> Result<(), Close> {
        let result = self.store();
        self.note(result)
    }
}
