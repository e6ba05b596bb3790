//! Files and directories that belong to the user of this process and that no other user has access to.

use std::fmt;
use std::fs::{self, DirBuilder, File, Metadata};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use p2pm_posix::file;
use rustix::process::geteuid;

/// Bits of a mode that give others access.
const OTHERS: u32 = 0o077;

/// Why a file or directory is not used.
#[derive(Debug)]
pub enum Refusal {
    /// The system has refused it.
    Failed(io::Error),
    /// It is not a regular file.
    NotAFile,
    /// It is not a directory itself; a symbolic link to one is none.
    NotADirectory,
    /// It belongs to another user. (The owner can always read it, whatever its mode. So root cannot use what is
    /// another user's.)
    NotOurs,
    /// Other users have access to this file.
    ExposedFile,
    /// Other users have access to this directory.
    ExposedDirectory,
}

/// Opens a private file to read it.
pub(crate) fn open(path: &Path) -> Result<File, Refusal> {
    let file = open_regular(path)?;
    check_access(&file.metadata()?, Refusal::ExposedFile)?;
    Ok(file)
}

/// Opens a file to read it, whoever else has access to it.
pub(crate) fn open_regular(path: &Path) -> Result<File, Refusal> {
    // The checks are made on the open file, so they cannot be raced.
    let file = file::open(path)?;
    check_regular(&file.metadata()?)?;
    Ok(file)
}

/// Opens a private file to lock it, and creates it if it does not exist.
pub(crate) fn open_or_create(path: &Path) -> Result<File, Refusal> {
    let mut options = file::options();
    let file = options.read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
    let metadata = file.metadata()?;
    check_regular(&metadata)?;
    check_access(&metadata, Refusal::ExposedFile)?;
    Ok(file)
}

/// Creates a private directory, and its parents, unless it exists.
///
/// The directory itself is checked, not the target of a symbolic link in its place. Once it passes, no other user can
/// replace it where its parent is the user's own, or sticky, as `/tmp` is.
pub(crate) fn create_dir(dir: &Path) -> Result<(), Refusal> {
    match DirBuilder::new().recursive(true).mode(0o700).create(dir) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error.into()),
        _ => check_dir(dir),
    }
}

fn check_regular(metadata: &Metadata) -> Result<(), Refusal> {
    if metadata.is_file() { Ok(()) } else { Err(Refusal::NotAFile) }
}

fn check_dir(dir: &Path) -> Result<(), Refusal> {
    let metadata = fs::symlink_metadata(dir)?;
    if !metadata.is_dir() {
        return Err(Refusal::NotADirectory);
    }
    check_access(&metadata, Refusal::ExposedDirectory)
}

fn check_access(metadata: &Metadata, exposed: Refusal) -> Result<(), Refusal> {
    if metadata.uid() != geteuid().as_raw() {
        return Err(Refusal::NotOurs);
    }
    if metadata.mode() & OTHERS != 0 { Err(exposed) } else { Ok(()) }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::Failed(error)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Failed(error) => return error.fmt(f),
            Self::NotAFile => "not a regular file",
            Self::NotADirectory => "not a directory",
            Self::NotOurs => "it belongs to another user; use one of your own",
            Self::ExposedFile => "other users have access to it; chmod 600 it",
            Self::ExposedDirectory => "other users have access to it; chmod 700 it",
        })
    }
}

impl std::error::Error for Refusal {}
