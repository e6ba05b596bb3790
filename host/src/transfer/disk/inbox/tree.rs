//! A folder as it is written.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::ops::ControlFlow;

use p2pm_core::transfer::Unpacker;
use p2pm_core::wire::{Attributes, Entry, EntryKind, Label};
use rustix::fs::{AtFlags, Mode, OFlags, Timespec, Timestamps, UTIME_OMIT, futimens, mkdirat, utimensat};
use rustix::io::Errno;

use super::place::is_name_refused;
use super::remove::remove;
use super::slot::DATA;
use super::state::{FolderState, Level};
use super::{beneath, name};
use crate::transfer::disk::facts::Facts;

/// The folder `data` of a slot, and what is in it: the entries come in the order of the stream.
#[derive(Debug)]
pub(super) struct Tree {
    top: File,
    /// The folders that the last entry is in, from `data`, and itself if it is one.
    levels: Vec<Level>,
    /// The last of so many levels, which is open.
    here: Option<(usize, File)>,
    /// Name of the last entry on disk, if it is a file.
    file: Option<String>,
    /// That file, until it is whole.
    open: Option<(File, Attributes)>,
}

impl Tree {
    /// A new one, without anything in it. What there was is removed.
    pub(super) fn begin(slot: &File, attributes: Attributes) -> io::Result<Self> {
        remove(slot, DATA.as_bytes())?;
        mkdirat(slot, DATA, mode_of_folder(attributes))?;
        let top = beneath::folder(slot, DATA)?;
        let levels = vec![Level::new(DATA.to_owned(), attributes)];
        Ok(Self { top, levels, here: None, file: None, open: None })
    }

    /// The one whose state was saved: what has come later is removed. `None` if it is not there as it was.
    pub(super) fn restore(slot: &File, saved: &FolderState, unpacker: &Unpacker) -> io::Result<Option<Self>> {
        let restored = beneath::folder(slot, DATA).and_then(|top| {
            let (levels, file) = (saved.levels.clone(), saved.file.clone());
            Self { top, levels, here: None, file, open: None }.go_on(unpacker)
        });
        match restored {
            Err(error) if is_another(&error) => Ok(None),
            restored => restored,
        }
    }

    fn go_on(mut self, unpacker: &Unpacker) -> io::Result<Option<Self>> {
        let Ok(current) = unpacker.current() else { return Ok(None) };
        let labels: Vec<_> = current.iter().flat_map(|entry| entry.path.labels()).collect();
        if !self.is_at(labels.len()) {
            return Ok(None);
        }
        for depth in 1..=self.levels.len() {
            let folder = beneath::folder(&self.top, self.path(depth))?;
            if remove_later(&folder, labels.get(depth - 1).copied())? != self.levels[depth - 1].children {
                return Ok(None);
            }
        }
        let (Some(entry), Some(name)) = (current, self.file.clone()) else { return Ok(Some(self)) };
        if unpacker.left() > 0 {
            let mut file = beneath::open(self.here()?, &*name, OFlags::WRONLY, Mode::empty())?;
            let length = entry.kind.length() - unpacker.left();
            if Facts::of(&file)?.length < length {
                return Ok(None);
            }
            file.seek(SeekFrom::Start(length))?;
            self.open = Some((file, entry.attributes));
        }
        Ok(Some(self))
    }

    /// Whether it can be where the last entry has a path of so many labels.
    fn is_at(&self, labels: usize) -> bool {
        let mut names = self.levels.iter().map(|level| &level.name).chain(&self.file);
        names.next().is_some_and(|name| name == DATA)
            && names.all(|name| Label::new(name.as_bytes()).is_ok())
            && self.levels.len() + self.file.iter().len() == labels + 1
    }

    /// State of it, where the last entry is up to where `unpacker` is.
    pub(super) fn state(&self, unpacker: &Unpacker, files: u32) -> FolderState {
        FolderState::new(unpacker, files, &self.levels, self.file.as_deref())
    }

    /// The next entry begins. It may follow the one before.
    pub(super) fn enter(&mut self, entry: &Entry<'_>) -> io::Result<()> {
        let depth = entry.path.labels().count();
        while self.levels.len() > depth {
            self.leave();
        }
        let label = entry.path.labels().last().unwrap_or_default();
        let is_folder = entry.kind == EntryKind::Folder;
        let make = if is_folder { make_folder } else { make_file };
        let here = self.here()?;
        let mut name = name::in_folder(label).into_owned();
        let file = match make(here, &name, entry.attributes) {
            // Another entry has the name where cases are not distinguished, or the file system does not hold it.
            Err(error) if is_taken(&error) || is_name_refused(&error) => {
                name = name::plain(label);
                make(here, &name, entry.attributes)
            }
            result => result,
        }?;
        if let Some(level) = self.levels.last_mut() {
            level.children += 1;
        }
        self.open = file.map(|file| (file, entry.attributes));
        if is_folder {
            self.levels.push(Level::new(name, entry.attributes));
            self.file = None;
        } else {
            self.file = Some(name);
        }
        Ok(())
    }

    /// The next bytes of the last entry.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.open {
            Some((file, _)) => file.write_all(bytes),
            None => Ok(()),
        }
    }

    /// The last entry is whole.
    pub(super) fn end(&mut self) {
        if let Some((file, attributes)) = self.open.take() {
            set_modified(&file, attributes);
        }
    }

    /// Everything is whole.
    pub(super) fn finish(&mut self) {
        while !self.levels.is_empty() {
            self.leave();
        }
    }

    /// Goes out of the last folder, in which nothing changes any more.
    fn leave(&mut self) {
        let depth = self.levels.len();
        let path = self.path(depth);
        let Some(level) = self.levels.pop() else { return };
        let attributes = level.attributes();
        match &self.here {
            Some((at, folder)) if *at == depth => {
                set_modified(folder, attributes);
                self.here = None;
            }
            // It is empty.
            Some((at, parent)) if at + 1 == depth => {
                _ = utimensat(parent, &*level.name, &times(attributes), AtFlags::SYMLINK_NOFOLLOW);
            }
            _ => {
                if let Ok(folder) = beneath::folder(&self.top, path) {
                    set_modified(&folder, attributes);
                }
            }
        }
    }

    /// The last folder.
    fn here(&mut self) -> io::Result<&File> {
        let depth = self.levels.len();
        let opened = match self.here.take() {
            Some((at, folder)) if at == depth => folder,
            Some((at, parent)) if at + 1 == depth => beneath::folder(parent, &*self.levels[at].name)?,
            _ => beneath::folder(&self.top, self.path(depth))?,
        };
        Ok(&self.here.insert((depth, opened)).1)
    }

    /// Path of the last of so many levels, from `data`.
    fn path(&self, depth: usize) -> String {
        let names: Vec<_> = self.levels.iter().take(depth).skip(1).map(|level| &*level.name).collect();
        if names.is_empty() { ".".to_owned() } else { names.join("/") }
    }
}

/// Removes from a folder what has come after the entry with this label, and returns how many entries are left. Where a name
/// is not the label, the order is not known, and the entry stays.
fn remove_later(folder: &File, last: Option<&str>) -> io::Result<u64> {
    let mut left = 0;
    beneath::each_in(folder, |name, _| {
        let bytes = name.to_bytes();
        let is_marked = name.to_str().is_ok_and(name::is_marked);
        if last.is_none_or(|last| !is_marked && bytes > last.as_bytes()) {
            remove(folder, bytes)?;
        } else {
            left += 1;
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(left)
}

fn make_folder(here: &File, name: &str, attributes: Attributes) -> io::Result<Option<File>> {
    mkdirat(here, name, mode_of_folder(attributes))?;
    Ok(None)
}

fn make_file(here: &File, name: &str, attributes: Attributes) -> io::Result<Option<File>> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
    beneath::open(here, name, flags, mode_of_file(attributes)).map(Some)
}

/// Whether something is not there any more, or is something else.
fn is_another(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::ISDIR))
}

fn is_taken(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::AlreadyExists
}

/// The mode that a file is made with, from which the system takes the user's mask. Its owner can always use it.
pub(super) fn mode_of_file(attributes: Attributes) -> Mode {
    Mode::from_raw_mode(attributes.mode().into()) | Mode::RUSR | Mode::WUSR
}

/// The same for a folder.
fn mode_of_folder(attributes: Attributes) -> Mode {
    mode_of_file(attributes) | Mode::XUSR
}

/// Sets the time of a file or a folder, as far as the file system can hold it.
pub(super) fn set_modified(file: &File, attributes: Attributes) {
    _ = futimens(file, &times(attributes));
}

fn times(attributes: Attributes) -> Timestamps {
    Timestamps {
        last_access: Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT },
        last_modification: Timespec { tv_sec: attributes.modified, tv_nsec: 0 },
    }
}
