//! Frame encryption: ChaCha20-Poly1305 (RFC 8439), with one key for each direction.
//!
//! A frame is sealed as a whole: all bytes before the trailer become ciphertext, the trailer is the tag. The
//! nonce is the frame's number XOR an initial vector (RFC 8446 §5.3) and is not sent, so a frame that is
//! lost, repeated or reordered is not authentic.

use core::marker::PhantomData;

use zeroize::Zeroizing;

use super::aead::{Aead, KEY_LEN, NONCE_LEN};
use crate::error::Fault;
use crate::limits::{FRAMES_PER_KEY, TRAILER_LEN};
use crate::suite::{Exporter, Protection, Side};

/// Length of the secret of one direction: a key and an initial vector.
pub(super) const STREAM_SECRET_LEN: usize = KEY_LEN + NONCE_LEN;

/// Frame number reserved for rekeying.
const REKEY: u64 = u64::MAX;

/// Keys of a connection, one for each direction, used by the AEAD `A`.
pub struct SealedKeys<A> {
    pub(super) sending: StreamKey,
    receiving: StreamKey,
    aead: PhantomData<A>,
}

/// Key of one direction, and the number of frames sealed or opened with it and its predecessors.
pub(super) struct StreamKey {
    pub(super) key: Zeroizing<[u8; KEY_LEN]>,
    pub(super) initial_vector: Zeroizing<[u8; NONCE_LEN]>,
    frames: u64,
}

impl<A> SealedKeys<A> {
    pub(super) fn new(sending: StreamKey, receiving: StreamKey) -> Self {
        Self { sending, receiving, aead: PhantomData }
    }

    /// Moves the keys out and wipes them here.
    pub(super) fn take(&mut self) -> Self {
        Self::new(self.sending.take(), self.receiving.take())
    }

    /// The exporter of the channel, at this `side`. Both ends have the same before the first rekeying, that is
    /// within the first [`FRAMES_PER_KEY`] frames of each direction.
    pub fn exporter(&self, side: Side) -> Exporter {
        let (initiator, responder) = match side {
            Side::Initiator => (&self.sending, &self.receiving),
            Side::Responder => (&self.receiving, &self.sending),
        };
        let mut secrets = Zeroizing::new([0; 2 * STREAM_SECRET_LEN]);
        let parts =
            [initiator, responder].map(|stream| stream.key.iter().chain(stream.initial_vector.iter()));
        for (byte, from) in secrets.iter_mut().zip(parts.into_iter().flatten()) {
            *byte = *from;
        }
        Exporter::new(secrets.as_slice())
    }
}

impl<A: Aead> Protection for SealedKeys<A> {
    fn seal(&mut self, frame: &mut [u8]) {
        self.sending.seal::<A>(frame);
    }

    fn open(&mut self, frame: &mut [u8]) -> Result<(), Fault> {
        self.receiving.open::<A>(frame)
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

    fn seal<A: Aead>(&mut self, frame: &mut [u8]) {
        let nonce = self.next::<A>();
        if let Some((plain, trailer)) = frame.split_last_chunk_mut()
            && let Some(tag) = A::seal(&self.key, &nonce, plain)
        {
            *trailer = tag;
        } else {
            // Only a frame of gigabytes is rejected. It is zeroed, so that no plaintext leaves.
            frame.fill(0);
        }
    }

    fn open<A: Aead>(&mut self, frame: &mut [u8]) -> Result<(), Fault> {
        let nonce = self.next::<A>();
        let (sealed, trailer) = frame.split_last_chunk_mut().ok_or(Fault::Seal)?;
        let tag = core::mem::replace(trailer, [0; TRAILER_LEN]);
        A::open(&self.key, &nonce, sealed, &tag)
    }

    /// Nonce of the next frame, for the key as it is then. The key changes after [`FRAMES_PER_KEY`] frames, one way: a later
    /// key does not open frames of an earlier one.
    fn next<A: Aead>(&mut self) -> [u8; NONCE_LEN] {
        if self.frames > 0 && self.frames.is_multiple_of(FRAMES_PER_KEY) {
            self.rekey::<A>();
        }
        let nonce = self.nonce(self.frames);
        // Wrapping is safe: the key has changed by then.
        self.frames = self.frames.wrapping_add(1);
        nonce
    }

    /// Derives the next key: the encryption of zeros under the old one (`REKEY` of the Noise protocol
    /// framework, §4.2).
    fn rekey<A: Aead>(&mut self) {
        let mut next = Zeroizing::new([0; KEY_LEN]);
        if A::seal(&self.key, &self.nonce(REKEY), next.as_mut_slice()).is_some() {
            self.key = next;
        }
    }

    fn nonce(&self, number: u64) -> [u8; NONCE_LEN] {
        let mut nonce = *self.initial_vector;
        for (byte, of_number) in nonce.iter_mut().rev().zip(number.to_be_bytes().iter().rev()) {
            *byte ^= of_number;
        }
        nonce
    }
}
