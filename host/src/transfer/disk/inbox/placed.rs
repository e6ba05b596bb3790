//! What was put into an inbox, and as what: kept until its user was told so, which a power cut or a signal may delay.

use std::path::{Path, PathBuf};

use p2pm_core::limits::{KEY_LEN, TRANSFER_ID_LEN};
use p2pm_core::wire::{Goods, GoodsKind, PublicKey, TransferId};
use serde::{Deserialize, Serialize};

use super::slot::Slot;
use super::{Origin, whole};
use crate::config::profile::{Document, Version};
use crate::transfer::disk::trouble::Trouble;

/// What is put into an inbox, and as what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Placed {
    v: Version,
    sender: [u8; KEY_LEN],
    id: [u8; TRANSFER_ID_LEN],
    /// Name as it was offered.
    pub label: String,
    /// Whether it is a folder.
    pub is_folder: bool,
    /// Length of the stream, in bytes.
    pub length: u64,
    /// Number of files.
    pub files: u32,
    /// Name in the inbox.
    name: String,
}

/// Something that is whole, of which its user may not have been told yet. Nobody else has it while this exists.
#[derive(Debug)]
pub struct Untold {
    slot: Slot,
    placed: Placed,
}

impl Placed {
    /// Of an offer, without a name yet.
    pub(super) fn new(origin: &Origin, goods: &Goods<'_>) -> Self {
        Self {
            v: Version,
            sender: origin.sender.0,
            id: origin.id.0,
            label: goods.name.as_str().to_owned(),
            is_folder: goods.kind == GoodsKind::Folder,
            length: goods.length,
            files: goods.files,
            name: String::new(),
        }
    }

    /// The same under a name.
    pub(super) fn called(&self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self.clone() }
    }

    /// Which offer it is of.
    pub fn origin(&self) -> Origin {
        Origin { sender: PublicKey(self.sender), id: TransferId(self.id) }
    }
}

impl Document for Placed {
    /// Two names, of which every byte is escaped, and two arrays.
    const LEN_MAX: usize = 8192;
    const HAS_SECRETS: bool = false;
}

impl Untold {
    pub(super) fn new(slot: Slot, placed: Placed) -> Self {
        Self { slot, placed }
    }

    /// What it is.
    pub fn placed(&self) -> &Placed {
        &self.placed
    }

    /// Where it is.
    pub fn path(&self) -> PathBuf {
        self.slot.inbox().path().join(&self.placed.name)
    }

    /// The inbox.
    pub fn folder(&self) -> &Path {
        self.slot.inbox().path()
    }

    /// Its user is told: that it is whole is all that is kept.
    pub fn settle(self) -> Result<(), Trouble> {
        settle(&self.slot, self.placed.origin().id)
    }
}

/// Keeps of what is whole only that it is.
pub(super) fn settle(slot: &Slot, id: TransferId) -> Result<(), Trouble> {
    let recorded = whole::record(&slot.inbox().unfinished, id);
    recorded.map_err(Trouble::of("record that the transfer is whole"))?;
    slot.remove()
}
