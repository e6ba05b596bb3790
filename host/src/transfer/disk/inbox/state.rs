//! State of an unfinished stream on disk.

use p2pm_core::limits::HASH_LEN;
use p2pm_core::transfer::{Mark, Unpacker};
use p2pm_core::wire::{Attributes, Extent};
use serde::{Deserialize, Serialize};

use crate::config::profile::{Document, Version};

/// Up to where a stream would outlast a power cut, and what is needed to go on from there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    v: Version,
    length: u64,
    hash: String,
    /// Of a folder.
    folder: Option<FolderState>,
}

/// Where the stream of a folder is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FolderState {
    /// What an [`Unpacker`] saves.
    unpacker: String,
    /// Number of files that have begun.
    pub(super) files: u32,
    /// The folders that the last entry is in, from the outermost, and itself if it is one.
    pub(super) levels: Vec<Level>,
    /// Name of the last entry on disk, if it is a file.
    pub(super) file: Option<String>,
}

/// A folder that is not left yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Level {
    /// Name on disk.
    pub(super) name: String,
    modified: i64,
    mode: u16,
    /// Number of entries in it.
    pub(super) children: u64,
}

impl State {
    pub(super) fn new(mark: Mark, folder: Option<FolderState>) -> Self {
        let Extent { length, hash } = mark.extent();
        Self { v: Version, length, hash: hex(&hash), folder }
    }

    /// The mark, and the state of a folder. `None` if they are none that could have been saved.
    pub fn parts(self) -> Option<(Mark, Option<FolderState>)> {
        let mut hash = [0; HASH_LEN];
        let len = base16ct::lower::decode(&self.hash, &mut hash).ok()?.len();
        let mark = Mark::new(Extent { length: self.length, hash })?;
        (len == HASH_LEN).then_some((mark, self.folder))
    }
}

impl Document for State {
    /// A path has at most as many folders as half its bytes, each with a longest name on disk.
    const LEN_MAX: usize = 2 << 20;
    const HAS_SECRETS: bool = false;
}

impl FolderState {
    pub(super) fn new(unpacker: &Unpacker, files: u32, levels: &[Level], file: Option<&str>) -> Self {
        let mut saved = [0; Unpacker::SAVED_LEN_MAX];
        let len = unpacker.save(&mut saved);
        Self {
            unpacker: hex(saved.get(..len).unwrap_or_default()),
            files,
            levels: levels.to_vec(),
            file: file.map(str::to_owned),
        }
    }

    /// The unpacker; `None` if none could have been saved so.
    pub(super) fn unpacker(&self) -> Option<Unpacker> {
        let mut saved = [0; Unpacker::SAVED_LEN_MAX];
        Unpacker::restore(base16ct::lower::decode(&self.unpacker, &mut saved).ok()?).ok()
    }
}

impl Level {
    pub(super) fn new(name: String, attributes: Attributes) -> Self {
        Self { name, modified: attributes.modified, mode: attributes.mode(), children: 0 }
    }

    pub(super) fn attributes(&self) -> Attributes {
        Attributes::new(self.modified, self.mode.into())
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    let mut digits = vec![0; 2 * bytes.len()];
    // It has the room that is needed.
    base16ct::lower::encode_str(bytes, &mut digits).unwrap_or_default().to_owned()
}
