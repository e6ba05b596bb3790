//! What a user has offered and others do not have yet, on disk.

use std::path::PathBuf;

use p2pm_core::limits::TRANSFER_ID_LEN;
use p2pm_core::wire::{PublicKey, TransferId};
use serde::{Deserialize, Serialize};

use super::document::{Document, Text, Version};
use super::identity::Digits;

/// Most files that are kept: as many as a node has room for.
const SENDS_MAX: usize = 256;
/// Number of bytes that suffice for one: a path of 4,096 bytes, of which every one is escaped.
const SEND_LEN_MAX: usize = 6 * 4096 + 512;

/// Files and folders that a node is to offer again when it starts again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sends {
    v: Version,
    sends: Vec<StoredSend>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredSend {
    to: Text<Digits>,
    path: PathBuf,
    id: [u8; TRANSFER_ID_LEN],
    length: u64,
    modified: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    paused: Option<u64>,
}

/// A file or a folder that was offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsent {
    /// Who is to have it.
    pub to: PublicKey,
    /// Where it is.
    pub path: PathBuf,
    /// Number of the transfer, which holds for what is as long, and was modified at the same time.
    pub id: TransferId,
    /// Length of the stream, in bytes.
    pub length: u64,
    /// When it was modified last, in seconds since 1970.
    pub modified: i64,
    /// Number of bytes that had crossed, if a user has it wait.
    pub paused: Option<u64>,
}

impl Sends {
    /// Most files that are kept.
    pub const MAX: usize = SENDS_MAX;

    /// What was offered. A path that is not UTF-8 is left out, since it cannot be written.
    pub fn new(sends: impl IntoIterator<Item = Unsent>) -> Self {
        let sends = sends.into_iter().filter(|send| send.path.to_str().is_some()).take(SENDS_MAX);
        let stored = |Unsent { to, path, id, length, modified, paused }: Unsent| StoredSend {
            to: Text(Digits(to.0.into())),
            path,
            id: id.0,
            length,
            modified,
            paused,
        };
        Self { v: Version, sends: sends.map(stored).collect() }
    }

    /// What was offered, in the order in which it was given.
    pub fn into_sends(self) -> impl Iterator<Item = Unsent> {
        self.sends.into_iter().map(|StoredSend { to, path, id, length, modified, paused }| Unsent {
            to: PublicKey(*to.0.0),
            path,
            id: TransferId(id),
            length,
            modified,
            paused,
        })
    }
}

impl Document for Sends {
    const LEN_MAX: usize = SENDS_MAX * SEND_LEN_MAX;
    const HAS_SECRETS: bool = false;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_as_it_was_written() {
        let send = Unsent {
            to: PublicKey([7; 32]),
            path: PathBuf::from("/home/katie/déjà vu"),
            id: TransferId([8; 8]),
            length: u64::MAX,
            modified: -1,
            paused: None,
        };
        let sends = [send.clone(), Unsent { paused: Some(u64::MAX), ..send }];
        let mut bytes = Vec::new();
        Sends::new(sends.clone()).write(&mut bytes).unwrap();
        assert_eq!(Sends::parse(&bytes).unwrap().into_sends().collect::<Vec<_>>(), sends);
    }
}
