//! What a user has offered and others do not have yet, on disk.

use std::path::PathBuf;

use p2pm_core::wire::PublicKey;
use serde::{Deserialize, Serialize};

use super::document::{Document, Text, Version};
use super::identity::Digits;

/// Most files that are kept: as many as a node has room for.
const SENDS_MAX: usize = 256;
/// Number of bytes that suffice for one: a path of 4,096 bytes, of which every one is escaped.
const SEND_LEN_MAX: usize = 6 * 4096 + 256;

/// Files and folders that a node is to offer again when it starts again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sends {
    v: Version,
    sends: Vec<Send>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Send {
    to: Text<Digits>,
    path: PathBuf,
}

impl Sends {
    /// Files and folders, with the key of whoever is to have each. A path that is not UTF-8 is left out, since it cannot be
    /// written.
    pub fn new(sends: impl IntoIterator<Item = (PublicKey, PathBuf)>) -> Self {
        let sends = sends.into_iter().filter(|(_, path)| path.to_str().is_some()).take(SENDS_MAX);
        let send = |(to, path): (PublicKey, PathBuf)| Send { to: Text(Digits(to.0.into())), path };
        Self { v: Version, sends: sends.map(send).collect() }
    }

    /// Them, in the order in which they were given.
    pub fn iter(&self) -> impl Iterator<Item = (PublicKey, &PathBuf)> {
        self.sends.iter().map(|send| (PublicKey(*send.to.0.0), &send.path))
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
        let sends = Sends::new([(PublicKey([7; 32]), PathBuf::from("/home/katie/déjà vu"))]);
        let mut bytes = Vec::new();
        sends.write(&mut bytes).unwrap();
        assert_eq!(Sends::parse(&bytes).unwrap(), sends);
        assert_eq!(sends.iter().next().unwrap(), (PublicKey([7; 32]), &PathBuf::from("/home/katie/déjà vu")));
    }
}
