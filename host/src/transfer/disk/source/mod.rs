//! Sending end: what a user offers.

mod children;
mod file;
mod folder;
mod left_out;
mod walk;

use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use p2pm_core::transfer::Source;
use p2pm_core::wire::{Attributes, Close, Goods, GoodsKind, Label};
use rustix::fs::FileType;

use self::file::FileSource;
use self::folder::FolderSource;
pub use self::left_out::{LeftOut, Omission};
use self::walk::{Census, Walk};
use super::facts::Facts;
use super::name;
use super::trouble::Trouble;
use crate::picture::{self, Fit, Thumbnail};

/// A file or a folder that is offered: what it was when its user has named it. Nothing of it is open.
#[derive(Debug)]
pub struct Offered {
    name: String,
    attributes: Attributes,
    left_out: LeftOut,
    preview: Option<Thumbnail>,
    place: Arc<Place>,
}

/// Where it is, and what was there when it was offered.
#[derive(Debug)]
struct Place {
    path: PathBuf,
    was: Was,
}

#[derive(Debug)]
enum Was {
    File(Facts),
    Folder(Census),
}

/// Source of the stream of what is offered. Each transfer has its own, which is opened when it is first read.
#[derive(Debug)]
pub struct OfferedSource {
    place: Arc<Place>,
    stream: Option<Stream>,
    trouble: Option<Trouble>,
}

#[derive(Debug)]
enum Stream {
    File(FileSource),
    Folder(Box<FolderSource>),
}

impl Offered {
    /// Finds out all that is said of what the user has named when it is offered, by a look at the disk. That may take long, so
    /// whoever asks for it waits in a thread of its own. A link is followed here, but nowhere below. A folder is walked through
    /// once, for the length of its stream. No content is read but that of a picture, for its preview.
    pub fn prepare(path: &Path) -> Result<Self, Trouble> {
        let (file, facts) = open(path)?;
        let file = Arc::new(file);
        let shown = || path.display().to_string();
        let name = name_of(path).ok_or_else(|| Trouble::NotSendable(shown()))?;
        let mut left_out = LeftOut::default();
        let was = match facts.kind() {
            FileType::RegularFile if facts.length == 0 && has_content(&file) => {
                return Err(Trouble::Unmeasured(shown()));
            }
            FileType::RegularFile => Was::File(facts),
            FileType::Directory => Was::Folder(Walk::new(Arc::clone(&file))?.take_census(&mut left_out)?),
            _ => return Err(Trouble::NotSendable(shown())),
        };
        // A picture that can be decoded is shown to whoever decides.
        let picture = if let Was::File(_) = was { picture::read(&file, Fit::Preview) } else { None };
        let place = Arc::new(Place { path: path.to_owned(), was });
        let preview = picture.as_ref().map(Thumbnail::from);
        Ok(Self { name, attributes: facts.attributes(), left_out, preview, place })
    }

    /// What to offer.
    ///
    /// # Panics
    ///
    /// Never: the name was validated.
    pub fn goods(&self) -> Goods<'_> {
        let (kind, length, files) = match &self.place.was {
            Was::File(facts) => (GoodsKind::File, facts.length, 1),
            Was::Folder(census) => (GoodsKind::Folder, census.length, census.files),
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
    pub fn source(&self) -> OfferedSource {
        OfferedSource { place: Arc::clone(&self.place), stream: None, trouble: None }
    }
}

impl Place {
    /// Opens what is there, if it is what was offered. What has changed in a folder is noticed on the walk through it.
    fn open(&self) -> Result<Stream, Trouble> {
        let (file, facts) = open(&self.path)?;
        match &self.was {
            Was::File(was) if *was == facts => Ok(Stream::File(FileSource::new(file, facts))),
            Was::Folder(census) if facts.kind() == FileType::Directory => {
                Ok(Stream::Folder(Box::new(FolderSource::new(Arc::new(file), census.clone())?)))
            }
            _ => Err(Trouble::Changed(self.path.display().to_string())),
        }
    }
}

/// Opens what is at a path, to read it.
fn open(path: &Path) -> Result<(File, Facts), Trouble> {
    let shown = path.display();
    let file = p2pm_posix::file::open(path).map_err(Trouble::of(format_args!("open {shown}")))?;
    let facts = Facts::of(&file).map_err(Trouble::of(format_args!("look at {shown}")))?;
    Ok((file, facts))
}

/// Whether a file whose length is said to be 0 has content all the same, as those of /proc have. What cannot be read is not
/// sent as nothing, either.
fn has_content(file: &File) -> bool {
    !matches!(file.read_at(&mut [0], 0), Ok(0))
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
    /// Closes what is open, until it is read again.
    pub fn close(&mut self) {
        self.stream = None;
    }

    /// What went wrong last, for our user.
    pub fn trouble(&self) -> Option<&Trouble> {
        self.trouble.as_ref()
    }

    /// Does something with the stream, which is opened for it.
    fn with<T>(&mut self, act: impl FnOnce(&mut Stream) -> Result<T, Trouble>) -> Result<T, Close> {
        let stream = match self.stream.take() {
            Some(stream) => Ok(stream),
            None => self.place.open(),
        };
        stream.and_then(|stream| act(self.stream.insert(stream))).map_err(|trouble| {
            let close = trouble.close();
            self.trouble = Some(trouble);
            close
        })
    }
}

impl Source for OfferedSource {
    fn seek(&mut self, offset: u64) -> Result<(), Close> {
        self.with(|stream| match stream {
            Stream::File(file) => {
                file.seek(offset);
                Ok(())
            }
            Stream::Folder(folder) => folder.seek(offset),
        })
    }

    fn read(&mut self, into: &mut [u8]) -> Result<usize, Close> {
        self.with(|stream| match stream {
            Stream::File(file) => file.read(into),
            Stream::Folder(folder) => folder.read(into),
        })
    }

    fn check(&mut self) -> Result<(), Close> {
        self.with(|stream| match stream {
            Stream::File(file) => file.check(),
            Stream::Folder(folder) => folder.check(),
        })
    }
}
