//! Opening of what is beneath a folder, whatever is put in its place meanwhile.

use std::ffi::CStr;
use std::fs::File;
use std::io;
use std::mem::MaybeUninit;
use std::ops::ControlFlow;
use std::os::fd::AsFd;

use rustix::fs::{FileType, Mode, OFlags, RawDir, ResolveFlags, openat2};
use rustix::io::Errno;
use rustix::path::Arg;

/// Neither out of the folder, nor through a link.
const RESOLVE: ResolveFlags =
    ResolveFlags::BENEATH.union(ResolveFlags::NO_SYMLINKS).union(ResolveFlags::NO_MAGICLINKS);
/// Length of the buffer for the names of a folder, in bytes.
const NAMES_LEN: usize = 16 * 1024;

/// Opens what is at a path beneath a folder.
pub(super) fn open(dir: impl AsFd, path: impl Arg, flags: OFlags, mode: Mode) -> io::Result<File> {
    let flags = flags | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NOFOLLOW;
    match openat2(dir, path, flags, mode, RESOLVE) {
        Err(Errno::NOSYS) => {
            Err(io::Error::new(io::ErrorKind::Unsupported, "it needs openat2(2), of Linux 5.6"))
        }
        opened => Ok(opened?.into()),
    }
}

/// Opens a folder, also to read the names in it.
pub(super) fn folder(dir: impl AsFd, path: impl Arg) -> io::Result<File> {
    open(dir, path, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty())
}

/// Calls `each` with name and type of everything in a folder that was just opened, until it breaks off.
pub(super) fn each_in(
    folder: impl AsFd,
    mut each: impl FnMut(&CStr, FileType) -> io::Result<ControlFlow<()>>,
) -> io::Result<()> {
    let mut buffer = [const { MaybeUninit::uninit() }; NAMES_LEN];
    let mut names = RawDir::new(folder, &mut buffer);
    while let Some(entry) = names.next() {
        let entry = entry?;
        let is_itself = matches!(entry.file_name().to_bytes(), b"." | b"..");
        if !is_itself && each(entry.file_name(), entry.file_type())?.is_break() {
            break;
        }
    }
    Ok(())
}
