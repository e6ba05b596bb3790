//! SHA-512, once in an image, not once for each of those who hash.

use sha2::{Digest, Sha512};

/// Length of a hash, in bytes.
pub(crate) const HASH_LEN: usize = 64;

/// A hash in progress. No buffer holds all of what is hashed.
pub(super) struct Hash(Sha512);

impl Hash {
    pub(super) fn new() -> Self {
        Self(Sha512::new())
    }

    #[inline(never)]
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    #[inline(never)]
    pub(super) fn finish(self) -> [u8; HASH_LEN] {
        self.0.finalize().into()
    }
}

/// Hash of the parts one after the other. What they are must be clear from their lengths and from the first one.
pub(crate) fn sha512(parts: &[&[u8]]) -> [u8; HASH_LEN] {
    let mut hash = Hash::new();
    for part in parts {
        hash.update(part);
    }
    hash.finish()
}
