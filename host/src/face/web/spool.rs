//! Files of a browser, which are on the disk until everybody has them: a node offers what is on its machine.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use p2pm_core::wire::Label;
use tokio::runtime::Handle;

use super::limits::FREE_MIN;
use super::refusal::{Refusal, accepted};
use crate::config::private;
use crate::config::profile::{Homes, ProfileName};
use crate::face::copied::Copied;
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
    /// `None` once it is offered.
    copied: Option<Copied>,
    file: File,
    /// Bytes since the space was looked at.
    written: u64,
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
        let made = Copied::make(&self.folder, label.as_str());
        let failed =
            |error: io::Error| Refusal::unavailable(format!("no file is made here: {}", error.kind()));
        let (copied, file) = made.map_err(failed)?;
        let upload = Upload { copied: Some(copied), file, written: 0 };
        upload.check_space(length)?;
        Ok(upload)
    }

    /// Offers a file that has come. It stays until nobody needs it any more.
    pub(super) fn offer(&self, node: &Shown, to: &Recipient, mut upload: Upload) -> Result<Answer, Refusal> {
        let path = upload.copied.as_ref().map(|copied| copied.path().to_owned()).unwrap_or_default();
        let answer = accepted(node.ask(to.send_file(path)))?;
        if let (Answer::Offered { files, .. }, Some(copied)) = (&answer, upload.copied.take()) {
            let numbers = files.iter().map(|file| file.file).collect();
            self.lock().push(Offered { folder: copied.keep(), numbers });
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

    /// Takes note of what is offered again, by where it is. What is of no browser stays where it is.
    pub(super) fn adopt(&self, again: &[(PathBuf, u32)]) {
        let mut offered = self.lock();
        for (path, number) in again {
            let Some(folder) = path.parent().filter(|it| it.parent() == Some(&self.folder)) else { continue };
            match offered.iter_mut().find(|it| it.folder == folder) {
                Some(known) => known.numbers.push(*number),
                None => offered.push(Offered { folder: folder.to_owned(), numbers: vec![*number] }),
            }
        }
    }

    /// Removes what is offered to nobody any more.
    pub(super) fn sweep(&self, node: &Shown) {
        // What is offered while the node is asked is not in its answer.
        let known: Vec<_> = self.lock().iter().flat_map(|it| it.numbers.clone()).collect();
        let Answer::Files { files } = node.ask(Ask::Files {}) else { return };
        let is_open =
            |number: &u32| !known.contains(number) || files.iter().any(|file| file.info.file == *number);
        self.lock().retain(|it| {
            let is_offered = it.numbers.iter().any(is_open);
            if !is_offered {
                let _ = fs::remove_dir_all(&it.folder);
            }
            is_offered
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
        // A browser that hangs up drops it in the thread of the server, which waits for no disk.
        if let (Some(copied), Ok(runtime)) = (self.copied.take(), Handle::try_current()) {
            runtime.spawn_blocking(move || drop(copied));
        }
    }
}
