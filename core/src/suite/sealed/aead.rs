//! AEAD of the frames: the trait of its implementations, and the portable one.

use chacha20poly1305::ChaCha20Poly1305;
use chacha20poly1305::aead::{AeadInOut, KeyInit};

use crate::error::Fault;
use crate::limits::TRAILER_LEN;
use crate::wire::SuiteId;

/// Length of a key, in bytes.
pub const KEY_LEN: usize = 32;
/// Length of a nonce, in bytes.
pub const NONCE_LEN: usize = 12;
/// Length of a tag, in bytes: that of a frame's trailer.
pub const TAG_LEN: usize = TRAILER_LEN;

/// Implementation of `AEAD_CHACHA20_POLY1305` (RFC 8439 §2.8), or `AEAD_AES_256_GCM` (RFC 5116 §5.2) for transfers, without
/// associated data.
pub trait Aead {
    /// Number of the suite that seals with it.
    const SUITE: SuiteId;

    /// Encrypts `text` in place and returns the tag. `None` if `text` is longer than the implementation takes, which is
    /// gigabytes; `text` is undefined then.
    fn seal(key: &[u8; KEY_LEN], nonce: &[u8; NONCE_LEN], text: &mut [u8]) -> Option<[u8; TAG_LEN]>;

    /// Decrypts `text` in place if `tag` matches, compared in constant time. Else [`Fault::Seal`], and `text` is
    /// undefined.
    fn open(
        key: &[u8; KEY_LEN],
        nonce: &[u8; NONCE_LEN],
        text: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> Result<(), Fault>;
}

/// Implementation in Rust for every processor, without an allocator. It wipes its copies of the key.
#[derive(Clone, Copy, Debug, Default)]
pub struct Portable;

impl Aead for Portable {
    const SUITE: SuiteId = SuiteId::Sealed;

    fn seal(key: &[u8; KEY_LEN], nonce: &[u8; NONCE_LEN], text: &mut [u8]) -> Option<[u8; TAG_LEN]> {
        let tag = cipher(key).encrypt_inout_detached(nonce.into(), &[], text.into());
        tag.ok().map(Into::into)
    }

    fn open(
        key: &[u8; KEY_LEN],
        nonce: &[u8; NONCE_LEN],
        text: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> Result<(), Fault> {
        let opened = cipher(key).decrypt_inout_detached(nonce.into(), &[], text.into(), tag.into());
        opened.map_err(|_| Fault::Seal)
    }
}

fn cipher(key: &[u8; KEY_LEN]) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new(key.into())
}
