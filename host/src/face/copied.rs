//! Copies on disk of what is no file there, so that a node can send it, and go on where it was cut.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::{env, iter};

use p2pm_posix::random;
use p2pm_posix::signals::Signals;

use super::command::Failure;
use crate::wait::Waiter;

/// Bytes that are copied at a time.
const CHUNK_LEN: usize = 64 * 1024;

/// A file in a folder of its own, since it is offered by its name. Both are removed on drop, unless they are kept.
pub(super) struct Copied {
    folder: PathBuf,
    file: PathBuf,
    is_kept: bool,
}

impl Copied {
    /// An empty file of the user's alone, to be written.
    pub(super) fn make(parent: &Path, name: &str) -> io::Result<(Self, File)> {
        let number = u64::from_ne_bytes(random::bytes()?);
        let folder = parent.join(format!("p2pm-{number:016x}"));
        DirBuilder::new().mode(0o700).create(&folder)?;
        let file = folder.join(name);
        let copied = Self { folder, file, is_kept: false };
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&copied.file)?;
        Ok((copied, file))
    }

    /// Reads standard input to its end, unless a signal comes or there is no space for it.
    pub(super) fn of_input(name: &str, signals: &Signals) -> Result<Self, Failure> {
        let parent = place();
        let (copied, file) = Self::make(&parent, name).map_err(|error| about(&parent, &error))?;
        copied.copy(&file, signals)?;
        Ok(copied)
    }

    fn copy(&self, mut file: &File, signals: &Signals) -> Result<(), Failure> {
        let (input, mut buffer) = (io::stdin(), vec![0; CHUNK_LEN]);
        loop {
            let mut waiter = Waiter::new();
            let (_, signal) = (waiter.read(input.as_fd()), waiter.read(signals.as_fd()));
            if waiter.wait(None)?.contains(signal) {
                return Err(Failure::Interrupted);
            }
            let read = rustix::io::read(&input, &mut buffer).map_err(io::Error::from)?;
            if read == 0 {
                return Ok(());
            }
            file.write_all(&buffer[..read]).map_err(|error| about(&self.folder, &error))?;
        }
    }

    /// Where the file is, from the root on.
    pub(super) fn path(&self) -> &Path {
        &self.file
    }

    /// Leaves it there, and returns the folder.
    pub(super) fn keep(mut self) -> PathBuf {
        self.is_kept = true;
        self.folder.clone()
    }
}

impl Drop for Copied {
    fn drop(&mut self) {
        if !self.is_kept {
            // Whatever cannot be removed is removed with all that is temporary, or looked for again.
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

/// Where there is room for what is temporary, and large: what `TMPDIR` says, or on disk.
fn place() -> PathBuf {
    let chosen = env::var_os("TMPDIR").map(PathBuf::from);
    let on_disk = iter::once(PathBuf::from("/var/tmp"));
    let is_usable = |path: &PathBuf| path.is_absolute() && path.is_dir();
    chosen.into_iter().chain(on_disk).find(is_usable).unwrap_or_else(env::temp_dir)
}

fn about(folder: &Path, error: &io::Error) -> Failure {
    let folder = folder.display();
    Failure::Io(io::Error::other(format!("standard input could not be kept in {folder}: {error}")))
}
