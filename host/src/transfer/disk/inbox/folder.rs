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

/// What there is of a folder.
#[derive(Debug)]
pub(super) struct FolderSink {
    tree: Tree,
    unpacker: Unpacker,
    label: String,
    attributes: Attributes,
    /// Number of files that were offered, and that have begun.
    offered: u32,
    files: u32,
    /// Length of the whole stream, and of what has come.
    whole: u64,
    length: u64,
    /// Up to where it would outlast a power cut, and the state says so.
    durable: Mark,
    /// State at the end of a piece, until the mark there is known.
    at_piece: Option<(u64, FolderState)>,
}

impl FolderSink {
    /// Opens what there is of it, up to the durable mark.
    pub(super) fn open(slot: &Slot, goods: &Goods<'_>) -> Result<(Self, Chain), Trouble> {
        let label = goods.name.as_str().to_owned();
        let (attributes, offered, whole) = (goods.attributes, goods.files, goods.length);
        let (tree, unpacker, files, durable) = match restore(slot, offered, whole)? {
            Some(restored) => restored,
            None => (begin(slot, attributes)?, Unpacker::default(), 0, Mark::START),
        };
        let length = durable.extent().length;
        let at_piece = None;
        let sink =
            Self { tree, unpacker, label, attributes, offered, files, whole, length, durable, at_piece };
        Ok((sink, durable.into()))
    }

    pub(super) fn write(&mut self, mut bytes: &[u8], slot: &Slot) -> Result<(), Trouble> {
        // What comes may go beyond the end of a piece, where the state is needed.
        while !bytes.is_empty() {
            let left = PIECE_LEN - self.length % PIECE_LEN;
            let len = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
            let (of_piece, rest) = bytes.split_at(len);
            self.unpack(of_piece)?;
            self.length += len as u64;
            if self.length.is_multiple_of(PIECE_LEN) && self.is_due(self.length, slot) {
                self.at_piece = Some((self.length, self.tree.state(&self.unpacker, self.files)));
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
        let restored = if self.length > self.durable.extent().length {
            restore(slot, self.offered, self.whole)?
        } else {
            None
        };
        (self.tree, self.unpacker, self.files, self.durable) = match restored {
            Some(restored) => restored,
            None => (begin(slot, self.attributes)?, Unpacker::default(), 0, Mark::START),
        };
        (self.length, self.at_piece) = (self.durable.extent().length, None);
        Ok(self.durable.into())
    }

    /// Has it outlast a power cut, and returns its label.
    pub(super) fn finish(&mut self, slot: &Slot) -> Result<&str, Trouble> {
        if !self.unpacker.is_whole() || self.files != self.offered {
            return Err(Trouble::Stream(Fault::Length));
        }
        self.tree.finish();
        syncfs(slot.dir()).map_err(Trouble::of("write the folder"))?;
        Ok(&self.label)
    }

    /// Whether the state is to be saved at this length.
    fn is_due(&self, length: u64, slot: &Slot) -> bool {
        length - self.durable.extent().length >= slot.durable_every()
    }

    fn unpack(&mut self, mut bytes: &[u8]) -> Result<(), Trouble> {
        while let Some(unpacked) = self.unpacker.unpack(&mut bytes).map_err(Trouble::Stream)? {
            match unpacked {
                Unpacked::Entry(entry) => {
                    self.files += u32::from(entry.kind != EntryKind::Folder);
                    if self.files > self.offered {
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

/// A folder of which there is nothing.
fn begin(slot: &Slot, attributes: Attributes) -> Result<Tree, Trouble> {
    slot.forget()?;
    let begun = slot.dir().try_clone().and_then(|dir| Tree::begin(dir, attributes));
    begun.map_err(Trouble::of("make the folder"))
}

/// What the saved state says, if there is one, and the folder is as it says.
fn restore(slot: &Slot, offered: u32, whole: u64) -> Result<Option<(Tree, Unpacker, u32, Mark)>, Trouble> {
    let Some((mark, Some(state))) = slot.load()?.and_then(State::parts) else { return Ok(None) };
    let Some(unpacker) = state.unpacker() else { return Ok(None) };
    if mark.extent().length > whole || state.files > offered {
        return Ok(None);
    }
    let restored = slot.dir().try_clone().and_then(|dir| Tree::restore(dir, &state, &unpacker));
    let tree = restored.map_err(Trouble::of("go on with the folder"))?;
    Ok(tree.map(|tree| (tree, unpacker, state.files, mark)))
}
