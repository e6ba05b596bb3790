//! Hash of a stream that can go on from the end of any piece.

use blake3::Hasher;

use crate::limits::{HASH_LEN, PIECE_LEN};
use crate::wire::Extent;

/// Hash of the beginning of a stream.
///
/// A stream is cut into pieces of [`PIECE_LEN`] bytes, the last of which may be shorter. The hash of no bytes is zero. That
/// after a piece is BLAKE3 of the hash before the piece, and the piece. So the hash after a whole piece is all that has to be
/// kept in order to go on, and the hash of every length is defined.
#[derive(Clone, Debug)]
pub struct Chain {
    /// Hash and length up to the last whole piece.
    mark: Mark,
    /// The piece that is not whole, after the hash before it.
    piece: Hasher,
    /// Bytes of it; less than [`PIECE_LEN`].
    bytes: u64,
}

/// A beginning of a stream that is made of whole pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark(Extent);

impl Mark {
    /// The beginning without any bytes.
    pub const START: Self = Self(Extent { length: 0, hash: [0; HASH_LEN] });

    /// A beginning that was kept; `None` if it is not one of whole pieces.
    pub fn new(extent: Extent) -> Option<Self> {
        extent.length.is_multiple_of(PIECE_LEN).then_some(Self(extent))
    }

    /// Its length and hash.
    pub fn extent(&self) -> Extent {
        self.0
    }
}

impl Default for Chain {
    fn default() -> Self {
        Self::from(Mark::START)
    }
}

impl From<Mark> for Chain {
    fn from(mark: Mark) -> Self {
        let mut piece = Hasher::new();
        piece.update(&mark.0.hash);
        Self { mark, piece, bytes: 0 }
    }
}

impl Chain {
    /// Length of the beginning, in bytes.
    pub fn length(&self) -> u64 {
        self.mark.0.length.saturating_add(self.bytes)
    }

    /// Its length and hash.
    pub fn extent(&self) -> Extent {
        Extent { length: self.length(), hash: if self.bytes == 0 { self.mark.0.hash } else { self.hash() } }
    }

    /// Its last whole piece.
    pub fn mark(&self) -> Mark {
        self.mark
    }

    /// Goes on with the next bytes of the stream.
    pub fn update(&mut self, mut bytes: &[u8]) {
        loop {
            let rest = PIECE_LEN.saturating_sub(self.bytes);
            let (of_piece, beyond) = match usize::try_from(rest) {
                Ok(rest) if rest < bytes.len() => bytes.split_at_checked(rest).unwrap_or((bytes, &[])),
                _ => (bytes, &[][..]),
            };
            self.piece.update(of_piece);
            self.bytes = self.bytes.saturating_add(of_piece.len() as u64);
            if self.bytes >= PIECE_LEN {
                *self = Mark(Extent { length: self.length(), hash: self.hash() }).into();
            }
            if beyond.is_empty() {
                return;
            }
            bytes = beyond;
        }
    }

    fn hash(&self) -> [u8; HASH_LEN] {
        *self.piece.finalize().as_bytes()
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::vec;
    use std::vec::Vec;

    use super::*;

    fn stream(len: usize) -> Vec<u8> {
        (0..len).map(|at| u8::try_from(at % 251).unwrap()).collect()
    }

    fn extent_of(bytes: &[u8]) -> Extent {
        let mut chain = Chain::default();
        chain.update(bytes);
        chain.extent()
    }

    /// The definition, without any state.
    fn by_definition(bytes: &[u8]) -> Extent {
        let step =
            |hash: [u8; HASH_LEN], piece: &[u8]| *blake3::hash(&[&hash[..], piece].concat()).as_bytes();
        let hash = bytes.chunks(usize::try_from(PIECE_LEN).unwrap()).fold([0; HASH_LEN], step);
        Extent { length: bytes.len() as u64, hash }
    }

    #[test]
    fn it_is_as_defined_however_the_bytes_come() {
        let piece = usize::try_from(PIECE_LEN).unwrap();
        for len in [0, 1, piece - 1, piece, piece + 1, 3 * piece, 3 * piece + 7] {
            let bytes = stream(len);
            assert_eq!(extent_of(&bytes), by_definition(&bytes), "{len}");
            let mut chain = Chain::default();
            bytes.chunks(65_512).for_each(|bytes| chain.update(bytes));
            assert_eq!(chain.extent(), by_definition(&bytes), "{len}");
        }
    }

    #[test]
    fn it_goes_on_from_the_last_whole_piece() {
        let piece = usize::try_from(PIECE_LEN).unwrap();
        let bytes = stream(2 * piece + 9);
        let mut whole = Chain::default();
        whole.update(&bytes);
        let mark = Mark::new(whole.mark().extent()).unwrap();
        assert_eq!(mark.extent(), by_definition(&bytes[..2 * piece]));
        let mut resumed = Chain::from(mark);
        resumed.update(&bytes[2 * piece..]);
        assert_eq!(resumed.extent(), whole.extent());
        assert_eq!(Mark::new(whole.extent()), None);
    }

    #[test]
    fn one_byte_makes_another_hash() {
        let bytes = vec![0; 100];
        let mut other = bytes.clone();
        other[99] = 1;
        assert_ne!(extent_of(&bytes), extent_of(&other));
    }
}
