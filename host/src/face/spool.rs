//! Standard input as a file, so that a node can send it, and go on where it was cut.

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

/// A file with what has come from standard input, in a folder of its own. Both are removed on drop.
pub(super) struct Spool {
    folder: PathBuf,
    file: PathBuf,
}

impl Spool {
    /// Reads standard input to its end, unless a signal comes or there is no space for it.
    pub(super) fn fill(name: &str, signals: &Signals) -> Result<Self, Failure> {
        let parent = place();
        let spool = Self::make(&parent, name).map_err(|error| about(&parent, &error))?;
        let options = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&spool.file);
        let file = options.map_err(|error| about(&parent, &error))?;
        spool.copy(&file, signals)?;
        Ok(spool)
    }

    fn make(parent: &Path, name: &str) -> io::Result<Self> {
        let number = u64::from_ne_bytes(random::bytes()?);
        let folder = parent.join(format!("p2pm-{number:016x}"));
        DirBuilder::new().mode(0o700).create(&folder)?;
        let file = folder.join(name);
        Ok(Self { folder, file })
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
}

impl Drop for Spool {
    fn drop(&mut self) {
        // Whatever cannot be removed is removed with all that is temporary.
        let _ = fs::remove_dir_all(&self.folder);
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
