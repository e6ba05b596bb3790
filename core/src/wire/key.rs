//! Encodings of an identity's key and proof. What they mean is [`crate::identity`]'s.

use super::cursor::{Reader, Writer};
use super::items::Item;
use crate::error::Fault;
use crate::limits::{KEY_LEN, PROOF_LEN, SIGNATURE_LEN};

/// Encoding of a public key, which names an identity. Whether it is a key, and whose, only a [`Proof`] shows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct PublicKey(pub [u8; KEY_LEN]);

/// Encoding of the proof that the sender holds the secret of its key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Proof(pub [u8; PROOF_LEN]);

/// Encoding of an Ed25519 signature under what a node has written or received. Whose it is, only its key shows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature(pub [u8; SIGNATURE_LEN]);

impl Item for PublicKey {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        reader.array().map(Self)
    }

    fn write(&self, writer: &mut Writer<'_>) {
        writer.put(&self.0);
    }

    fn wire_len(&self) -> usize {
        KEY_LEN
    }
}

impl core::fmt::Debug for Proof {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Proof(..)")
    }
}

impl core::fmt::Debug for Signature {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Signature(..)")
    }
}
