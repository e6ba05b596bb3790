//! Stream of a folder.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use rustix::io::Errno;

use super::super::facts::Facts;
use super::super::trouble::Trouble;
use super::LeftOut;
use super::walk::{Census, Step, Visit, Walk};

/// Reads what is in a folder, on a walk through it. The walk is the same as when the folder was offered: where it is not,
/// something has changed. Only what is added to a folder whose names the walk has read is not seen: it was not offered.
#[derive(Debug)]
pub(super) struct FolderSource {
    top: Arc<File>,
    /// What was in the folder when it was offered.
    offered: Census,
    walk: Walk,
    position: u64,
    /// Bytes of the last entry's head that were read.
    head: usize,
    /// The rest of its content.
    content: Option<Content>,
}

/// What is to be read of a file.
#[derive(Debug)]
struct Content {
    file: File,
    position: u64,
    left: u64,
}

impl FolderSource {
    pub(super) fn new(top: Arc<File>, offered: Census) -> Result<Self, Trouble> {
        let walk = Walk::new(Arc::clone(&top))?;
        Ok(Self { top, offered, walk, position: 0, head: 0, content: None })
    }

    pub(super) fn seek(&mut self, offset: u64) -> Result<(), Trouble> {
        if offset == self.position {
            return Ok(());
        }
        *self = Self::new(Arc::clone(&self.top), self.offered.clone())?;
        while self.position < offset {
            let Some(step) = self.step(Visit::Look)? else { return Err(self.changed()) };
            let (head, left) = (self.walk.head().len(), offset - self.position);
            let len = head as u64 + step.content;
            if left < len {
                self.head = usize::try_from(left).map_or(head, |left| left.min(head));
                self.enter(step.content, left.saturating_sub(head as u64))?;
            }
            self.position += left.min(len);
        }
        Ok(())
    }

    pub(super) fn read(&mut self, into: &mut [u8]) -> Result<usize, Trouble> {
        let mut filled = 0;
        while filled < into.len() {
            let read = match self.read_entry(&mut into[filled..])? {
                0 if self.advance()? => continue,
                0 => break,
                read => read,
            };
            filled += read;
            self.position += read as u64;
        }
        Ok(filled)
    }

    /// Walks to the end, and compares all that the walk has been to.
    pub(super) fn check(&mut self) -> Result<(), Trouble> {
        while self.step(Visit::Look)?.is_some() {}
        if self.walk.census() == self.offered {
            Ok(())
        } else {
            Err(Trouble::Changed("the folder".to_owned()))
        }
    }

    /// Goes to the next entry, if there is one.
    fn advance(&mut self) -> Result<bool, Trouble> {
        let Some(Step { content, file }) = self.step(Visit::Open)? else { return Ok(false) };
        if content == 0 && file.as_ref().is_some_and(super::has_content) {
            return Err(Trouble::Unmeasured(self.walk.path().to_owned()));
        }
        self.head = 0;
        self.content = file.filter(|_| content > 0).map(|file| Content { file, position: 0, left: content });
        Ok(true)
    }

    fn step(&mut self, visit: Visit) -> Result<Option<Step>, Trouble> {
        // All that is left out has been told of.
        let step = match self.walk.next(visit, &mut LeftOut::default()) {
            Err(trouble) if is_gone(&trouble) => return Err(self.changed()),
            step => step?,
        };
        self.head = self.walk.head().len();
        if self.walk.changed() > self.offered.changed { Err(self.changed()) } else { Ok(step) }
    }

    /// Opens the last entry to read it from a place of its content, unless nothing is left of that.
    fn enter(&mut self, length: u64, position: u64) -> Result<(), Trouble> {
        let left = length - position;
        if left == 0 {
            return Ok(());
        }
        let file = match self.walk.open_last() {
            Err(trouble) if is_gone(&trouble) => return Err(self.changed()),
            opened => opened?,
        };
        let facts = Facts::of(&file).map_err(Trouble::of(format_args!("look at {}", self.walk.path())))?;
        if facts.length != length || facts.changed > self.offered.changed {
            return Err(self.changed());
        }
        self.content = Some(Content { file, position, left });
        Ok(())
    }

    /// Reads the rest of the last entry; nothing if there is none.
    fn read_entry(&mut self, into: &mut [u8]) -> Result<usize, Trouble> {
        let head = &self.walk.head()[self.head..];
        if !head.is_empty() {
            let len = head.len().min(into.len());
            into[..len].copy_from_slice(&head[..len]);
            self.head += len;
            return Ok(len);
        }
        let Some(Content { file, position, left }) = &mut self.content else { return Ok(0) };
        let len = usize::try_from(*left).map_or(into.len(), |left| left.min(into.len()));
        let read = file.read_at(&mut into[..len], *position);
        let read = read.map_err(Trouble::of(format_args!("read {}", self.walk.path())))?;
        (*position, *left) = (*position + read as u64, *left - read as u64);
        let is_over = *left == 0;
        if is_over {
            self.content = None;
        }
        if read == 0 && !is_over { Err(self.changed()) } else { Ok(read) }
    }

    fn changed(&self) -> Trouble {
        Trouble::Changed(match self.walk.path() {
            "" => "the folder".to_owned(),
            path => path.to_owned(),
        })
    }
}

/// Whether something cannot be opened any more that could be.
fn is_gone(trouble: &Trouble) -> bool {
    let Trouble::Failed { error, .. } = trouble else { return false };
    matches!(Errno::from_io_error(error), Some(Errno::NOENT | Errno::ACCESS | Errno::LOOP | Errno::NOTDIR))
}
