//! What is kept of a file that is taken, beside it: which one it is, and how much of it would outlast a power cut.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use p2pm_core::limits::{HASH_LEN, KEY_LEN, TRANSFER_ID_LEN};
use p2pm_core::transfer::Mark;
use p2pm_core::wire::{Extent, Goods, PublicKey, TransferId};
use p2pm_fw::app::Origin;

/// Length of a record: key and number, length of the stream, the mark, a check.
const LEN: usize = KEY_LEN + TRANSFER_ID_LEN + 8 + 8 + HASH_LEN + CHECK_LEN;
const CHECK_LEN: usize = 8;

/// State of a file that is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) origin: Origin,
    /// Length of the whole stream, in bytes.
    pub(super) length: u64,
    pub(super) mark: Mark,
}

impl Record {
    /// Length of a file with one, in bytes.
    pub(super) const LEN: u64 = LEN as u64;

    /// Of a file of which nothing has come.
    pub(super) fn new(origin: &Origin, goods: &Goods<'_>) -> Self {
        Self { origin: *origin, length: goods.length, mark: Mark::START }
    }

    /// Whether it is of this file.
    pub(super) fn is_of(&self, origin: &Origin, goods: &Goods<'_>) -> bool {
        (self.origin, self.length) == (*origin, goods.length)
    }

    /// Reads a record; `None` if there is none, or it was half written.
    pub(super) fn read(file: &File) -> Option<Self> {
        let mut bytes = [0; LEN];
        file.read_exact_at(&mut bytes, 0).ok()?;
        let (content, check) = bytes.split_at(LEN - CHECK_LEN);
        if check != checked(content) {
            return None;
        }
        let mut rest = content;
        let (sender, id) = (PublicKey(take(&mut rest)?), TransferId(take(&mut rest)?));
        let length = u64::from_be_bytes(take(&mut rest)?);
        let extent = Extent { length: u64::from_be_bytes(take(&mut rest)?), hash: take(&mut rest)? };
        let mark = Mark::new(extent).filter(|_| extent.length <= length)?;
        Some(Self { origin: Origin { sender, id }, length, mark })
    }

    pub(super) fn write(&self, file: &File) -> io::Result<()> {
        let Extent { length, hash } = self.mark.extent();
        let parts = [
            &self.origin.sender.0[..],
            &self.origin.id.0,
            &self.length.to_be_bytes(),
            &length.to_be_bytes(),
            &hash,
        ];
        let mut bytes = parts.concat();
        bytes.extend(checked(&bytes));
        file.write_all_at(&bytes, 0)
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (first, others) = rest.split_first_chunk()?;
    *rest = others;
    Some(*first)
}

fn checked(content: &[u8]) -> [u8; CHECK_LEN] {
    let mut check = [0; CHECK_LEN];
    blake3::Hasher::new().update(content).finalize_xof().fill(&mut check);
    check
}

#[cfg(test)]
mod tests {
    use p2pm_core::limits::PIECE_LEN;

    use super::*;

    #[test]
    fn a_record_is_what_was_written_or_nothing() {
        let file = tempfile::tempfile().unwrap();
        assert_eq!(Record::read(&file), None);
        let mark = Mark::new(Extent { length: PIECE_LEN, hash: [3; HASH_LEN] }).unwrap();
        let origin = Origin { sender: PublicKey([1; KEY_LEN]), id: TransferId([2; TRANSFER_ID_LEN]) };
        let record = Record { origin, length: 2 * PIECE_LEN, mark };
        record.write(&file).unwrap();
        assert_eq!(Record::read(&file), Some(record));
        for at in 0..LEN as u64 {
            let mut byte = [0];
            file.read_exact_at(&mut byte, at).unwrap();
            file.write_all_at(&[byte[0] ^ 1], at).unwrap();
            assert_eq!(Record::read(&file), None, "{at}");
            file.write_all_at(&byte, at).unwrap();
        }
    }
}
