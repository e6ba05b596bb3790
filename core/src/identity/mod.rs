//! Identity of a node: a long-term Ed25519 key (RFC 8032), what people compare of it, how it is proved, and
//! what is signed with it.

mod comparison;
mod letter;
mod proof;
mod tag;

use core::fmt;

pub use comparison::Comparison;
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
pub use letter::{is_letter, is_receipt, sign_letter, sign_receipt};
pub use proof::{is_proof, prove};
pub use tag::{Tag, TagError};
use zeroize::Zeroizing;

use crate::limits::{KEY_LEN, SIGNATURE_LEN};
use crate::wire::PublicKey;

/// The long-term key of a node. It is wiped on drop.
pub struct Identity(SigningKey);

impl Identity {
    /// The identity of a seed, [`KEY_LEN`] secret bytes from a cryptographic generator.
    pub fn from_seed(seed: &[u8; KEY_LEN]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// The seed, for whoever stores the identity.
    pub fn seed(&self) -> Zeroizing<[u8; KEY_LEN]> {
        Zeroizing::new(self.0.to_bytes())
    }

    /// The public key.
    pub fn key(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    fn sign(&self, message: &[u8]) -> [u8; SIGNATURE_LEN] {
        self.0.sign(message).to_bytes()
    }
}

/// Whether the holder of the key has signed the message. Verified by the strict rules: neither the key nor the point of the
/// signature has a small order.
fn is_signed(key: &PublicKey, message: &[u8], signature: &[u8; SIGNATURE_LEN]) -> bool {
    VerifyingKey::from_bytes(&key.0).is_ok_and(|key| key.verify_strict(message, &signature.into()).is_ok())
}

impl PublicKey {
    /// Short form that people compare and type.
    pub fn tag(&self) -> Tag {
        Tag::of(self)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({})", self.key().tag())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.tag())
    }
}
