//! Frame encryption: ChaCha20-Poly1305 (RFC 8439), with one key for each direction.
//!
//! A frame is sealed as a whole: all bytes before the trailer become ciphertext, the trailer is the tag. The
//! nonce is the frame's number XOR an initial vector (RFC 8446 §5.3) and is not sent, so a frame that is
//! lost, repeated or reordered is not authentic.

use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce, Tag};
use zeroize::Zeroizing;

use crate::error::Fault;
use crate::limits::{FRAMES_PER_KEY, TRAILER_LEN};
use crate::suite::Protection;

const KEY_LEN: usize = 32;
const NONCE_LEN: usize = 12;

/// Length of the secret of one direction: a key and an initial vector.
pub(super) const STREAM_SECRET_LEN: usize = KEY_LEN + NONCE_LEN;

/// Frame number reserved for rekeying.
const REKEY: u64 = u64::MAX;

/// The keys of a connection, one for each direction.
pub struct SealedKeys {
    pub(super) sending: StreamKey,
    receiving: StreamKey,
}

/// Key of one direction, and the number of frames sealed or opened with it and its predecessors.
pub(super) struct StreamKey {
    pub(super) key: Zeroizing<[u8; KEY_LEN]>,
    pub(super) initial_vector: Zeroizing<[u8; NONCE_LEN]>,
    frames: u64,
}

impl SealedKeys {
    pub(super) fn new(sending: StreamKey, receiving: StreamKey) -> Self {
        Self { sending, receiving }
    }

    /// Moves the keys out and wipes them here.
    pub(super) fn take(&mut self) -> Self {
        Self { sending: self.sending.take(), receiving: self.receiving.take() }
    }
}

impl Protection for SealedKeys {
    fn seal(&mut self, frame: &mut [u8]) {
        self.sending.seal(frame);
    }

    fn open(&mut self, frame: &mut [u8]) -> Result<(), Fault> {
        self.receiving.open(frame)
    }
}

impl StreamKey {
    pub(super) fn new(secret: &[u8; STREAM_SECRET_LEN]) -> Self {
        let mut stream = Self { key: [0; KEY_LEN].into(), initial_vector: [0; NONCE_LEN].into(), frames: 0 };
        let (key, initial_vector) = secret.split_at(KEY_LEN);
        stream.key.copy_from_slice(key);
        stream.initial_vector.copy_from_slice(initial_vector);
        stream
    }

    fn take(&mut self) -> Self {
        core::mem::replace(self, Self::new(&[0; STREAM_SECRET_LEN]))
    }

    fn seal(&mut self, frame: &mut [u8]) {
        let (cipher, nonce) = self.next();
        if let Some((plain, trailer)) = frame.split_last_chunk_mut::<TRAILER_LEN>()
            && let Ok(tag) = cipher.encrypt_inout_detached(&nonce, &[], plain.into())
        {
            *trailer = tag.into();
        } else {
            // Only a frame of gigabytes is rejected. It is zeroed, so that no plaintext leaves.
            frame.fill(0);
        }
    }

    fn open(&mut self, frame: &mut [u8]) -> Result<(), Fault> {
        let (cipher, nonce) = self.next();
        let (sealed, trailer) = frame.split_last_chunk_mut::<TRAILER_LEN>().ok_or(Fault::Seal)?;
        let tag = Tag::from(core::mem::take(trailer));
        cipher.decrypt_inout_detached(&nonce, &[], sealed.into(), &tag).map_err(|_| Fault::Seal)
    }

    /// Cipher and nonce of the next frame. The key changes after [`FRAMES_PER_KEY`] frames, one way: a later
    /// key does not open frames of an earlier one.
    fn next(&mut self) -> (ChaCha20Poly1305, Nonce) {
        if self.frames > 0 && self.frames.is_multiple_of(FRAMES_PER_KEY) {
            self.rekey();
        }
        let nonce = self.nonce(self.frames);
        // Wrapping is safe: the key has changed by then.
        self.frames = self.frames.wrapping_add(1);
        (self.cipher(), nonce)
    }

    /// Derives the next key: the encryption of zeros under the old one (`REKEY` of the Noise protocol
    /// framework, §4.2).
    fn rekey(&mut self) {
        let nonce = self.nonce(REKEY);
        let mut next = Zeroizing::new([0; KEY_LEN]);
        if self.cipher().encrypt_inout_detached(&nonce, &[], next.as_mut_slice().into()).is_ok() {
            self.key = next;
        }
    }

    fn cipher(&self) -> ChaCha20Poly1305 {
        ChaCha20Poly1305::new(<&Key>::from(&*self.key))
    }

    fn nonce(&self, number: u64) -> Nonce {
        let mut nonce = *self.initial_vector;
        for (byte, of_number) in nonce.iter_mut().rev().zip(number.to_be_bytes().iter().rev()) {
            *byte ^= of_number;
        }
        nonce.into()
    }
}
