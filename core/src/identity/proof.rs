//! Proof of an identity in one channel.
//!
//! It is a signature over a value that only the two ends of one channel have. So it proves that the holder of the
//! key is at the other end of this channel, and it cannot be replayed on another.

use super::{Identity, is_signed};
use crate::suite::{EXPORT_LEN, Exporter, Side};
use crate::wire::{Proof, PublicKey};

/// Proves `identity` to the other end, from the side `side`.
pub fn prove(identity: &Identity, side: Side, exporter: &Exporter) -> Proof {
    Proof(identity.sign(&message(side, exporter)))
}

/// Whether the holder of `key` made the proof, at the side `side` of this channel.
pub fn is_proof(proof: &Proof, key: &PublicKey, side: Side, exporter: &Exporter) -> bool {
    is_signed(key, &message(side, exporter), &proof.0)
}

/// What is signed: the value exported for this side, so that one side's proof is none of the other's.
fn message(side: Side, exporter: &Exporter) -> [u8; EXPORT_LEN] {
    exporter.export(match side {
        Side::Initiator => b"initiator introduces",
        Side::Responder => b"responder introduces",
    })
}
