//! CPace, a password-authenticated key exchange: CPACE-RISTR255-SHA512 of draft-irtf-cfrg-cpace-21, between
//! an initiator and a responder.
//!
//! Who does not know the password learns nothing from an exchange that would tell a right guess from a wrong
//! one later, and can try one password in each.

use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::IsIdentity;
use sha2::{Digest, Sha512};
use zeroize::Zeroizing;

/// What separates this group's generators from those of others (§7.3).
const DOMAIN: &[u8] = b"CPaceRistretto255";
/// What separates its keys from those of others.
const KEY_DOMAIN: &[u8] = b"CPaceRistretto255_ISK";
/// The block of SHA-512 that the password fills alone, whatever its length up to here (§5.1).
const HASH_BLOCK_LEN: usize = 128;

/// Bytes of a share: a point, encoded (RFC 9496 §4.3.2).
pub(super) const SHARE_LEN: usize = 32;
/// Random bytes that one side uses up.
pub(super) const SECRET_LEN: usize = 64;
/// Bytes of the key that comes of it.
const KEY_LEN: usize = 64;

/// The point that both sides start from: whoever knows the password knows it.
pub(super) struct Generator(Zeroizing<RistrettoPoint>);

/// One side's secret multiple of the generator.
pub(super) struct Secret(Zeroizing<Scalar>);

/// What the other side sent is no point, or one that would give the secret away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct InvalidShare;

/// The point that both shares lead to, encoded.
pub(super) struct SharedPoint(Zeroizing<[u8; SHARE_LEN]>);

/// What one side says: its share, and what else both are to agree on.
#[derive(Clone, Copy)]
pub(super) struct Said<'a> {
    pub(super) share: &'a [u8; SHARE_LEN],
    pub(super) associated: &'a [u8],
}

/// The key: the same on both sides if they agree on the password and on everything that was said.
pub(super) struct IntermediateKey(Zeroizing<[u8; KEY_LEN]>);

impl Generator {
    /// From a password, the channel's identifier and the session's (§7.1, §7.3).
    pub(super) fn new(password: &[u8], channel: &[u8], session: &[u8]) -> Self {
        let filled = 1 + prefixed_len(DOMAIN) + prefixed_len(password);
        let zeros = [0; HASH_BLOCK_LEN];
        let padding = zeros.get(..HASH_BLOCK_LEN.saturating_sub(filled)).unwrap_or_default();
        let mut hash = Sha512::new();
        for part in [DOMAIN, password, padding, channel, session] {
            prefixed(&mut hash, part);
        }
        let uniform = Zeroizing::new(hash.finalize().into());
        Self(RistrettoPoint::from_uniform_bytes(&uniform).into())
    }
}

impl Secret {
    pub(super) fn new(random: &[u8; SECRET_LEN]) -> Self {
        Self(Scalar::from_bytes_mod_order_wide(random).into())
    }

    /// What is told to the other side.
    pub(super) fn share(&self, generator: &Generator) -> [u8; SHARE_LEN] {
        (*generator.0 * *self.0).compress().to_bytes()
    }

    /// Where their share leads to (§6.2: never to the neutral element).
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
    /// From the session's identifier, the point, and what both sides said (§6.2, §A.3.6).
    pub(super) fn new(session: &[u8], point: &SharedPoint, initiator: Said<'_>, responder: Said<'_>) -> Self {
        let mut hash = Sha512::new();
        for part in [KEY_DOMAIN, session, point.0.as_slice()] {
            prefixed(&mut hash, part);
        }
        for said in [initiator, responder] {
            prefixed(&mut hash, said.share);
            prefixed(&mut hash, said.associated);
        }
        Self(Zeroizing::new(hash.finalize().into()))
    }

    pub(super) fn as_bytes(&self) -> &[u8; KEY_LEN] {
        &self.0
    }
}

/// Adds `bytes` behind their length, so that where a part ends is not open to doubt (§5.1).
fn prefixed(hash: &mut Sha512, bytes: &[u8]) {
    let mut left = bytes.len();
    for _ in 1..length_len(bytes.len()) {
        #[allow(clippy::cast_possible_truncation, reason = "seven bits")]
        hash.update([(left & 0x7f) as u8 | 0x80]);
        left >>= 7;
    }
    #[allow(clippy::cast_possible_truncation, reason = "the last seven bits")]
    hash.update([left as u8]);
    hash.update(bytes);
}

/// Bytes that a part takes with its length.
const fn prefixed_len(bytes: &[u8]) -> usize {
    length_len(bytes.len()) + bytes.len()
}

/// Bytes that a length takes: seven bits in each (LEB128).
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
