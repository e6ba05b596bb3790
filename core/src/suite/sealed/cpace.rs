//! CPace, a password-authenticated key exchange (PAKE): CPACE-RISTR255-SHA512 of draft-irtf-cfrg-cpace-21,
//! between an initiator and a responder.
//!
//! An attacker can test one password per exchange; an exchange gives no data for an offline dictionary
//! attack.

use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::IsIdentity;
use zeroize::Zeroizing;

use crate::suite::hash::Hash;

/// Domain separation of the generator from those of other groups (§7.3).
const DOMAIN: &[u8] = b"CPaceRistretto255";
/// Domain separation of the intermediate key.
const KEY_DOMAIN: &[u8] = b"CPaceRistretto255_ISK";
/// Block length of SHA-512: a password of up to about this length is padded to fill the first block (§5.1).
const HASH_BLOCK_LEN: usize = 128;

/// Length of a share: an encoded group element (RFC 9496 §4.3.2).
pub(super) const SHARE_LEN: usize = 32;
/// Random bytes for one side's secret scalar.
pub(super) const SECRET_LEN: usize = 64;
/// Length of the intermediate key.
const KEY_LEN: usize = 64;

/// Generator derived from the password.
pub(super) struct Generator(Zeroizing<RistrettoPoint>);

/// One side's secret scalar.
pub(super) struct Secret(Zeroizing<Scalar>);

/// The peer's share is no group element, or leads to the neutral one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct InvalidShare;

/// The Diffie-Hellman result, encoded.
pub(super) struct SharedPoint(Zeroizing<[u8; SHARE_LEN]>);

/// One side's contribution to the transcript: its share and its associated data.
#[derive(Clone, Copy)]
pub(super) struct Said<'a> {
    pub(super) share: &'a [u8; SHARE_LEN],
    pub(super) associated: &'a [u8],
}

/// Intermediate session key (ISK): the same on both sides if passwords and transcripts agree.
pub(super) struct IntermediateKey(Zeroizing<[u8; KEY_LEN]>);

impl Generator {
    /// From a password, a channel identifier and a session identifier (§7.1, §7.3).
    pub(super) fn new(password: &[u8], channel: &[u8], session: &[u8]) -> Self {
        let filled = 1 + prefixed_len(DOMAIN) + prefixed_len(password);
        let zeros = [0; HASH_BLOCK_LEN];
        let padding = zeros.get(..HASH_BLOCK_LEN.saturating_sub(filled)).unwrap_or_default();
        let mut hash = Hash::new();
        for part in [DOMAIN, password, padding, channel, session] {
            prefixed(&mut hash, part);
        }
        let uniform = Zeroizing::new(hash.finish());
        Self(RistrettoPoint::from_uniform_bytes(&uniform).into())
    }
}

impl Secret {
    pub(super) fn new(random: &[u8; SECRET_LEN]) -> Self {
        Self(Scalar::from_bytes_mod_order_wide(random).into())
    }

    /// The share to send.
    pub(super) fn share(&self, generator: &Generator) -> [u8; SHARE_LEN] {
        (*generator.0 * *self.0).compress().to_bytes()
    }

    /// Diffie-Hellman with the peer's share; fails on the neutral element (§6.2).
    pub(super) fn meet(&self, theirs: &[u8; SHARE_LEN]) -> Result<SharedPoint, InvalidShare> {
        let theirs = CompressedRistretto(*theirs).decompress().ok_or(InvalidShare)?;
        let point = Zeroizing::new(theirs * *self.0);
        if point.is_identity() {
            Err(InvalidShare)
        } else {
            Ok(SharedPoint(point.compress().to_bytes().into()))
        }
    }
}

impl IntermediateKey {
    /// From the session identifier, the Diffie-Hellman result and the transcript (§6.2, §A.3.6).
    pub(super) fn new(session: &[u8], point: &SharedPoint, initiator: Said<'_>, responder: Said<'_>) -> Self {
        let mut hash = Hash::new();
        for part in [KEY_DOMAIN, session, point.0.as_slice()] {
            prefixed(&mut hash, part);
        }
        for said in [initiator, responder] {
            prefixed(&mut hash, said.share);
            prefixed(&mut hash, said.associated);
        }
        Self(Zeroizing::new(hash.finish()))
    }

    pub(super) fn as_bytes(&self) -> &[u8; KEY_LEN] {
        &self.0
    }
}

/// Hashes `bytes` with their length in front, which makes the concatenation unambiguous (§5.1).
fn prefixed(hash: &mut Hash, bytes: &[u8]) {
    let mut left = bytes.len();
    for _ in 1..length_len(bytes.len()) {
        #[allow(clippy::cast_possible_truncation, reason = "seven bits")]
        hash.update(&[(left & 0x7f) as u8 | 0x80]);
        left >>= 7;
    }
    #[allow(clippy::cast_possible_truncation, reason = "the last seven bits")]
    hash.update(&[left as u8]);
    hash.update(bytes);
}

/// Length of `bytes` with their length in front.
const fn prefixed_len(bytes: &[u8]) -> usize {
    length_len(bytes.len()) + bytes.len()
}

/// Length of an encoded length: seven bits per byte (LEB128).
const fn length_len(len: usize) -> usize {
    let mut bytes = 1;
    let mut left = len >> 7;
    while left > 0 {
        bytes += 1;
        left >>= 7;
    }
    bytes
}

#[cfg(test)]
impl Generator {
    pub(super) fn to_bytes(&self) -> [u8; SHARE_LEN] {
        self.0.compress().to_bytes()
    }
}

#[cfg(test)]
impl Secret {
    pub(super) fn from_scalar(bytes: [u8; 32]) -> Self {
        Self(Scalar::from_bytes_mod_order(bytes).into())
    }

    pub(super) fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }
}

#[cfg(test)]
impl SharedPoint {
    pub(super) fn as_bytes(&self) -> &[u8; SHARE_LEN] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::sha512;

    /// Lengths of one, two and three bytes in LEB128, low bits first.
    #[test]
    fn a_length_has_seven_bits_in_each_byte() {
        let bytes = [7; 16_384];
        for (len, encoded) in [
            (0, &[0x00][..]),
            (127, &[0x7f]),
            (128, &[0x80, 0x01]),
            (300, &[0xac, 0x02]),
            (16_383, &[0xff, 0x7f]),
            (16_384, &[0x80, 0x80, 0x01]),
        ] {
            let part = &bytes[..len];
            let mut hash = Hash::new();
            prefixed(&mut hash, part);
            assert_eq!(hash.finish(), sha512(&[encoded, part]));
            assert_eq!(prefixed_len(part), encoded.len() + len);
        }
    }
}
