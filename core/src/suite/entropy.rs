//! Random bytes, which the caller hands in, so that every run can be replayed.

use core::fmt;

use zeroize::Zeroizing;

use crate::limits::{ENTROPY_LEN, RANDOM_LEN};

/// Random bytes of one connection, [`ENTROPY_LEN`] of them, wiped on drop. They must come from a
/// cryptographic generator and must not be used twice.
pub struct Entropy(Zeroizing<[u8; ENTROPY_LEN]>);

impl Entropy {
    /// Takes the bytes from the caller's generator.
    pub fn new(bytes: [u8; ENTROPY_LEN]) -> Self {
        Self(bytes.into())
    }

    /// The public part, which is sent in the Hello.
    pub fn public(&self) -> [u8; RANDOM_LEN] {
        self.0.first_chunk().copied().unwrap_or_default()
    }

    /// The secret part, for the keys of a suite.
    pub(super) fn secret(&self) -> Zeroizing<[u8; ENTROPY_LEN - RANDOM_LEN]> {
        let mut secret = Zeroizing::new([0; ENTROPY_LEN - RANDOM_LEN]);
        for (byte, from) in secret.iter_mut().zip(self.0.iter().skip(RANDOM_LEN)) {
            *byte = *from;
        }
        secret
    }
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy(..)")
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::format;

    use super::*;

    #[test]
    fn what_is_sent_is_no_part_of_the_secret() {
        let bytes = core::array::from_fn(|index| u8::try_from(index).unwrap());
        let entropy = Entropy::new(bytes);
        let (public, secret) = bytes.split_at(RANDOM_LEN);
        assert_eq!(entropy.public(), public);
        assert_eq!(entropy.secret().as_slice(), secret);
        assert_eq!(format!("{entropy:?}"), "Entropy(..)");
    }
}
