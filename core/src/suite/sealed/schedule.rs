//! Key schedule: confirmations and stream keys from the CPace key, by HKDF-SHA512 (RFC 5869).

use hkdf::Hkdf;
use sha2::Sha512;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::cpace::{IntermediateKey, SHARE_LEN};
use super::transport::{SealedKeys, StreamKey};
use crate::error::Fault;
use crate::suite::Hellos;

/// Length of a key confirmation.
pub(super) const TAG_LEN: usize = 64;

/// Salt of the HKDF extraction: domain separation from other protocols.
pub(super) const SALT: &[u8] = b"p2pm 1 sealed";

// Prefix of `info` for each HKDF expansion.
const INITIATOR_CONFIRMS: &[u8] = b"initiator confirms";
const RESPONDER_CONFIRMS: &[u8] = b"responder confirms";
const INITIATOR_SENDS: &[u8] = b"initiator sends";
const RESPONDER_SENDS: &[u8] = b"responder sends";

/// Key confirmation over the transcript: HMAC-SHA512 (RFC 2104), in the form of an HKDF expansion of 64
/// bytes.
pub(super) struct Tag(Zeroizing<[u8; TAG_LEN]>);

/// Everything derived from the CPace key.
pub(super) struct Schedule {
    pub(super) initiator_tag: Tag,
    responder_tag: Tag,
    initiator_stream: StreamKey,
    responder_stream: StreamKey,
}

impl Schedule {
    /// Derives the schedule. It never fails in practice: HKDF rejects only outputs far longer than these.
    pub(super) fn new(
        key: &IntermediateKey,
        hellos: &Hellos,
        initiator_share: &[u8; SHARE_LEN],
        responder_share: &[u8; SHARE_LEN],
    ) -> Result<Self, Fault> {
        let hkdf = Hkdf::<Sha512>::new(Some(SALT), key.as_bytes());
        let transcript: [&[u8]; 4] = [&hellos.initiator, &hellos.responder, responder_share, initiator_share];
        Ok(Self {
            initiator_tag: tag(&hkdf, INITIATOR_CONFIRMS, transcript)?,
            responder_tag: tag(&hkdf, RESPONDER_CONFIRMS, transcript)?,
            initiator_stream: stream(&hkdf, INITIATOR_SENDS)?,
            responder_stream: stream(&hkdf, RESPONDER_SENDS)?,
        })
    }

    /// The confirmation that the initiator expects, and its keys.
    pub(super) fn into_initiator<A>(self) -> (Tag, SealedKeys<A>) {
        (self.responder_tag, SealedKeys::new(self.initiator_stream, self.responder_stream))
    }

    /// The confirmation that the responder sends, and its keys.
    pub(super) fn into_responder<A>(self) -> (Tag, SealedKeys<A>) {
        (self.responder_tag, SealedKeys::new(self.responder_stream, self.initiator_stream))
    }
}

impl Tag {
    pub(super) fn as_bytes(&self) -> &[u8; TAG_LEN] {
        &self.0
    }

    /// Constant-time comparison with `bytes`.
    pub(super) fn matches(&self, bytes: &[u8; TAG_LEN]) -> bool {
        self.0.ct_eq(bytes).into()
    }
}

fn tag(hkdf: &Hkdf<Sha512>, purpose: &[u8], transcript: [&[u8]; 4]) -> Result<Tag, Fault> {
    let [a, b, c, d] = transcript;
    expand(hkdf, &[purpose, a, b, c, d]).map(Tag)
}

fn stream(hkdf: &Hkdf<Sha512>, purpose: &[u8]) -> Result<StreamKey, Fault> {
    expand(hkdf, &[purpose]).map(|secret| StreamKey::new(&secret))
}

fn expand<const LEN: usize>(hkdf: &Hkdf<Sha512>, info: &[&[u8]]) -> Result<Zeroizing<[u8; LEN]>, Fault> {
    let mut bytes = Zeroizing::new([0; LEN]);
    hkdf.expand_multi_info(info, bytes.as_mut_slice()).map_err(|_| Fault::Seal)?;
    Ok(bytes)
}
