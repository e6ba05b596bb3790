//! Proof of an identity in one channel.
//!
//! It is a signature over a value that only the two ends of one channel have. So it proves that the holder of the
//! key is at the other end of this channel, and it cannot be replayed on another.

use ed25519_dalek::{Signer, VerifyingKey};

use super::Identity;
use crate::suite::{EXPORT_LEN, Exporter, Side};
use crate::wire::{Proof, PublicKey};

/// Proves `identity` to the other end, from the side `side`.
pub fn prove(identity: &Identity, side: Side, exporter: &Exporter) -> Proof {
    Proof(identity.0.sign(&message(side, exporter)).to_bytes())
}

/// Whether the holder of `key` made the proof, at the side `side` of this channel. Verified by the strict rules: neither
/// the key nor the point of the signature has a small order.
pub fn is_proof(proof: &Proof, key: &PublicKey, side: Side, exporter: &Exporter) -> bool {
    let signature = (&proof.0).into();
    VerifyingKey::from_bytes(&key.0)
        .is_ok_and(|key| key.verify_strict(&message(side, exporter), &signature).is_ok())
}

/// What is signed: the value exported for this side, so that one side's proof is none of the other's.
fn message(side: Side, exporter: &Exporter) -> [u8; EXPORT_LEN] {
    exporter.export(match side {
        Side::Initiator => b"initiator introduces",
        Side::Responder => b"responder introduces",
    })
}
