//! The file that is sent.

use std::error::Error;
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

use p2pm_core::identity::Identity;
use p2pm_core::limits::TRANSFER_ID_LEN;
use p2pm_core::node::KeptGoods;
use p2pm_core::transfer::Source;
use p2pm_core::wire::{Attributes, Close, Goods, GoodsKind, Label, LabelError, PublicKey, TransferId};
use p2pm_posix::file;

use super::reason;

/// Purpose of the key from which the numbers of transfers are derived.
const CONTEXT: &str = "p2pm-tap 2026-11-29 number of a transfer";

/// A file that is sent, as it was when the device started.
#[derive(Debug)]
pub struct SentFile {
    pub(super) path: PathBuf,
    file: File,
    goods: KeptGoods,
    facts: Facts,
    /// State of a hash that nobody else can compute, with all that tells this file from another one.
    number: blake3::Hasher,
}

/// What the system says of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Facts {
    id: (u64, u64),
    length: u64,
    modified: (i64, i64),
    changed: (i64, i64),
    mode: u32,
}

impl From<&Metadata> for Facts {
    fn from(metadata: &Metadata) -> Self {
        Self {
            id: (metadata.dev(), metadata.ino()),
            length: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
            mode: metadata.mode(),
        }
    }
}

impl SentFile {
    /// Opens a file, which the node of this identity is to send.
    ///
    /// # Errors
    ///
    /// That of the system; also if it is no regular file, or has a name that cannot be sent.
    pub fn open_path(path: &Path, identity: &Identity) -> io::Result<Self> {
        let file = file::open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(refused("not a regular file"));
        }
        let facts = Facts::from(&metadata);
        let goods = goods_of(path, &facts).map_err(refused)?;
        let mut number = blake3::Hasher::new_derive_key(CONTEXT);
        number.update(&*identity.seed());
        for part in [facts.id.0, facts.id.1, facts.length] {
            number.update(&part.to_be_bytes());
        }
        for part in [facts.modified.0, facts.modified.1, facts.changed.0, facts.changed.1] {
            number.update(&part.to_be_bytes());
        }
        Ok(Self { path: path.to_owned(), file, goods, facts, number })
    }

    pub(super) fn goods(&self) -> Goods<'_> {
        self.goods.goods()
    }

    /// Number of its transfer to a node: the same as long as file and identity are.
    pub(super) fn number(&self, to: &PublicKey) -> TransferId {
        let mut id = [0; TRANSFER_ID_LEN];
        self.number.clone().update(&to.0).finalize_xof().fill(&mut id);
        TransferId(id)
    }

    pub(super) fn open(&self) -> io::Result<Contents> {
        let (path, file) = (self.path.clone(), self.file.try_clone()?);
        Ok(Contents { path, file, facts: self.facts, position: 0 })
    }
}

/// What is offered of the file at a path. Some file systems have names that are too long.
fn goods_of(path: &Path, facts: &Facts) -> Result<KeptGoods, LabelError> {
    Ok(KeptGoods::from(&Goods {
        kind: GoodsKind::File,
        length: facts.length,
        files: 1,
        attributes: Attributes::new(facts.modified.0, facts.mode),
        name: Label::new(path.file_name().unwrap_or_default().as_bytes())?,
        preview: None,
    }))
}

fn refused(why: impl Into<Box<dyn Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, why)
}

/// Contents of a file, which must stay what it was.
#[derive(Debug)]
pub struct Contents {
    path: PathBuf,
    file: File,
    facts: Facts,
    position: u64,
}

impl Source for Contents {
    fn seek(&mut self, offset: u64) -> Result<(), Close> {
        self.position = offset;
        Ok(())
    }

    fn read(&mut self, into: &mut [u8]) -> Result<usize, Close> {
        let read = self.file.read_at(into, self.position).map_err(|error| reason(&self.path, &error))?;
        self.position += read as u64;
        Ok(read)
    }

    fn check(&mut self) -> Result<(), Close> {
        let metadata = self.file.metadata().map_err(|error| reason(&self.path, &error))?;
        if Facts::from(&metadata) == self.facts { Ok(()) } else { Err(Close::Changed) }
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::fs;

    use p2pm_core::limits::LABEL_MAX;
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn a_file_has_the_same_number_as_long_as_it_is_the_same() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("photo.jpg");
        fs::write(&path, "one").unwrap();
        let [ours, other] = [1, 2].map(|byte| Identity::from_seed(&[byte; 32]));
        let number =
            |identity, to| SentFile::open_path(&path, identity).unwrap().number(&PublicKey([to; 32]));
        let first = number(&ours, 7);
        assert_eq!(first, number(&ours, 7));
        assert_ne!(first, number(&ours, 8), "to somebody else");
        assert_ne!(first, number(&other, 7), "from somebody else");
        fs::write(&path, "another").unwrap();
        assert_ne!(first, number(&ours, 7), "another content");
    }

    #[test]
    fn a_file_that_changes_is_noticed() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("photo.jpg");
        fs::write(&path, "one").unwrap();
        let sent = SentFile::open_path(&path, &Identity::from_seed(&[1; 32])).unwrap();
        let mut contents = sent.open().unwrap();
        let mut bytes = [0; 8];
        contents.seek(1).unwrap();
        assert_eq!((contents.read(&mut bytes), contents.check()), (Ok(2), Ok(())));
        assert_eq!(&bytes[..2], b"ne");
        fs::write(&path, "longer").unwrap();
        assert_eq!(contents.check(), Err(Close::Changed));
    }

    #[test]
    fn a_name_that_cannot_be_sent_is_an_error() {
        let folder = TempDir::new().unwrap();
        let facts = Facts::from(&fs::metadata(folder.path()).unwrap());
        let name = "x".repeat(LABEL_MAX);
        assert_eq!(goods_of(&folder.path().join(&name), &facts).unwrap().goods().name.as_str(), name);
        assert_eq!(goods_of(&folder.path().join(name + "x"), &facts), Err(LabelError::TooLong));
        let latin = folder.path().join(OsStr::from_bytes(b"b\xfccher"));
        fs::write(&latin, "").unwrap();
        let error = SentFile::open_path(&latin, &Identity::from_seed(&[1; 32])).unwrap_err();
        assert_eq!(error.to_string(), "the name of a file must be UTF-8");
    }

    #[test]
    fn only_a_file_is_sent() {
        let folder = TempDir::new().unwrap();
        let identity = Identity::from_seed(&[1; 32]);
        let error = SentFile::open_path(folder.path(), &identity).unwrap_err();
        assert_eq!(error.to_string(), "not a regular file");
        assert!(SentFile::open_path(&folder.path().join("nothing"), &identity).is_err());
    }
}
