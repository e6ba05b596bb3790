//! Walk through a folder: what is in it, in the order of its stream.

use std::fs::File;
use std::io;
use std::mem;
use std::sync::Arc;

use p2pm_core::limits::ENTRY_PATH_MAX;
use p2pm_core::transfer::Chain;
use p2pm_core::wire::{Entry, EntryKind, EntryPath, Extent};
use rustix::fs::{Access, AtFlags, FileType, Mode, OFlags, accessat};
use rustix::process::{Uid, geteuid};

use super::super::beneath;
use super::super::facts::{Facts, Time};
use super::super::trouble::Trouble;
use super::children::Children;
use super::{LeftOut, Omission};

/// How a file is to be opened; not even one that has become something else makes this wait.
const READ: OFlags = OFlags::RDONLY.union(OFlags::NONBLOCK);

/// A walk through a folder. In memory are the names of the folders that it is in, and no other.
#[derive(Debug)]
pub(super) struct Walk {
    user: Uid,
    top: Arc<File>,
    /// The folders that the walk is in, from the top.
    levels: Vec<Level>,
    /// Path of the last entry in the stream.
    labels: String,
    /// Path of the current folder on disk.
    place: Vec<u8>,
    /// The current folder, if it is open.
    here: Option<File>,
    /// Head of the last entry.
    head: Vec<u8>,
    /// Name of the last entry on disk.
    last: Vec<u8>,
    count: Counter,
}

/// One folder.
#[derive(Debug)]
struct Level {
    children: Children,
    /// Length of its paths in the stream and on disk, in bytes.
    label_len: usize,
    place_len: usize,
}

/// An entry of the stream, whose head is [`Walk::head`].
#[derive(Debug)]
pub(super) struct Step {
    /// Length of the file.
    pub(super) content: u64,
    /// The file, if it was to be opened.
    pub(super) file: Option<File>,
}

/// All that is in a folder, at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Census {
    /// Length of the stream, in bytes.
    pub(super) length: u64,
    /// Number of files.
    pub(super) files: u32,
    /// When anything in it has changed last.
    pub(super) changed: Time,
    /// Hash of everything in the stream but the contents, and of when it has changed.
    fingerprint: Extent,
}

/// What a [`Census`] is counted with.
#[derive(Debug)]
struct Counter {
    length: u64,
    files: u32,
    changed: Time,
    chain: Chain,
}

/// What to do with the next file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Visit {
    /// Open it.
    Open,
    /// Look at it.
    Look,
}

impl Walk {
    /// A walk through a folder, which is open.
    pub(super) fn new(top: Arc<File>) -> Result<Self, Trouble> {
        let count = Counter { length: 0, files: 0, changed: (i64::MIN, 0), chain: Chain::default() };
        let head = Vec::with_capacity(256);
        let (labels, place) = (String::new(), Vec::new());
        let mut walk = Self {
            user: geteuid(),
            top,
            levels: Vec::new(),
            labels,
            place,
            here: None,
            head,
            last: Vec::new(),
            count,
        };
        let opened = beneath::folder(&walk.top, c".").and_then(|folder| walk.enter(folder, b""));
        opened.map_err(Trouble::of("read the folder"))?;
        Ok(walk)
    }

    /// Head of the last entry.
    pub(super) fn head(&self) -> &[u8] {
        &self.head
    }

    /// Path of the last entry.
    pub(super) fn path(&self) -> &str {
        &self.labels
    }

    /// When anything has changed last of what the walk has been to.
    pub(super) fn changed(&self) -> Time {
        self.count.changed
    }

    /// Walks to the end, without a look at any content.
    pub(super) fn take_census(mut self, left_out: &mut LeftOut) -> Result<Census, Trouble> {
        while self.next(Visit::Look, left_out)?.is_some() {}
        Ok(self.census())
    }

    /// All that the walk has been to.
    pub(super) fn census(&self) -> Census {
        let Counter { length, files, changed, ref chain } = self.count;
        Census { length, files, changed, fingerprint: chain.extent() }
    }

    /// The next entry; `None` at the end.
    pub(super) fn next(&mut self, visit: Visit, left_out: &mut LeftOut) -> Result<Option<Step>, Trouble> {
        while let Some(level) = self.levels.last_mut() {
            self.labels.truncate(level.label_len);
            let Some(child) = level.children.next() else {
                self.leave();
                continue;
            };
            if !self.labels.is_empty() {
                self.labels.push('/');
            }
            // It was validated.
            self.labels.push_str(str::from_utf8(child.label).unwrap_or_default());
            let (mut name, kind) = (mem::take(&mut self.last), child.kind);
            name.clear();
            name.extend_from_slice(child.name);
            let visited = self.visit(&name, kind, visit);
            self.last = name;
            match visited {
                Ok(Ok(step)) => return Ok(Some(step)),
                Ok(Err(why)) => left_out.add(self.labels.clone(), why),
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                    left_out.add(self.labels.clone(), Omission::Unreadable);
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound && visit == Visit::Look => {}
                Err(error) => return Err(Trouble::of(format_args!("read {}", self.labels))(error)),
            }
        }
        Ok(None)
    }

    /// Opens the file that is the last entry, after a look at it.
    pub(super) fn open_last(&mut self) -> Result<File, Trouble> {
        let last = mem::take(&mut self.last);
        let opened = self.here().and_then(|here| beneath::open(here, &*last, READ, Mode::empty()));
        opened.map_err(Trouble::of(format_args!("open {}", self.labels)))
    }

    fn visit(&mut self, name: &[u8], kind: FileType, visit: Visit) -> io::Result<Result<Step, Omission>> {
        if self.labels.len() > ENTRY_PATH_MAX {
            return Ok(Err(Omission::TooLong));
        }
        let here = self.here()?;
        let kind = match kind {
            FileType::Unknown => Facts::of_name(here, name)?.kind(),
            kind => kind,
        };
        match kind {
            FileType::RegularFile => self.visit_file(name, visit),
            FileType::Directory => self.visit_folder(name),
            FileType::Symlink => Ok(Err(Omission::Link)),
            _ => Ok(Err(Omission::Special)),
        }
    }

    fn visit_file(&mut self, name: &[u8], visit: Visit) -> io::Result<Result<Step, Omission>> {
        let user = self.user;
        let here = self.here()?;
        let (facts, file) = match visit {
            Visit::Open => {
                let file = beneath::open(here, name, READ, Mode::empty())?;
                (Facts::of(&file)?, Some(file))
            }
            Visit::Look => (Facts::of_name(here, name)?, None),
        };
        if facts.kind() != FileType::RegularFile {
            return Ok(Err(Omission::Special));
        }
        // Whoever owns a file and may read it need not ask.
        let is_surely_readable = file.is_some() || facts.is_of(user) && facts.is_readable_by_owner();
        if !is_surely_readable && accessat(here, name, Access::READ_OK, AtFlags::empty()).is_err() {
            return Ok(Err(Omission::Unreadable));
        }
        self.add(&facts, EntryKind::File { length: facts.length });
        Ok(Ok(Step { content: facts.length, file }))
    }

    fn visit_folder(&mut self, name: &[u8]) -> io::Result<Result<Step, Omission>> {
        let folder = beneath::folder(self.here()?, name)?;
        let facts = Facts::of(&folder)?;
        self.enter(folder, name)?;
        self.add(&facts, EntryKind::Folder);
        Ok(Ok(Step { content: 0, file: None }))
    }

    /// Goes into a folder in the current one, with this name.
    fn enter(&mut self, folder: File, name: &[u8]) -> io::Result<()> {
        let children = Children::of(&folder)?;
        if !self.place.is_empty() {
            self.place.push(b'/');
        }
        self.place.extend_from_slice(name);
        let (label_len, place_len) = (self.labels.len(), self.place.len());
        self.levels.push(Level { children, label_len, place_len });
        self.here = Some(folder);
        Ok(())
    }

    /// Goes out of the current folder.
    fn leave(&mut self) {
        self.levels.pop();
        self.place.truncate(self.levels.last().map_or(0, |level| level.place_len));
        self.here = None;
    }

    /// The current folder, which is opened again after it was left for one in it.
    fn here(&mut self) -> io::Result<&File> {
        if self.here.is_none() {
            let place = if self.place.is_empty() { b"." } else { &*self.place };
            self.here = Some(beneath::folder(&self.top, place)?);
        }
        self.here.as_ref().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Makes the head of an entry, and counts it.
    fn add(&mut self, facts: &Facts, kind: EntryKind) {
        // All labels were validated, and the length of the path was.
        let Ok(path) = EntryPath::new(self.labels.as_bytes()) else { return };
        let entry = Entry { kind, attributes: facts.attributes(), path };
        self.head.resize(entry.head_len(), 0);
        entry.emit(&mut self.head);
        self.count.add(&self.head, facts, kind);
    }
}

impl Counter {
    fn add(&mut self, head: &[u8], facts: &Facts, kind: EntryKind) {
        self.length = self.length.saturating_add(head.len() as u64).saturating_add(kind.length());
        self.files = self.files.saturating_add(u32::from(kind != EntryKind::Folder));
        self.changed = self.changed.max(facts.changed);
        self.chain.update(head);
        self.chain.update(&facts.fingerprint());
    }
}
