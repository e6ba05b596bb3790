//! Both ends of a transfer on disk, without a network between them.

mod file;
mod folder;
mod hostile;
mod machines;
mod source;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use p2pm_core::limits::{FRAME_LEN_MAX, KEY_LEN, PIECE_LEN};
use p2pm_core::transfer::{Chain, Mark, Sink, Source};
use p2pm_core::wire::{Attributes, Close, Goods, GoodsKind, Label, PublicKey, TransferId};
use tempfile::TempDir;

use super::*;

const KATIE: Origin = Origin { sender: PublicKey([1; KEY_LEN]), id: TransferId([1; 8]) };
/// Bytes that a frame carries, more or less.
const FRAME: usize = FRAME_LEN_MAX - 24;
#[allow(clippy::cast_possible_truncation, reason = "1 MiB fits")]
const PIECE: usize = PIECE_LEN as usize;

/// A folder with what is sent, an inbox, and what is beside it.
struct Place {
    dir: TempDir,
}

/// What is in a folder: type, permission bits, time and content of each.
type Listing = BTreeMap<PathBuf, (bool, u32, i64, Vec<u8>)>;

impl Place {
    fn new() -> Self {
        Self { dir: TempDir::new().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// An inbox that saves states after each piece.
    fn inbox(&self) -> Arc<Inbox> {
        Inbox::open_to_save(&self.path("inbox"), PIECE_LEN)
    }

    /// A file to send.
    fn file(&self, name: &str, content: &[u8]) -> Offered {
        fs::write(self.path(name), content).unwrap();
        Offered::prepare(&self.path(name)).unwrap()
    }

    /// What is in the inbox, without what is unfinished.
    fn received(&self) -> Vec<String> {
        names(&self.path("inbox")).into_iter().filter(|name| name != ".p2pm-unfinished").collect()
    }

    /// The only slot.
    fn slot(&self) -> PathBuf {
        let slots = self.slots();
        assert_eq!(slots.len(), 1);
        self.path("inbox/.p2pm-unfinished").join(&slots[0])
    }

    /// What is beside the numbers of what is whole.
    fn slots(&self) -> Vec<String> {
        let unfinished = names(&self.path("inbox/.p2pm-unfinished"));
        unfinished.into_iter().filter(|name| !name.starts_with("whole")).collect()
    }

    fn assert_nothing_unfinished(&self) {
        assert_eq!(self.slots(), [""; 0]);
    }
}

fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn listing(top: &Path) -> Listing {
    let mut listing = Listing::new();
    let mut paths = vec![PathBuf::new()];
    while let Some(path) = paths.pop() {
        let place = if path == Path::new("") { top.to_owned() } else { top.join(&path) };
        let metadata = fs::symlink_metadata(&place).unwrap();
        let content = if metadata.is_file() { fs::read(&place).unwrap() } else { Vec::new() };
        if metadata.is_dir() {
            paths.extend(names(&place).iter().map(|name| path.join(name)));
        }
        listing.insert(path, (metadata.is_dir(), metadata.mode() & 0o7777, metadata.mtime(), content));
    }
    listing
}

/// Makes files and folders: a path that ends with a slash is a folder's. The times are of long ago, and all different.
fn make(top: &Path, entries: &[(&str, u32, &[u8])]) {
    for (path, _, content) in entries {
        let place = top.join(path);
        fs::create_dir_all(if path.ends_with('/') { &place } else { place.parent().unwrap() }).unwrap();
        if !path.ends_with('/') {
            fs::write(&place, content).unwrap();
        }
    }
    for (number, (path, mode, _)) in entries.iter().enumerate().rev() {
        fs::set_permissions(top.join(path), fs::Permissions::from_mode(*mode)).unwrap();
        set_time(&top.join(path), 1_000_000 + number as u64);
    }
}

fn set_time(path: &Path, seconds: u64) {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    fs::File::open(path).unwrap().set_modified(time).unwrap();
}

/// Bytes of which no two pieces are the same.
fn content(len: usize) -> Vec<u8> {
    (0..len).map(|at| u8::try_from((at * at + at / PIECE) % 253).unwrap()).collect()
}

fn goods(kind: GoodsKind, length: u64, files: u32, name: &str) -> Goods<'_> {
    let attributes = Attributes::new(1_000_000, 0o755);
    Goods { kind, length, files, attributes, name: Label::new(name.as_bytes()).unwrap(), preview: None }
}

fn chain_of(source: &mut impl Source, length: u64) -> Chain {
    let mut chain = Chain::default();
    source.seek(0).unwrap();
    let mut buffer = vec![0; PIECE];
    while chain.length() < length {
        let left = usize::try_from(length - chain.length()).unwrap();
        let room = left.min(PIECE);
        let read = source.read(&mut buffer[..room]).unwrap();
        assert_ne!(read, 0, "it ends early");
        chain.update(&buffer[..read]);
    }
    chain
}

/// Carries at most so many bytes, as the two machines do: what the sink has is compared first. Once everything is there, it is
/// stored.
fn carry(
    source: &mut OfferedSource,
    sink: &mut Incoming,
    mut has: Chain,
    length: u64,
    most: usize,
) -> Result<Chain, Close> {
    let mut retreats = 0;
    while chain_of(source, has.length()).extent() != has.extent() {
        let left = sink.retreat()?;
        assert!(left.length() < has.length());
        (has, retreats) = (left, retreats + 1);
    }
    assert!(retreats <= 2);
    source.seek(has.length())?;
    let mut buffer = vec![0; FRAME];
    let mut left = most;
    while has.length() < length && left > 0 {
        let room = FRAME.min(left);
        let read = source.read(&mut buffer[..room])?;
        assert_ne!(read, 0);
        append(sink, &mut has, &buffer[..read])?;
        left -= read;
    }
    if has.length() == length {
        source.check()?;
        sink.finish()?;
    }
    Ok(has)
}

/// Appends bytes as a receiver does.
fn append(sink: &mut Incoming, has: &mut Chain, bytes: &[u8]) -> Result<(), Close> {
    let mark: Mark = has.mark();
    sink.write(bytes)?;
    has.update(bytes);
    if has.mark() == mark { Ok(()) } else { sink.mark(has.mark()) }
}

/// Sends it as a whole, and returns where it is.
fn send(offered: &Offered, inbox: &Arc<Inbox>) -> PathBuf {
    let goods = offered.goods();
    let (mut sink, has) = inbox.begin(&KATIE, &goods).unwrap();
    carry(&mut offered.source(), &mut sink, has, goods.length, usize::MAX).unwrap();
    let path = sink.path().unwrap().to_owned();
    sink.close().unwrap();
    path
}
