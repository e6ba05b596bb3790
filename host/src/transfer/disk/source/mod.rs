//! Sending end: what a user offers.

mod children;
mod file;
mod folder;
mod left_out;
mod walk;

use std::fs::{File, OpenOptions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use p2pm_core::transfer::Source;
use p2pm_core::wire::{Attributes, Close, Goods, GoodsKind, Label};
use rustix::fs::{FileType, OFlags};

use self::file::FileSource;
use self::folder::FolderSource;
pub use self::left_out::{LeftOut, Omission};
use self::walk::{Census, Walk};
use super::facts::Facts;
use super::name;
use super::trouble::Trouble;
use crate::picture::{self, Fit, Thumbnail};

/// A file or a folder that is offered, open. However many it is offered to, it is opened once.
#[derive(Debug)]
pub struct Offered {
    name: String,
    attributes: Attributes,
    left_out: LeftOut,
    origin: Origin,
    preview: Option<Thumbnail>,
}

#[derive(Debug)]
enum Origin {
    File { file: Arc<File>, facts: Facts },
    Folder { top: Arc<File>, census: Census },
}

/// Source of the stream of what is offered. Each transfer has its own.
#[derive(Debug)]
pub struct OfferedSource {
    stream: Stream,
    trouble: Option<Trouble>,
}

#[derive(Debug)]
enum Stream {
    File(FileSource),
    Folder(Box<FolderSource>),
}

impl Offered {
    /// Opens what the user has named. A link is followed here, but nowhere below. A folder is walked through once, for the
    /// length of its stream; no content is read.
    pub fn open(path: &Path) -> Result<Self, Trouble> {
        let shown = path.display().to_string();
        // To open a FIFO must not wait for its writer. What it is is asked of what is open, so it cannot be another by then.
        let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed();
        let opened = OpenOptions::new().read(true).custom_flags(flags).open(path);
        let file = Arc::new(opened.map_err(Trouble::of(format_args!("open {shown}")))?);
        let facts = Facts::of(&file).map_err(Trouble::of(format_args!("look at {shown}")))?;
        let Some(name) = name_of(path) else { return Err(Trouble::NotSendable(shown)) };
        let mut left_out = LeftOut::default();
        let origin = match facts.kind() {
            FileType::RegularFile => Origin::File { file, facts },
            FileType::Directory => {
                let census = Walk::new(Arc::clone(&file))?.take_census(&mut left_out)?;
                Origin::Folder { top: file, census }
            }
            _ => return Err(Trouble::NotSendable(shown)),
        };
        Ok(Self { name, attributes: facts.attributes(), left_out, origin, preview: None })
    }

    /// The same with a preview, if it is a picture that can be decoded, which takes its time.
    #[must_use]
    pub fn with_preview(self) -> Self {
        let picture = match &self.origin {
            Origin::File { file, .. } => picture::read(file, Fit::Preview),
            Origin::Folder { .. } => None,
        };
        Self { preview: picture.as_ref().map(Thumbnail::from), ..self }
    }

    /// What to offer.
    ///
    /// # Panics
    ///
    /// Never: the name was validated.
    pub fn goods(&self) -> Goods<'_> {
        let (kind, length, files) = match &self.origin {
            Origin::File { facts, .. } => (GoodsKind::File, facts.length, 1),
            Origin::Folder { census, .. } => (GoodsKind::Folder, census.length, census.files),
        };
        let name = Label::new(self.name.as_bytes()).expect("a label");
        Goods {
            kind,
            length,
            files,
            attributes: self.attributes,
            name,
            preview: self.preview.as_ref().and_then(Thumbnail::preview),
        }
    }

    /// What is in the folder and not in its stream.
    pub fn left_out(&self) -> &LeftOut {
        &self.left_out
    }

    /// A source of the stream, at its beginning.
    pub fn source(&self) -> Result<OfferedSource, Trouble> {
        let stream = match &self.origin {
            Origin::File { file, facts } => Stream::File(FileSource::new(Arc::clone(file), *facts)),
            Origin::Folder { top, census } => {
                Stream::Folder(Box::new(FolderSource::new(Arc::clone(top), census.clone())?))
            }
        };
        Ok(OfferedSource { stream, trouble: None })
    }
}

/// The label for what is at a path: that of `.` or `..` is the name of the folder which that is.
fn name_of(path: &Path) -> Option<String> {
    let canonical;
    let path = if path.file_name().is_some() {
        path
    } else {
        canonical = path.canonicalize().ok()?;
        &canonical
    };
    Some(name::label(path.file_name()?.as_bytes()).into_owned())
}

impl OfferedSource {
    /// What went wrong last, for our user.
    pub fn trouble(&self) -> Option<&Trouble> {
        self.trouble.as_ref()
    }

    fn note<T>(&mut self, result: Result<T, Trouble>) -> Result<T, Close> {
        result.map_err(|trouble| {
            let close = trouble.close();
            self.trouble = Some(trouble);
            close
        })
    }
}

impl Source for OfferedSource {
    fn seek(&mut self, offset: u64) -> Result<(), Close> {
        let result = match &mut self.stream {
            Stream::File(file) => {
                file.seek(offset);
                Ok(())
            }
            Stream::Folder(folder) => folder.seek(offset),
        };
        self.note(result)
    }

    fn read(&mut self, into: &mut [u8]) -> Result<usize, Close> {
        let result = match &mut self.stream {
            Stream::File(file) => file.read(into),
            Stream::Folder(folder) => folder.read(into),
        };
        self.note(result)
    }

    fn check(&mut self) -> Result<(), Close> {
        let result = match &mut self.stream {
            Stream::File(file) => file.check(),
            Stream::Folder(folder) => folder.check(),
        };
        self.note(result)
    }
}
