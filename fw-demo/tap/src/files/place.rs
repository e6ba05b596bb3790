//! The place for a file that is taken: a path that our user has named. No name of a peer's is used.
//!
//! While it comes, it is beside that path, as `PATH.part`, with its record `PATH.state`. Nothing is overwritten.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use p2pm_core::transfer::{Chain, Mark, Sink};
use p2pm_core::wire::{Close, Goods, GoodsKind, Refusal};
use p2pm_fw::app::Origin;
use p2pm_posix::file;
use rustix::fs::{CWD, RenameFlags, renameat_with, statvfs};

use super::reason;
use super::record::Record;

/// Bytes after which what has come is made to outlast a power cut. So much is lost by one at most.
const SYNC_INTERVAL: u64 = 16 << 20;
/// Bytes that are read at once to hash what has come.
const BLOCK: usize = 64 * 1024;

/// A place for one file.
#[derive(Debug)]
pub struct Place {
    pub(super) path: PathBuf,
    part: PathBuf,
    state: PathBuf,
}

impl Place {
    /// A place at this path, in a folder that exists.
    pub fn new(path: &Path) -> Self {
        let beside = |ending: &str| {
            let mut name = path.as_os_str().to_owned();
            name.push(ending);
            name.into()
        };
        Self { path: path.to_owned(), part: beside(".part"), state: beside(".state") }
    }

    pub(super) fn check(&self, origin: &Origin, goods: &Goods<'_>) -> Result<(), Refusal> {
        let record = self.record().filter(|record| record.is_of(origin, goods));
        if goods.kind != GoodsKind::File || self.is_of_others() {
            Err(Refusal::Unable)
        } else if self.path.symlink_metadata().is_ok() {
            // What was whole is not beside its path any more.
            let is_whole = record.is_some() && self.part.symlink_metadata().is_err();
            Err(if is_whole { Refusal::Whole } else { Refusal::Denied })
        } else if record.is_none() && !self.has_space(goods.length) {
            // What is needed for one that has begun shows when it goes on.
            Err(Refusal::NoSpace)
        } else {
            Ok(())
        }
    }

    /// Opens the place, with the hash of what has come of the file already.
    pub(super) fn begin(&self, origin: &Origin, goods: &Goods<'_>) -> io::Result<(Part, Chain)> {
        let (mut file, state) = (open(&self.part)?, open(&self.state)?);
        let known = Record::read(&state).filter(|record| record.is_of(origin, goods));
        let record = known.unwrap_or_else(|| Record::new(origin, goods));
        if known.is_none() {
            file.set_len(0)?;
            record.write(&state)?;
        }
        let (record, has) = hash(&mut file, record)?;
        let (path, beside, length) = (self.path.clone(), self.part.clone(), has.length());
        Ok((Part { path, beside, file, state, record, length }, has))
    }

    fn record(&self) -> Option<Record> {
        Record::read(&File::open(&self.state).ok()?)
    }

    /// Whether what is beside the path was made by another program, as the half of a download is.
    fn is_of_others(&self) -> bool {
        let len = |path: &Path| path.symlink_metadata().map_or(0, |facts| facts.len());
        match len(&self.state) {
            // A power cut may have damaged ours, and leaves its length.
            Record::LEN => false,
            0 => len(&self.part) > 0,
            _ => true,
        }
    }

    /// Whether there is space for what has not come of a file with this length.
    pub(super) fn has_space(&self, length: u64) -> bool {
        let folder = match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let has = self.part.symlink_metadata().map_or(0, |facts| facts.len());
        let left = length.saturating_sub(has);
        // What cannot be asked shows when it is written to.
        statvfs(folder).map_or(true, |room| room.f_bavail.saturating_mul(room.f_frsize) >= left)
    }
}

/// Opens a file of ours to read and write it, whatever is in it; not what a link refers to.
fn open(path: &Path) -> io::Result<File> {
    let mut options = file::options_without_links();
    options.read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

/// Hashes what has come after the mark, which is right unless the power was cut, and goes to its end. Without as much as the
/// mark says, nothing has come.
fn hash(file: &mut File, record: Record) -> io::Result<(Record, Chain)> {
    let is_there = file.metadata()?.len() >= record.mark.extent().length;
    let mark = if is_there { record.mark } else { Mark::START };
    let mut chain = Chain::from(mark);
    if !is_there {
        file.set_len(0)?;
    }
    file.seek(SeekFrom::Start(mark.extent().length))?;
    let mut block = vec![0; BLOCK];
    while chain.length() < record.length {
        let room = usize::try_from(record.length - chain.length()).map_or(BLOCK, |left| left.min(BLOCK));
        match file.read(&mut block[..room])? {
            0 => break,
            read => chain.update(&block[..read]),
        }
    }
    file.set_len(chain.length())?;
    Ok((Record { mark, ..record }, chain))
}

/// A file that comes.
#[derive(Debug)]
pub struct Part {
    path: PathBuf,
    /// Where it is until it is whole.
    beside: PathBuf,
    file: File,
    state: File,
    /// What would outlast a power cut.
    record: Record,
    /// Bytes that have come.
    length: u64,
}

impl Part {
    fn keep(&mut self, mark: Mark) -> io::Result<()> {
        self.file.sync_data()?;
        self.record.mark = mark;
        self.record.write(&self.state)
    }

    fn cut(&mut self) -> io::Result<Chain> {
        if self.record.mark.extent().length >= self.length {
            self.record.mark = Mark::START;
            self.record.write(&self.state)?;
        }
        self.length = self.record.mark.extent().length;
        self.file.set_len(self.length)?;
        self.file.seek(SeekFrom::Start(self.length))?;
        Ok(self.record.mark.into())
    }

    fn store(&mut self) -> io::Result<()> {
        self.file.sync_all()?;
        renameat_with(CWD, &self.beside, CWD, &self.path, RenameFlags::NOREPLACE)?;
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }
}

impl Sink for Part {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Close> {
        self.file.write_all(bytes).map_err(|error| reason(&self.path, &error))?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    fn mark(&mut self, mark: Mark) -> Result<(), Close> {
        if mark.extent().length - self.record.mark.extent().length < SYNC_INTERVAL {
            return Ok(());
        }
        self.keep(mark).map_err(|error| reason(&self.path, &error))
    }

    fn retreat(&mut self) -> Result<Chain, Close> {
        self.cut().map_err(|error| reason(&self.path, &error))
    }

    fn finish(&mut self) -> Result<(), Close> {
        self.store().map_err(|error| reason(&self.path, &error))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use p2pm_core::limits::PIECE_LEN;
    use p2pm_core::wire::{Attributes, Label, PublicKey, TransferId};
    use tempfile::TempDir;

    use super::*;

    const ORIGIN: Origin = Origin { sender: PublicKey([1; 32]), id: TransferId([2; 8]) };

    fn goods(length: u64) -> Goods<'static> {
        Goods {
            kind: GoodsKind::File,
            length,
            files: 1,
            attributes: Attributes::new(0, 0o644),
            name: Label::new(b"photo.jpg").unwrap(),
            preview: None,
        }
    }

    struct Site {
        folder: TempDir,
        place: Place,
    }

    impl Site {
        fn new() -> Self {
            let folder = TempDir::new().unwrap();
            let place = Place::new(&folder.path().join("image"));
            Self { folder, place }
        }

        fn path(&self) -> PathBuf {
            self.folder.path().join("image")
        }

        fn begin(&self, length: u64) -> (Part, Chain) {
            self.place.begin(&ORIGIN, &goods(length)).unwrap()
        }
    }

    #[test]
    fn a_file_is_there_once_it_is_whole_and_not_taken_twice() {
        let site = Site::new();
        let goods = goods(3);
        assert_eq!(site.place.check(&ORIGIN, &goods), Ok(()));
        let (mut part, has) = site.begin(3);
        assert_eq!(has.length(), 0);
        part.write(b"abc").unwrap();
        assert!(!site.path().exists());
        part.finish().unwrap();
        assert_eq!(fs::read(site.path()).unwrap(), b"abc");
        assert_eq!(site.place.check(&ORIGIN, &goods), Err(Refusal::Whole));
        let other = Origin { id: TransferId([3; 8]), ..ORIGIN };
        assert_eq!(site.place.check(&other, &goods), Err(Refusal::Denied));
    }

    #[test]
    fn what_another_program_has_put_beside_it_is_not_overwritten() {
        for (beside, content) in [("image.part", "half a film"), ("image.state", "a state")] {
            let site = Site::new();
            fs::write(site.folder.path().join(beside), content).unwrap();
            assert_eq!(site.place.check(&ORIGIN, &goods(3)), Err(Refusal::Unable));
        }
    }

    #[test]
    fn what_has_come_is_gone_on_from_and_belongs_to_one_transfer() {
        let site = Site::new();
        let (mut part, mut expected) = site.begin(10);
        part.write(b"abcd").unwrap();
        expected.update(b"abcd");
        drop(part);
        let (_, has) = site.begin(10);
        assert_eq!(has.extent(), expected.extent());
        let other = Origin { sender: PublicKey([9; 32]), ..ORIGIN };
        let (_, has) = site.place.begin(&other, &goods(10)).unwrap();
        assert_eq!(has.length(), 0, "whoever sends another file learns nothing of this one");
    }

    #[test]
    fn what_is_not_as_it_was_said_to_be_goes_back_to_the_mark_and_then_to_nothing() {
        let site = Site::new();
        let length = 20 * PIECE_LEN;
        let (mut part, mut chain) = site.begin(length);
        let piece = vec![7; usize::try_from(PIECE_LEN).unwrap()];
        for _ in 0..17 {
            part.write(&piece).unwrap();
            chain.update(&piece);
            part.mark(chain.mark()).unwrap();
        }
        let lengths = [(); 2].map(|()| part.retreat().unwrap().length());
        assert_eq!(lengths, [SYNC_INTERVAL, 0]);
        assert_eq!(site.begin(length).1.length(), 0);
    }

    #[test]
    fn a_part_that_is_shorter_than_its_mark_is_not_trusted() {
        let site = Site::new();
        let (part, _) = site.begin(10 * PIECE_LEN);
        let mut chain = Chain::default();
        chain.update(&vec![0; usize::try_from(PIECE_LEN).unwrap()]);
        Record { mark: chain.mark(), ..part.record }.write(&part.state).unwrap();
        assert_eq!(site.begin(10 * PIECE_LEN).1.length(), 0);
    }

    #[test]
    fn nothing_is_overwritten() {
        let site = Site::new();
        let (mut part, _) = site.begin(3);
        fs::write(site.path(), "mine").unwrap();
        part.write(b"abc").unwrap();
        assert_eq!(part.finish(), Err(Close::Failed));
        assert_eq!(fs::read(site.path()).unwrap(), b"mine");
    }

    #[test]
    fn a_folder_and_what_is_too_long_are_refused() {
        let site = Site::new();
        let folder = Goods { kind: GoodsKind::Folder, ..goods(3) };
        assert_eq!(site.place.check(&ORIGIN, &folder), Err(Refusal::Unable));
        assert_eq!(site.place.check(&ORIGIN, &goods(u64::MAX)), Err(Refusal::NoSpace));
    }
}
