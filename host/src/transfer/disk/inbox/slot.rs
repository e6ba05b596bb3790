//! Place of one unfinished stream.

use std::fs::{File, TryLockError};
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime};

use p2pm_core::limits::HASH_LEN;
use p2pm_core::transfer::Chain;
use p2pm_core::wire::Goods;
use p2pm_posix::random;
use rustix::fs::{AtFlags, Mode, OFlags, mkdirat, renameat, unlinkat};
use rustix::io::Errno;

use super::placed::{Placed, Untold};
use super::state::{State, hex};
use super::{Inbox, Origin, beneath, name, place, remove};
use crate::config::profile::Document;
use crate::lock::Lock;
use crate::transfer::disk::facts::Facts;
use crate::transfer::disk::trouble::Trouble;

/// What there is of the file or folder.
pub(super) const DATA: &str = "data";
const STATE: &str = "state";
/// As what it is put into the inbox, once it is whole.
const PLACED: &str = "placed";
/// Is there if somebody has it wait.
const PAUSED: &str = "paused";
/// A document that is being written.
const NEW: &str = "new";
const LOCK: &str = "lock";
/// How often one that is locked is tried again, and after which time.
const LOCK_TRIES: usize = 50;
const LOCK_PAUSE: Duration = Duration::from_millis(10);
/// What the name of a place begins with that is given up.
const GONE: &str = "gone-";
const PRIVATE: Mode = Mode::RUSR.union(Mode::WUSR);

/// Folder of one unfinished stream, which nobody else has while this exists.
#[derive(Debug)]
pub(super) struct Slot {
    inbox: Arc<Inbox>,
    name: String,
    dir: File,
    lock: Lock,
}

/// What is left of a stream that is given up.
#[derive(Debug)]
#[must_use]
pub struct Remains {
    inbox: Arc<Inbox>,
    name: String,
}

impl Remains {
    /// Removes it, which takes its time if it is a large folder.
    pub fn remove(self) -> Result<(), Trouble> {
        let removed = remove::remove(&self.inbox.unfinished, self.name.as_bytes());
        removed.map_err(Trouble::of("remove what is unfinished"))
    }
}

impl Slot {
    /// Whether there is one for these goods of this offer.
    pub(super) fn exists(inbox: &Inbox, origin: &Origin, goods: &Goods<'_>) -> bool {
        beneath::folder(&inbox.unfinished, name_of(origin, goods)).is_ok_and(|dir| !is_placed(&dir))
    }

    /// Whether these goods of this offer are in the inbox, and their user may not have been told so.
    pub(super) fn is_placed(inbox: &Inbox, origin: &Origin, goods: &Goods<'_>) -> bool {
        beneath::folder(&inbox.unfinished, name_of(origin, goods)).is_ok_and(|dir| is_placed(&dir))
    }

    /// The one of these goods, if they are in the inbox and it is still there.
    pub(super) fn untold(inbox: &Arc<Inbox>, origin: &Origin, goods: &Goods<'_>) -> Option<Untold> {
        Self::open_again(inbox, name_of(origin, goods)).ok()?.into_untold().ok()
    }

    /// Whether somebody has these goods of this offer wait.
    pub(super) fn is_paused(inbox: &Inbox, origin: &Origin, goods: &Goods<'_>) -> bool {
        let dir = beneath::folder(&inbox.unfinished, name_of(origin, goods));
        dir.is_ok_and(|dir| Facts::of_name(dir, PAUSED).is_ok())
    }

    /// Keeps whether somebody has these goods of this offer wait, if there is a place for them.
    pub(super) fn set_paused(
        inbox: &Inbox,
        origin: &Origin,
        goods: &Goods<'_>,
        is_paused: bool,
    ) -> io::Result<()> {
        let dir = beneath::folder(&inbox.unfinished, name_of(origin, goods))?;
        if is_paused {
            beneath::open(dir, PAUSED, OFlags::WRONLY | OFlags::CREATE, PRIVATE).map(drop)
        } else {
            unlink(dir, PAUSED)
        }
    }

    /// Opens the one for these goods of this offer. A sweep of the inbox has each of them for a moment, which is waited for.
    pub(super) fn open(inbox: &Arc<Inbox>, origin: &Origin, goods: &Goods<'_>) -> Result<Self, Trouble> {
        let name = name_of(origin, goods);
        let open_once = || {
            let dir = open_or_make(&inbox.unfinished, &name);
            Self::lock(inbox, name.clone(), dir.map_err(Trouble::of("make a folder for the transfer"))?)
        };
        let mut opened = open_once();
        for _ in 0..LOCK_TRIES {
            if !matches!(opened, Err(Trouble::Busy)) {
                break;
            }
            thread::sleep(LOCK_PAUSE);
            opened = open_once();
        }
        let slot = opened?;
        // Where the time is not kept, it seems to be older than it is.
        _ = slot.lock.file().set_modified(SystemTime::now());
        Ok(slot)
    }

    /// Opens one that is there, by its name.
    pub(super) fn open_again(inbox: &Arc<Inbox>, name: String) -> Result<Self, Trouble> {
        let opened = beneath::folder(&inbox.unfinished, &*name);
        Self::lock(inbox, name, opened.map_err(Trouble::of("open the folder of a transfer"))?)
    }

    fn lock(inbox: &Arc<Inbox>, name: String, dir: File) -> Result<Self, Trouble> {
        let lock = beneath::open(&dir, LOCK, OFlags::RDWR | OFlags::CREATE, PRIVATE);
        let lock = lock.map_err(Trouble::of("make a lock for the transfer"))?;
        match Lock::of(lock) {
            Ok(lock) => Ok(Self { inbox: Arc::clone(inbox), name, dir, lock }),
            Err(TryLockError::WouldBlock) => Err(Trouble::Busy),
            Err(TryLockError::Error(error)) => Err(Trouble::of("lock the transfer")(error)),
        }
    }

    /// When it was opened last to receive something.
    pub(super) fn last_had(&self) -> Option<SystemTime> {
        self.lock.file().metadata().and_then(|facts| facts.modified()).ok()
    }

    /// The inbox that it is in.
    pub(super) fn inbox(&self) -> &Inbox {
        &self.inbox
    }

    /// The folder.
    pub(super) fn dir(&self) -> &File {
        &self.dir
    }

    /// Bytes of the stream after which its state is saved.
    pub(super) fn durable_every(&self) -> u64 {
        self.inbox.durable_every
    }

    /// The state that was saved, if there is one that can be used.
    pub(super) fn load(&self) -> Result<Option<State>, Trouble> {
        load(&self.dir, STATE).map_err(Trouble::of("read the state of the transfer"))
    }

    /// Saves a state in the place of the last one. All that it stands for must be on the disk.
    pub(super) fn save(&self, state: &State) -> Result<(), Trouble> {
        save(&self.dir, STATE, state).map_err(Trouble::of("save the state of the transfer"))
    }

    /// What is in the inbox and its user may not have been told of; this itself, if there is no such thing.
    pub(super) fn into_untold(self) -> Result<Untold, Self> {
        match load(&self.dir, PLACED) {
            Ok(Some(placed)) if is_placed(&self.dir) => Ok(Untold::new(self, placed)),
            _ => Err(self),
        }
    }

    /// Forgets the state: the stream begins anew.
    pub(super) fn forget(&self) -> Result<(), Trouble> {
        unlink(&self.dir, STATE).map_err(Trouble::of("remove the state of the transfer"))
    }

    /// Puts what is whole into the inbox, under a name like its label or the next that is free, and returns where it is. The
    /// name is kept first: if this program ends before its user is told, it is known in the next run.
    pub(super) fn place(&self, what: &Placed) -> Result<PathBuf, Trouble> {
        let keep = |name: &str| save(&self.dir, PLACED, &what.called(name));
        let name = place::place(&self.dir, DATA, &self.inbox.dir, &what.label, keep);
        let shown = || name::in_inbox(&what.label);
        let name = name.map_err(|error| Trouble::of(format_args!("store {}", shown()))(error))?;
        self.inbox.dir.sync_all().map_err(Trouble::of(format_args!("store {name}")))?;
        Ok(self.inbox.path.join(name))
    }

    /// Takes everything that there is of the stream out of the way.
    pub(super) fn discard(self) -> Result<Remains, Trouble> {
        let gone = || -> io::Result<String> {
            let name = format!("{GONE}{}", hex(&random::bytes::<8>()?));
            renameat(&self.inbox.unfinished, &*self.name, &self.inbox.unfinished, &*name)?;
            Ok(name)
        };
        let name = gone().map_err(Trouble::of("move what is unfinished"))?;
        Ok(Remains { inbox: self.inbox, name })
    }

    /// Removes everything that there is of the stream.
    pub(super) fn remove(&self) -> Result<(), Trouble> {
        let removed = remove::remove(&self.inbox.unfinished, self.name.as_bytes());
        removed.map_err(Trouble::of("remove what is unfinished"))
    }
}

/// Whether what was in a slot is in the inbox.
fn is_placed(dir: &File) -> bool {
    Facts::of_name(dir, PLACED).is_ok() && Facts::of_name(dir, DATA).is_err()
}

/// A document in a slot, if there is one that can be used.
fn load<D: Document>(dir: &File, name: &str) -> io::Result<Option<D>> {
    let file = match beneath::open(dir, name, OFlags::RDONLY, Mode::empty()) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let mut bytes = Vec::new();
    file.take(D::LEN_MAX as u64 + 1).read_to_end(&mut bytes)?;
    Ok(D::parse(&bytes).ok())
}

/// Saves a document in a slot in the place of the last one, so that it outlasts a power cut.
fn save(dir: &File, name: &str, document: &impl Document) -> io::Result<()> {
    unlink(dir, NEW)?;
    let file = beneath::open(dir, NEW, OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL, PRIVATE)?;
    document.write(&file)?;
    file.sync_data()?;
    renameat(dir, NEW, dir, name)?;
    dir.sync_all()
}

/// Whether a place with this name is given up.
pub(super) fn is_gone(name: &str) -> bool {
    name.starts_with(GONE)
}

/// Whether this is the name of a place.
pub(super) fn is_slot(name: &str) -> bool {
    name.len() == 2 * HASH_LEN && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// A name that tells this stream from others. The peer chooses what it is made from, and not what it is.
fn name_of(origin: &Origin, goods: &Goods<'_>) -> String {
    let mut chain = Chain::default();
    chain.update(&origin.sender.0);
    chain.update(&origin.id.0);
    chain.update(&[goods.kind as u8]);
    chain.update(&goods.length.to_be_bytes());
    chain.update(goods.name.as_str().as_bytes());
    hex(&chain.extent().hash)
}

/// Opens a folder of our own, which is made if there is none.
pub(super) fn open_or_make(dir: impl AsFd, name: &str) -> io::Result<File> {
    match mkdirat(&dir, name, Mode::RWXU) {
        Ok(()) | Err(Errno::EXIST) => beneath::folder(dir, name),
        Err(error) => Err(error.into()),
    }
}

/// Removes a file of our own, if it is there.
fn unlink(dir: impl AsFd, name: &str) -> io::Result<()> {
    match unlinkat(dir, name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
