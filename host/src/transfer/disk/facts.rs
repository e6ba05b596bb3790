//! What the system says of a file.

use std::io;
use std::os::fd::AsFd;
use std::path::Path;

use p2pm_core::wire::Attributes;
use rustix::fs::{AtFlags, CWD, FileType, StatxFlags, statx};
use rustix::path::Arg;
use rustix::process::Uid;

/// What the system says of a file or a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    mode: u16,
    owner: u32,
    /// Length in bytes.
    pub(super) length: u64,
    modified: Time,
    /// When it, or anything that is said of it, has changed last.
    pub(super) changed: Time,
    /// Which one it is: device and number.
    id: (u32, u32, u64),
}

/// Seconds since 1970, and nanoseconds.
pub(super) type Time = (i64, u32);

impl Facts {
    /// Of what is open.
    pub(super) fn of(file: impl AsFd) -> io::Result<Self> {
        Self::ask(file, c"", AtFlags::EMPTY_PATH)
    }

    /// Of what has this name in a folder; of a link itself.
    pub(super) fn of_name(folder: impl AsFd, name: impl Arg) -> io::Result<Self> {
        Self::ask(folder, name, AtFlags::SYMLINK_NOFOLLOW)
    }

    /// Of what is at a path, to wherever links lead.
    pub(super) fn of_path(path: &Path) -> io::Result<Self> {
        Self::ask(CWD, path, AtFlags::empty())
    }

    fn ask(dir: impl AsFd, name: impl Arg, flags: AtFlags) -> io::Result<Self> {
        let stat = statx(dir, name, flags, StatxFlags::BASIC_STATS)?;
        Ok(Self {
            mode: stat.stx_mode,
            owner: stat.stx_uid,
            length: stat.stx_size,
            modified: (stat.stx_mtime.tv_sec, stat.stx_mtime.tv_nsec),
            changed: (stat.stx_ctime.tv_sec, stat.stx_ctime.tv_nsec),
            id: (stat.stx_dev_major, stat.stx_dev_minor, stat.stx_ino),
        })
    }

    /// What it is.
    pub(super) fn kind(&self) -> FileType {
        FileType::from_raw_mode(self.mode.into())
    }

    /// What is kept of it.
    pub(super) fn attributes(&self) -> Attributes {
        Attributes::new(self.modified.0, self.mode.into())
    }

    /// Whether it is the same file or folder, whatever has become of it.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.id == other.id
    }

    /// Whether it is this user's.
    pub(super) fn is_of(&self, user: Uid) -> bool {
        self.owner == user.as_raw()
    }

    /// Whether others than its owner may write to it.
    pub(super) fn is_shared(&self) -> bool {
        self.mode & 0o022 != 0
    }

    /// Whether its owner may read it.
    pub(super) fn is_readable_by_owner(&self) -> bool {
        self.mode & 0o400 != 0
    }

    /// Bytes by which it is told from any other state of it.
    pub(super) fn fingerprint(&self) -> [u8; 28] {
        let mut bytes = [0; 28];
        let (seconds, rest) = bytes.split_at_mut(8);
        seconds.copy_from_slice(&self.changed.0.to_be_bytes());
        let (nanos, rest) = rest.split_at_mut(4);
        nanos.copy_from_slice(&self.changed.1.to_be_bytes());
        let (number, device) = rest.split_at_mut(8);
        number.copy_from_slice(&self.id.2.to_be_bytes());
        device.copy_from_slice(&(u64::from(self.id.0) << 32 | u64::from(self.id.1)).to_be_bytes());
        bytes
    }
}
