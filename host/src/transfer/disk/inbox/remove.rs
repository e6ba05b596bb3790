//! Removal of what is unfinished.

use std::fs::File;
use std::io;
use std::ops::ControlFlow;

use rustix::fs::{AtFlags, unlinkat};
use rustix::io::Errno;

use super::beneath;

/// Removes a file, or a folder with all that is in it, if it is there. Links in it are removed, never followed. However deep
/// the folder is, few in it are open at a time.
pub(super) fn remove(dir: &File, name: &[u8]) -> io::Result<()> {
    if !is_folder_after_unlink(dir, name)? {
        return Ok(());
    }
    // Every path begins here: with another name in front, the longest one that a peer may choose would be too long.
    let top = beneath::folder(dir, name)?;
    while let Some(mut path) = empty(&beneath::folder(&top, ".")?)? {
        while !path.is_empty() {
            if let Some(inner) = empty(&beneath::folder(&top, &*path)?)? {
                path.push(b'/');
                path.extend(inner);
            } else {
                remove_folder(&top, &path)?;
                path.truncate(path.iter().rposition(|byte| *byte == b'/').unwrap_or_default());
            }
        }
    }
    Ok(unlinkat(dir, name, AtFlags::REMOVEDIR)?)
}

/// Removes all files in a folder, up to the first folder in it, whose name it returns.
fn empty(folder: &File) -> io::Result<Option<Vec<u8>>> {
    let mut inner = None;
    beneath::each_in(folder, |name, _| {
        if is_folder_after_unlink(folder, name.to_bytes())? {
            inner = Some(name.to_bytes().to_vec());
            return Ok(ControlFlow::Break(()));
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(inner)
}

/// Removes a file, and returns whether it is a folder instead.
fn is_folder_after_unlink(dir: &File, name: &[u8]) -> io::Result<bool> {
    match unlinkat(dir, name, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => Ok(false),
        Err(Errno::ISDIR) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// Removes an empty folder.
fn remove_folder(dir: &File, path: &[u8]) -> io::Result<()> {
    match path.iter().rposition(|byte| *byte == b'/') {
        Some(slash) => {
            let parent = beneath::folder(dir, &path[..slash])?;
            unlinkat(parent, &path[slash + 1..], AtFlags::REMOVEDIR)?;
        }
        None => unlinkat(dir, path, AtFlags::REMOVEDIR)?,
    }
    Ok(())
}
