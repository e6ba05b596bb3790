//! Names in a folder.

use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::vec;

use rustix::fs::FileType;

use super::super::{beneath, name};

/// What is in a folder, in the order of the labels. A folder may hold a million names, so they are kept closely.
#[derive(Debug)]
pub(super) struct Children {
    /// All names, each with its label behind it, if that is not the name.
    text: Vec<u8>,
    rest: vec::IntoIter<Place>,
}

/// Something in a folder.
#[derive(Clone, Copy, Debug)]
pub(super) struct Child<'a> {
    /// Name on disk.
    pub(super) name: &'a [u8],
    /// Bytes of its label.
    pub(super) label: &'a [u8],
    /// What it is, as far as the names say.
    pub(super) kind: FileType,
}

/// Where a name is, and its label.
#[derive(Clone, Copy, Debug)]
struct Place {
    start: u32,
    name_len: u8,
    /// 0 if the label is the name.
    label_len: u8,
    kind: FileType,
}

impl Children {
    /// Reads the names in a folder that was just opened.
    pub(super) fn of(folder: &File) -> io::Result<Self> {
        let (mut text, mut places) = (Vec::new(), Vec::new());
        beneath::each_in(folder, |name, kind| {
            let name = name.to_bytes();
            let label = match name::label(name) {
                Cow::Borrowed(_) => String::new(),
                Cow::Owned(label) => label,
            };
            let start = u32::try_from(text.len());
            let (name_len, label_len) = (u8::try_from(name.len()), u8::try_from(label.len()));
            let (Ok(start), Ok(name_len), Ok(label_len)) = (start, name_len, label_len) else {
                return Err(io::ErrorKind::FileTooLarge.into());
            };
            text.extend_from_slice(name);
            text.extend_from_slice(label.as_bytes());
            places.push(Place { start, name_len, label_len, kind });
            Ok(ControlFlow::Continue(()))
        })?;
        places.sort_unstable_by(|one, other| one.child(&text).label.cmp(other.child(&text).label));
        Ok(Self { text, rest: places.into_iter() })
    }

    /// The next one.
    pub(super) fn next(&mut self) -> Option<Child<'_>> {
        self.rest.next().map(|place| place.child(&self.text))
    }
}

impl Place {
    fn child(self, text: &[u8]) -> Child<'_> {
        let (_, text) = text.split_at(self.start as usize);
        let (name, text) = text.split_at(self.name_len.into());
        let label = if self.label_len == 0 { name } else { &text[..self.label_len.into()] };
        Child { name, label, kind: self.kind }
    }
}
