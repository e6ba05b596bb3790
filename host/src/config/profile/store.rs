//! Files that are replaced as a whole: a cut of power, a full disk or a kill leaves the old file or the new one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::config::private::{self, Refusal};

/// Content of a private file, of which no more than `longest` bytes and one are read. `None` if there is no file.
pub(super) fn read(path: &Path, longest: usize) -> Result<Option<Zeroizing<Vec<u8>>>, Refusal> {
    let file = match private::open(path) {
        Err(Refusal::Failed(error)) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let len = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
    // Of sufficient capacity, since a vector that moves leaves a copy. `read_to_end` asks for more room at the end.
    let mut bytes = Zeroizing::new(Vec::with_capacity(len.min(longest) + 64));
    file.take(longest as u64 + 1).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// Writes the content of a file: to another one in the same directory first, which then takes the file's name. The caller
/// sees to it that nobody else does so at the same time.
pub(super) fn replace(path: &Path, write: impl FnOnce(&File) -> io::Result<()>) -> io::Result<()> {
    let new = beside(path, "new");
    let replaced = write_new(&new, write).and_then(|()| fs::rename(&new, path));
    if replaced.is_err() {
        // What was written of it is of no use. If this fails, the next one removes it.
        _ = fs::remove_file(&new);
    }
    replaced?;
    sync_dir(path)
}

/// Renames a file to the first free name `NAME.damaged-N`, which is returned.
pub(super) fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let mut number = 1;
    let aside = loop {
        let aside = damaged(path, number);
        if !is_there(&aside)? {
            break aside;
        }
        number += 1;
    };
    fs::rename(path, &aside)?;
    sync_dir(path)?;
    Ok(aside)
}

/// The file that was set aside first, if it still is.
pub(super) fn first_set_aside(path: &Path) -> io::Result<Option<PathBuf>> {
    let aside = damaged(path, 1);
    Ok(is_there(&aside)?.then_some(aside))
}

fn damaged(path: &Path, number: u32) -> PathBuf {
    beside(path, &format!("damaged-{number}"))
}

fn is_there(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        found => found.map(|_| true),
    }
}

/// The file of the same name and one more extension.
fn beside(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}

fn write_new(path: &Path, write: impl FnOnce(&File) -> io::Result<()>) -> io::Result<()> {
    match fs::remove_file(path) {
        // Left behind by a program that was interrupted, or not there.
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    write(&file)?;
    file.sync_all()
}

/// Has the names in the directory of a file written to the disk.
fn sync_dir(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(dir) => File::open(dir)?.sync_all(),
        None => Ok(()),
    }
}
