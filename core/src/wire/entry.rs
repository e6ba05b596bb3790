//! Entries of a folder, as they are in the stream of a transfer.

use crate::error::Fault;
use crate::limits::ENTRY_PATH_MAX;
use crate::wire::cursor::{Reader, Writer};
use crate::wire::{Attributes, GoodsKind, Label};

/// Length of a head up to its path, in bytes.
const PREFIX_LEN: usize = 1 + 8 + 2 + 2;

/// Head of one entry: what is known of a folder or a file. The content of a file follows it.
///
/// ```text
/// kind 1 | modified 8 | mode 2 | length of the path 2 | path | length of the content 8, if it is a file
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'f> {
    /// A folder, or a file.
    pub kind: EntryKind,
    /// Its attributes.
    pub attributes: Attributes,
    /// Where it is.
    pub path: EntryPath<'f>,
}

/// Kind of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A folder.
    Folder,
    /// A file.
    File {
        /// Length of its content, in bytes.
        length: u64,
    },
}

/// Path of an entry in the folder that is transferred: one or more [labels](Label) with a slash between them, of at most
/// [`ENTRY_PATH_MAX`] bytes in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryPath<'f>(&'f str);

impl<'f> Entry<'f> {
    /// Length of the longest head, in bytes.
    pub const LEN_MAX: usize = PREFIX_LEN + ENTRY_PATH_MAX + 8;

    /// Length of the head, in bytes.
    pub fn head_len(&self) -> usize {
        let path = self.path.0.len();
        PREFIX_LEN.saturating_add(path).saturating_add(self.kind.field_len())
    }

    /// Number of bytes that the head has which begins like this, as far as that is known: at most [`LEN_MAX`](Self::LEN_MAX),
    /// and more than there are if they are not the whole of it.
    pub fn head_len_of(begin: &[u8]) -> Result<usize, Fault> {
        let mut reader = Reader::new(begin);
        let Ok(prefix) = reader.array::<PREFIX_LEN>() else { return Ok(PREFIX_LEN) };
        let mut reader = Reader::new(&prefix);
        let kind = EntryKind::read(&mut reader)?;
        Attributes::read(&mut reader)?;
        let path = usize::from(reader.u16()?);
        if path > ENTRY_PATH_MAX {
            return Err(Fault::Length);
        }
        Ok(PREFIX_LEN.saturating_add(path).saturating_add(kind.field_len()))
    }

    /// Parses a whole head.
    pub fn parse(head: &'f [u8]) -> Result<Self, Fault> {
        let mut reader = Reader::new(head);
        let (kind, attributes) = (EntryKind::read(&mut reader)?, Attributes::read(&mut reader)?);
        let path = usize::from(reader.u16()?);
        let path = EntryPath::new(reader.take(path)?)?;
        let kind = match kind {
            EntryKind::Folder => EntryKind::Folder,
            EntryKind::File { .. } => EntryKind::File { length: reader.u64()? },
        };
        reader.finish()?;
        Ok(Self { kind, attributes, path })
    }

    /// Emits the head at the beginning of `out`, which has room for [`LEN_MAX`](Self::LEN_MAX) bytes, and returns its length.
    pub fn emit(&self, out: &mut [u8]) -> usize {
        let mut writer = Writer::new(out);
        writer.u8(self.kind.code());
        self.attributes.write(&mut writer);
        writer.u16(u16::try_from(self.path.0.len()).unwrap_or(u16::MAX));
        writer.put(self.path.0.as_bytes());
        if let EntryKind::File { length } = self.kind {
            writer.u64(length);
        }
        writer.len()
    }

    /// Whether an entry may come after `previous` in a stream, or be the first one: each folder is followed by what is in it,
    /// in the order of the labels' bytes. So nothing comes twice, and nothing without the folder that it is in.
    pub fn may_follow(&self, previous: Option<&Entry<'_>>) -> bool {
        let Some(previous) = previous else { return self.path.labels().nth(1).is_none() };
        let (mut ours, mut theirs) = (self.path.labels(), previous.path.labels());
        loop {
            match (ours.next(), theirs.next()) {
                (Some(ours), Some(theirs)) if ours == theirs => {}
                (Some(our), Some(their)) => return our > their && ours.next().is_none(),
                (Some(_), None) => return previous.kind == EntryKind::Folder && ours.next().is_none(),
                (None, _) => return false,
            }
        }
    }
}

impl EntryKind {
    /// Length of the content, in bytes; that of a folder has none.
    pub fn length(self) -> u64 {
        match self {
            Self::Folder => 0,
            Self::File { length } => length,
        }
    }

    /// The kind, without the length of a file.
    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        match GoodsKind::of(reader.u8()?).ok_or(Fault::Kind)? {
            GoodsKind::File => Ok(Self::File { length: 0 }),
            GoodsKind::Folder => Ok(Self::Folder),
        }
    }

    fn code(self) -> u8 {
        match self {
            Self::Folder => GoodsKind::Folder as u8,
            Self::File { .. } => GoodsKind::File as u8,
        }
    }

    /// Length of the field that only this kind has.
    fn field_len(self) -> usize {
        match self {
            Self::Folder => 0,
            Self::File { .. } => 8,
        }
    }
}

impl<'f> EntryPath<'f> {
    /// Validates a path.
    pub fn new(path: &'f [u8]) -> Result<Self, Fault> {
        if path.len() > ENTRY_PATH_MAX {
            return Err(Fault::Length);
        }
        for label in path.split(|byte| *byte == b'/') {
            Label::new(label).map_err(|_| Fault::Name)?;
        }
        core::str::from_utf8(path).map(Self).map_err(|_| Fault::Name)
    }

    /// The path, with slashes.
    pub fn as_str(&self) -> &'f str {
        self.0
    }

    /// The names of the folders that it is in, from the outermost, and last its own.
    pub fn labels(&self) -> impl Iterator<Item = &'f str> + use<'f> {
        self.0.split('/')
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::vec::Vec;

    use super::*;

    fn attributes() -> Attributes {
        Attributes::new(-1, 0o640)
    }

    fn entry(path: &str) -> Entry<'_> {
        let (path, kind) = match path.strip_suffix('/') {
            Some(path) => (path, EntryKind::Folder),
            None => (path, EntryKind::File { length: 7 }),
        };
        Entry { kind, attributes: attributes(), path: EntryPath::new(path.as_bytes()).unwrap() }
    }

    fn head(entry: &Entry<'_>) -> Vec<u8> {
        let mut out = [0; Entry::LEN_MAX];
        let len = entry.emit(&mut out);
        out[..len].to_vec()
    }

    #[test]
    fn a_head_is_as_laid_out() {
        let modified = [0xff; 8];
        let expected = [&[1][..], &modified, &[1, 0xa0, 0, 3], b"a/b", &[0, 0, 0, 0, 0, 0, 0, 7]].concat();
        assert_eq!(head(&entry("a/b")), expected);
        let expected = [&[2][..], &modified, &[1, 0xa0, 0, 1], b"a"].concat();
        assert_eq!(head(&entry("a/")), expected);
    }

    #[test]
    fn what_is_emitted_is_parsed_and_no_part_of_it() {
        let longest = [&*"x".repeat(255); 16].join("/");
        for path in ["a", "a/", "é/ü/x", &longest] {
            let (entry, head) = (entry(path), head(&entry(path)));
            assert_eq!((Entry::parse(&head), head.len()), (Ok(entry), entry.head_len()));
            for len in 0..head.len() {
                assert!(Entry::head_len_of(&head[..len]).unwrap() > len);
                assert_eq!(Entry::parse(&head[..len]), Err(Fault::Length));
            }
            assert_eq!(Entry::head_len_of(&head), Ok(head.len()));
        }
    }

    #[test]
    fn a_head_with_anything_wrong_is_refused() {
        let good = head(&entry("a/b"));
        let with = |at: usize, bytes: &[u8]| {
            let mut head = good.clone();
            head[at..at + bytes.len()].copy_from_slice(bytes);
            head
        };
        for (head, fault) in [
            (with(0, &[3]), Fault::Kind),
            (with(9, &[2, 0]), Fault::Value),
            (with(11, &[0, 0]), Fault::Name),
            (with(11, &[0x10, 0]), Fault::Length),
            (with(13, b"/"), Fault::Name),
            (with(13, b"../"), Fault::Name),
            (with(13, b"a//"), Fault::Name),
            (with(13, b"a/."), Fault::Name),
            (with(13, b"a/\0"), Fault::Name),
            (with(13, b"a/\xff"), Fault::Name),
        ] {
            assert_eq!(Entry::parse(&head), Err(fault), "{head:?}");
        }
        assert_eq!(Entry::head_len_of(&with(0, &[0])), Err(Fault::Kind));
        assert_eq!(Entry::head_len_of(&with(11, &[0x10, 0])), Err(Fault::Length));
    }

    #[test]
    fn entries_come_in_one_order() {
        for (previous, next) in
            [("", "b"), ("a", "b"), ("a/", "a/a"), ("a/b", "a/c/"), ("a/b/c", "a/b-"), ("a/b/c", "b")]
        {
            let previous = (!previous.is_empty()).then(|| entry(previous));
            assert!(entry(next).may_follow(previous.as_ref()), "{next}");
        }
        for (previous, next) in [
            ("", "a/b"),
            ("a", "a"),
            ("a/", "a"),
            ("b", "a"),
            ("a", "a/b"),
            ("a/", "a/b/c"),
            ("a/", "b/c"),
            ("a/b", "a/"),
            ("a/b/c", "a/b"),
            ("a/b/c", "a/c/d"),
        ] {
            let previous = (!previous.is_empty()).then(|| entry(previous));
            assert!(!entry(next).may_follow(previous.as_ref()), "{next}");
        }
    }
}
