//! A folder that is received.

use p2pm_core::error::Fault;
use p2pm_core::limits::PIECE_LEN;
use p2pm_core::transfer::{Chain, Mark, Unpacked, Unpacker};
use p2pm_core::wire::{Attributes, EntryKind, Goods};
use rustix::fs::syncfs;

use super::Trouble;
use super::slot::Slot;
use super::state::{FolderState, State};
use super::tree::Tree;

/// A folder, and how far it has come.
#[derive(Debug)]
pub(super) struct FolderSink {
    expected: Expected,
    content: Content,
    /// Bytes of the stream that have come.
    length: u64,
    /// Up to where it would outlast a power cut, and the state says so.
    durable: Mark,
    /// State at the end of a piece, until the mark there is known.
    at_piece: Option<(u64, FolderState)>,
}

/// What was offered.
#[derive(Debug)]
struct Expected {
    attributes: Attributes,
    files: u32,
    length: u64,
}

/// What there is of a folder.
#[derive(Debug)]
struct Content {
    tree: Tree,
    unpacker: Unpacker,
    /// Number of files that have begun.
    files: u32,
}

impl FolderSink {
    /// Opens what there is of it, up to the durable mark.
    pub(super) fn open(slot: &Slot, goods: &Goods<'_>) -> Result<(Self, Chain), Trouble> {
        let expected = Expected { attributes: goods.attributes, files: goods.files, length: goods.length };
        let (content, durable) = Content::open(slot, &expected)?;
        let sink = Self { expected, content, length: durable.extent().length, durable, at_piece: None };
        Ok((sink, durable.into()))
    }

    pub(super) fn write(&mut self, mut bytes: &[u8], slot: &Slot) -> Result<(), Trouble> {
        // What comes may go beyond the end of a piece, where the state is needed.
        while !bytes.is_empty() {
            let left = PIECE_LEN - self.length % PIECE_LEN;
            let len = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
            let (of_piece, rest) = bytes.split_at(len);
            self.content.unpack(of_piece, self.expected.files)?;
            self.length += len as u64;
            let is_due = self.length - self.durable.extent().length >= slot.durable_every();
            if self.length.is_multiple_of(PIECE_LEN) && is_due {
                self.at_piece = Some((self.length, self.content.state()));
            }
            bytes = rest;
        }
        Ok(())
    }

    pub(super) fn mark(&mut self, mark: Mark, slot: &Slot) -> Result<(), Trouble> {
        let length = mark.extent().length;
        if let Some((_, state)) = self.at_piece.take_if(|(at, _)| *at == length) {
            syncfs(slot.dir()).map_err(Trouble::of("write the folder"))?;
            slot.save(&State::new(mark, Some(state)))?;
            self.durable = mark;
        }
        Ok(())
    }

    pub(super) fn retreat(&mut self, slot: &Slot) -> Result<Chain, Trouble> {
        if self.length <= self.durable.extent().length {
            // That was not right, either.
            slot.forget()?;
        }
        (self.content, self.durable) = Content::open(slot, &self.expected)?;
        (self.length, self.at_piece) = (self.durable.extent().length, None);
        Ok(self.durable.into())
    }

    /// Has it outlast a power cut.
    pub(super) fn finish(&mut self, slot: &Slot) -> Result<(), Trouble> {
        if !self.content.unpacker.is_whole() {
            return Err(Trouble::Stream(Fault::Length));
        }
        if self.content.files != self.expected.files {
            return Err(Trouble::Stream(Fault::Value));
        }
        self.content.tree.finish();
        syncfs(slot.dir()).map_err(Trouble::of("write the folder"))
    }
}

impl Content {
    /// What the saved state says, if there is one and the folder is as it says; nothing, if not.
    fn open(slot: &Slot, expected: &Expected) -> Result<(Self, Mark), Trouble> {
        if let Some((mark, Some(state))) = slot.load()?.and_then(State::parts)
            && mark.extent().length <= expected.length
            && let Some(unpacker) = state.unpacker()
            && let restored = Tree::restore(slot.dir(), &state, &unpacker)
            && let Some(tree) = restored.map_err(Trouble::of("go on with the folder"))?
        {
            return Ok((Self { tree, unpacker, files: state.files }, mark));
        }
        slot.forget()?;
        let begun = Tree::begin(slot.dir(), expected.attributes);
        let tree = begun.map_err(Trouble::of("make the folder"))?;
        Ok((Self { tree, unpacker: Unpacker::default(), files: 0 }, Mark::START))
    }

    fn state(&self) -> FolderState {
        self.tree.state(&self.unpacker, self.files)
    }

    /// Unpacks the next bytes of the stream, of at most so many files in all.
    fn unpack(&mut self, mut bytes: &[u8], most: u32) -> Result<(), Trouble> {
        while let Some(unpacked) = self.unpacker.unpack(&mut bytes).map_err(Trouble::Stream)? {
            match unpacked {
                Unpacked::Entry(entry) => {
                    self.files += u32::from(entry.kind != EntryKind::Folder);
                    if self.files > most {
                        return Err(Trouble::Stream(Fault::Value));
                    }
                    let made = self.tree.enter(&entry);
                    made.map_err(Trouble::of(format_args!("make {}", entry.path.as_str())))?;
                }
                Unpacked::Content(bytes) => self.tree.write(bytes).map_err(Trouble::of("write a file"))?,
            }
            if self.unpacker.left() == 0 {
                self.tree.end();
            }
        }
        Ok(())
    }
}
