//! What protects the frames: ChaCha20-Poly1305 (RFC 8439), each direction for itself.
//!
//! A frame is sealed whole: the first [`PLAIN_LEN`](crate::limits::PLAIN_LEN) bytes become ciphertext, the trailer is the tag. Its nonce
//! is its number XOR an initial vector (RFC 8446 §5.3), so neither is sent, and a frame that is lost, repeated
//! or out of order does not open.

use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce, Tag};
use zeroize::Zeroizing;

use crate::error::Fault;
use crate::limits::{FRAMES_PER_KEY, TRAILER_LEN};
use crate::suite::Protection;

const KEY_LEN: usize = 32;
const NONCE_LEN: usize = 12;

/// Bytes of secret that one direction begins with: a key, and an initial vector.
pub(super) const STREAM_SECRET_LEN: usize = KEY_LEN + NONCE_LEN;

/// The number that no frame has: its nonce makes the next key.
const REKEY: u64 = u64::MAX;

/// The keys of a connection, one for each direction.
pub struct SealedKeys {
    pub(super) sending: StreamKey,
    receiving: StreamKey,
}

/// The key of one direction, and how many frames have gone that way.
pub(super) struct StreamKey {
    pub(super) key: Zeroizing<[u8; KEY_LEN]>,
    pub(super) initial_vector: Zeroizing<[u8; NONCE_LEN]>,
    frames: u64,
}

impl SealedKeys {
    pub(super) fn new(sending: StreamKey, receiving: StreamKey) -> Self {
        Self { sending, receiving }
    }

    /// The keys, with nothing left of them here.
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
            // Only a frame of gigabytes is refused. If ever, nothing of it leaves in the clear.
            frame.fill(0);
        }
    }

    fn open(&mut self, frame: &mut [u8]) -> Result<(), Fault> {
        let (cipher, nonce) = self.next();
        let (sealed, trailer) = frame.split_last_chunk_mut::<TRAILER_LEN>().ok_or(Fault::Seal)?;
        let tag = Tag::from(core::mem::take(trailer));
        cipher.decrypt_inout_detached(&nonce, &[], sealed.into(), &tag).map_err(|_| Fault::Seal)
    }

    /// The cipher and the nonce of the next frame. A key serves [`FRAMES_PER_KEY`] frames; what is sealed
    /// with it cannot be opened with any that comes after it.
    fn next(&mut self) -> (ChaCha20Poly1305, Nonce) {
        if self.frames > 0 && self.frames.is_multiple_of(FRAMES_PER_KEY) {
            self.rekey();
        }
        let nonce = self.nonce(self.frames);
        // Beyond that the numbers begin again, with keys that never saw them.
        self.frames = self.frames.wrapping_add(1);
        (self.cipher(), nonce)
    }

    /// The next key is what the last one makes of zeros (as `REKEY` of the Noise protocol framework, §4.2).
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
