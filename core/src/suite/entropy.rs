//! Randomness, handed in by the caller, so that every run can be replayed.

use core::fmt;

use zeroize::{Zeroize, Zeroizing};

use crate::limits::{ENTROPY_LEN, RANDOM_LEN};

/// The random bytes of one connection: from a cryptographic source, and never used twice.
pub struct Entropy([u8; ENTROPY_LEN]);

impl Entropy {
    /// Takes them from the caller's source.
    pub fn new(bytes: [u8; ENTROPY_LEN]) -> Self {
        Self(bytes)
    }

    /// The part that is told to the peer, in the Hello.
    pub fn public(&self) -> [u8; RANDOM_LEN] {
        self.0.first_chunk().copied().unwrap_or_default()
    }

    /// The part that nobody is told.
    pub(super) fn secret(&self) -> Zeroizing<[u8; ENTROPY_LEN - RANDOM_LEN]> {
        let mut secret = Zeroizing::new([0; ENTROPY_LEN - RANDOM_LEN]);
        for (byte, from) in secret.iter_mut().zip(self.0.iter().skip(RANDOM_LEN)) {
            *byte = *from;
        }
        secret
    }
}

impl Drop for Entropy {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy(..)")
    }
}
