//! Files of a browser, which are on the disk until everybody has them: a node offers what is on its machine.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use p2pm_core::wire::Label;

use super::limits::FREE_MIN;
use super::refusal::{Refusal, accepted};
use crate::config::private;
use crate::config::profile::{Homes, ProfileName};
use crate::face::file::size;
use crate::face::launch;
use crate::face::recipient::Recipient;
use crate::face::shown::Shown;
use crate::node::{Answer, Ask, FileState, News};
use crate::triad::shell::Stop;

/// Bytes after which the space on the disk is looked at again.
const SPACE_STEP: u64 = 16 << 20;

/// A private folder, in which each file has a folder of its own: it is offered by its name.
pub(super) struct Spool {
    folder: PathBuf,
    offered: Mutex<Vec<Offered>>,
}

/// A file that is offered, to each with a number.
struct Offered {
    folder: PathBuf,
    numbers: Vec<u32>,
}

/// A file that comes from a browser. What has come of it is removed on drop.
pub(super) struct Upload {
    folder: PathBuf,
    path: PathBuf,
    file: File,
    /// Bytes since the space was looked at.
    written: u64,
    is_kept: bool,
}

impl Spool {
    /// The spool of a profile. What is left in it, and is not to be offered again, is removed, unless a node runs.
    pub(super) fn open(profile: &ProfileName) -> Result<Self, Stop> {
        let homes = Homes::of_user().map_err(|error| Stop::Usage(error.to_string()))?;
        let folder = homes.data.join("p2pm").join(profile.as_str()).join("uploads");
        private::create_dir(&folder)
            .map_err(|why| io::Error::other(format!("{}: {why}", folder.display())))?;
        if let Some(offered) = launch::offered(profile)? {
            clear(&folder, &offered)?;
        }
        Ok(Self { folder, offered: Mutex::default() })
    }

    /// A place for a file of this name, and as many bytes as are known to come.
    pub(super) fn begin(&self, name: &str, length: u64) -> Result<Upload, Refusal> {
        let label = Label::new(name.as_bytes()).map_err(|error| Refusal::usage(error.to_string()))?;
        let number = u64::from_ne_bytes(p2pm_posix::random::bytes().map_err(Stop::Io)?);
        let folder = self.folder.join(format!("{number:016x}"));
        let path = folder.join(label.as_str());
        let failed =
            |error: io::Error| Refusal::unavailable(format!("no file is made here: {}", error.kind()));
        DirBuilder::new().mode(0o700).create(&folder).map_err(failed)?;
        let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        let file = made.map_err(|error| {
            let _ = fs::remove_dir(&folder);
            failed(error)
        })?;
        let upload = Upload { folder, path, file, written: 0, is_kept: false };
        upload.check_space(length)?;
        Ok(upload)
    }

    /// Offers a file that has come. It stays until nobody needs it any more.
    pub(super) fn offer(&self, node: &Shown, to: &Recipient, mut upload: Upload) -> Result<Answer, Refusal> {
        let answer = accepted(node.ask(to.send_file(upload.path.clone())))?;
        if let Answer::Offered { files, .. } = &answer {
            let numbers = files.iter().map(|file| file.file).collect();
            self.lock().push(Offered { folder: upload.folder.clone(), numbers });
            upload.is_kept = true;
            // Somebody may have turned it away before it was on the list.
            self.sweep(node);
        }
        Ok(answer)
    }

    /// Takes note of what has become of a file.
    pub(super) fn note(&self, node: &Shown, news: &News) {
        let News::File { file, state: FileState::Stored { .. } | FileState::Ended { .. } } = news else {
            return;
        };
        if file.ours && self.lock().iter().any(|it| it.numbers.contains(&file.file)) {
            self.sweep(node);
        }
    }

    /// Removes what is offered to nobody any more.
    fn sweep(&self, node: &Shown) {
        let mut offered = self.lock();
        let Answer::Files { files } = node.ask(Ask::Files {}) else { return };
        offered.retain(|it| {
            let is_open = files.iter().any(|file| it.numbers.contains(&file.info.file));
            if !is_open {
                let _ = fs::remove_dir_all(&it.folder);
            }
            is_open
        });
    }

    /// The node has ended: its numbers mean nothing any more, and what it has not sent is offered again in its next run.
    pub(super) fn leave(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Offered>> {
        self.offered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Removes what is in the folder, but for what is still offered.
fn clear(folder: &Path, offered: &[PathBuf]) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if !offered.iter().any(|it| it.parent() == Some(&path)) {
            // What is not ours, as a file that a file manager leaves, is in nobody's way.
            let _ = fs::remove_dir_all(path);
        }
    }
    Ok(())
}

impl Upload {
    /// Writes what has come.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        if self.written >= SPACE_STEP {
            self.written = 0;
            self.check_space(0)?;
        }
        self.written += bytes.len() as u64;
        self.file
            .write_all(bytes)
            .map_err(|error| Refusal::unavailable(format!("it cannot be written: {}", error.kind())))
    }

    fn check_space(&self, length: u64) -> Result<(), Refusal> {
        let about = rustix::fs::fstatvfs(&self.file).map_err(|error| Stop::Io(error.into()))?;
        let free = about.f_bavail.saturating_mul(about.f_frsize);
        if free.saturating_sub(length) >= FREE_MIN {
            return Ok(());
        }
        let text = format!("there is no space for it: {} are free on the disk", size(free));
        Err(Refusal::unavailable(text))
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if !self.is_kept {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}
