//! The stream of a folder, taken apart.

use crate::error::Fault;
use crate::wire::Entry;

/// Takes the stream of a folder apart, however it is cut.
///
/// The stream is a sequence of [entries](Entry), each followed by its content, in [one order](Entry::may_follow).
#[derive(Clone, Debug)]
pub struct Unpacker {
    /// Head of the last entry that has begun.
    current: Head,
    /// Beginning of the next head.
    next: Head,
    /// Bytes of the current entry's content that have not come.
    left: u64,
}

/// What is next in a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unpacked<'u, 'f> {
    /// An entry begins.
    Entry(Entry<'u>),
    /// The next bytes of its content, at least one.
    Content(&'f [u8]),
}

/// A head, or a part of one.
#[derive(Clone, Debug)]
struct Head {
    bytes: [u8; Entry::LEN_MAX],
    len: usize,
}

impl Default for Unpacker {
    fn default() -> Self {
        Self { current: Head::EMPTY, next: Head::EMPTY, left: 0 }
    }
}

impl Unpacker {
    /// Most bytes of what is [saved](Self::save).
    pub const SAVED_LEN_MAX: usize = 8 + 2 * (2 + Entry::LEN_MAX);

    /// What is next, taken from the front of `bytes`; `None` if there is nothing more in them. After a fault, the rest of the
    /// stream means nothing.
    pub fn unpack<'f>(&mut self, bytes: &mut &'f [u8]) -> Result<Option<Unpacked<'_, 'f>>, Fault> {
        if self.left > 0 {
            let content = take(bytes, usize::try_from(self.left).unwrap_or(usize::MAX));
            self.left = self.left.saturating_sub(content.len() as u64);
            return Ok((!content.is_empty()).then_some(Unpacked::Content(content)));
        }
        if !self.next.fill(bytes)? {
            return Ok(None);
        }
        let entry = self.next.entry()?;
        if !entry.may_follow(self.current()?.as_ref()) {
            return Err(Fault::State);
        }
        self.left = entry.kind.length();
        core::mem::swap(&mut self.current, &mut self.next);
        self.next.len = 0;
        self.current.entry().map(|entry| Some(Unpacked::Entry(entry)))
    }

    /// The last entry that has begun.
    pub fn current(&self) -> Result<Option<Entry<'_>>, Fault> {
        if self.current.len == 0 { Ok(None) } else { self.current.entry().map(Some) }
    }

    /// Bytes of its content that have not come.
    pub fn left(&self) -> u64 {
        self.left
    }

    /// Whether the stream may end here.
    pub fn is_whole(&self) -> bool {
        self.left == 0 && self.next.len == 0
    }

    /// Saves the state at the beginning of `out`, which has room for [`SAVED_LEN_MAX`](Self::SAVED_LEN_MAX) bytes, and returns
    /// the length of it.
    pub fn save(&self, out: &mut [u8; Self::SAVED_LEN_MAX]) -> usize {
        let mut rest: &mut [u8] = out;
        let mut put = |bytes: &[u8]| {
            if let Some((to, free)) = core::mem::take(&mut rest).split_at_mut_checked(bytes.len()) {
                to.copy_from_slice(bytes);
                rest = free;
            }
        };
        put(&self.left.to_be_bytes());
        for head in [&self.current, &self.next] {
            put(&u16::try_from(head.len).unwrap_or(u16::MAX).to_be_bytes());
            put(head.filled());
        }
        let free = rest.len();
        Self::SAVED_LEN_MAX.saturating_sub(free)
    }

    /// The state that was saved. Fails if it is none that could have been.
    pub fn restore(mut saved: &[u8]) -> Result<Self, Fault> {
        let (left, rest) = saved.split_first_chunk().ok_or(Fault::Length)?;
        saved = rest;
        let left = u64::from_be_bytes(*left);
        let (current, next) = (Head::restore(&mut saved)?, Head::restore(&mut saved)?);
        let unpacker = Self { current, next, left };
        let length = unpacker.current()?.map_or(0, |entry| entry.kind.length());
        let is_cut =
            unpacker.next.len == 0 || Entry::head_len_of(unpacker.next.filled())? > unpacker.next.len;
        if saved.is_empty() && left <= length && (left == 0 || unpacker.next.len == 0) && is_cut {
            Ok(unpacker)
        } else {
            Err(Fault::Value)
        }
    }
}

impl Head {
    const EMPTY: Self = Self { bytes: [0; Entry::LEN_MAX], len: 0 };

    fn filled(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    fn entry(&self) -> Result<Entry<'_>, Fault> {
        Entry::parse(self.filled())
    }

    /// Adds what is missing from the front of `bytes`, and returns whether the head is whole.
    fn fill(&mut self, bytes: &mut &[u8]) -> Result<bool, Fault> {
        loop {
            let missing = Entry::head_len_of(self.filled())?.saturating_sub(self.len);
            if missing == 0 {
                return Ok(true);
            }
            let taken = take(bytes, missing);
            if taken.is_empty() {
                return Ok(false);
            }
            let free = self.bytes.get_mut(self.len..).unwrap_or_default();
            let Some(to) = free.get_mut(..taken.len()) else { return Err(Fault::Length) };
            to.copy_from_slice(taken);
            self.len = self.len.saturating_add(taken.len());
        }
    }

    fn restore(saved: &mut &[u8]) -> Result<Self, Fault> {
        let (len, rest) = saved.split_first_chunk().ok_or(Fault::Length)?;
        let len = usize::from(u16::from_be_bytes(*len));
        let (bytes, rest) = rest.split_at_checked(len).ok_or(Fault::Length)?;
        *saved = rest;
        let mut head = Self { len, ..Self::EMPTY };
        head.bytes.get_mut(..len).ok_or(Fault::Length)?.copy_from_slice(bytes);
        Ok(head)
    }
}

/// Takes at most `len` bytes from the front.
fn take<'f>(bytes: &mut &'f [u8], len: usize) -> &'f [u8] {
    let (taken, rest) = bytes.split_at_checked(len).unwrap_or((*bytes, &[]));
    *bytes = rest;
    taken
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::borrow::ToOwned;
    use std::string::String;
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::*;
    use crate::wire::{Attributes, EntryKind, EntryPath};

    /// What a stream holds: the path and attributes of each entry, and the content of a file.
    type Tree = Vec<(String, Attributes, Option<Vec<u8>>)>;

    fn stream(tree: &Tree) -> Vec<u8> {
        let mut stream = Vec::new();
        for (path, attributes, content) in tree {
            let kind = match content {
                Some(content) => EntryKind::File { length: content.len() as u64 },
                None => EntryKind::Folder,
            };
            let path = EntryPath::new(path.as_bytes()).unwrap();
            let mut head = [0; Entry::LEN_MAX];
            let len = Entry { kind, attributes: *attributes, path }.emit(&mut head);
            stream.extend_from_slice(&head[..len]);
            stream.extend(content.iter().flatten());
        }
        stream
    }

    /// Unpacks what comes, and adds it to the tree.
    fn unpack(unpacker: &mut Unpacker, mut bytes: &[u8], tree: &mut Tree) -> Result<(), Fault> {
        while let Some(unpacked) = unpacker.unpack(&mut bytes)? {
            match unpacked {
                Unpacked::Entry(entry) => {
                    let content = (entry.kind != EntryKind::Folder).then(Vec::new);
                    tree.push((entry.path.as_str().to_owned(), entry.attributes, content));
                }
                Unpacked::Content(bytes) => {
                    tree.last_mut().unwrap().2.as_mut().unwrap().extend_from_slice(bytes);
                }
            }
        }
        assert!(bytes.is_empty());
        Ok(())
    }

    fn saved(unpacker: &Unpacker) -> Vec<u8> {
        let mut out = [0; Unpacker::SAVED_LEN_MAX];
        let len = unpacker.save(&mut out);
        out[..len].to_vec()
    }

    fn any_tree() -> impl Strategy<Value = Tree> {
        let content = proptest::option::of(proptest::collection::vec(any::<u8>(), 0..40));
        let entry = (any::<i64>(), 0..0o777u32, content);
        proptest::collection::btree_map("[a-d]{1,3}", (entry, 0..4usize), 0..12).prop_map(|entries| {
            let mut tree = Tree::new();
            let mut folder: Option<(String, usize)> = None;
            for (label, ((modified, mode, content), children)) in entries {
                let path = match &mut folder {
                    Some((path, room)) if *room > 0 => {
                        *room -= 1;
                        std::format!("{path}/{label}")
                    }
                    _ => label,
                };
                if content.is_none() {
                    folder = Some((path.clone(), children));
                }
                tree.push((path, Attributes::new(modified, mode), content));
            }
            tree
        })
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same(tree in any_tree(), cuts in proptest::collection::vec(1..50usize, 1..20)) {
            let stream = stream(&tree);
            let (mut unpacker, mut unpacked, mut at) = (Unpacker::default(), Tree::new(), 0);
            for cut in cuts.iter().cycle() {
                let end = stream.len().min(at + cut);
                prop_assert_eq!(unpack(&mut unpacker, &stream[at..end], &mut unpacked), Ok(()));
                // Whoever goes on after a pause has what was saved, and no more.
                let bytes = saved(&unpacker);
                unpacker = Unpacker::restore(&bytes).unwrap();
                prop_assert_eq!(saved(&unpacker), bytes);
                at = end;
                if at == stream.len() {
                    break;
                }
            }
            prop_assert!(unpacker.is_whole());
            prop_assert_eq!(unpacked, tree);
        }

        #[test]
        fn whatever_comes_is_bounded(bytes in proptest::collection::vec(any::<u8>(), 0..600), at in any::<prop::sample::Index>(), tree in any_tree()) {
            let mut stream = stream(&tree);
            stream.splice(at.index(stream.len() + 1).., bytes.iter().copied());
            let _ = unpack(&mut Unpacker::default(), &stream, &mut Tree::new());
            if let Ok(mut unpacker) = Unpacker::restore(&bytes) {
                prop_assert_eq!(saved(&unpacker), bytes);
                let _ = unpacker.unpack(&mut &stream[..]);
            }
        }
    }

    #[test]
    fn a_stream_may_end_only_after_an_entry() {
        let attributes = Attributes::new(0, 0o644);
        let stream = stream(&[("a".into(), attributes, Some(b"bc".to_vec()))].into());
        let mut unpacker = Unpacker::default();
        assert!(unpacker.is_whole());
        for byte in stream.chunks(1) {
            unpack(&mut unpacker, byte, &mut [(String::new(), attributes, Some(Vec::new()))].into()).unwrap();
            let is_last = core::ptr::eq(byte, &raw const stream[stream.len() - 1..]);
            assert_eq!(unpacker.is_whole(), is_last);
        }
    }

    #[test]
    fn what_comes_twice_is_refused() {
        let entry = |path: &str| (path.to_owned(), Attributes::new(0, 0o755), None);
        for second in ["a", "b/c"] {
            let stream = stream(&[entry("a"), entry(second)].into());
            let unpacked = unpack(&mut Unpacker::default(), &stream, &mut Tree::new());
            assert_eq!(unpacked, Err(Fault::State), "{second}");
        }
    }
}
