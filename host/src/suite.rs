//! The sealed suite of the programs: the core's, with the fastest AEAD implementation for Linux.

#[cfg(feature = "ring")]
pub use self::with_ring::{Ring, Ring as Fast, Sealed};
#[cfg(not(feature = "ring"))]
pub use p2pm_core::suite::{Sealed, aead::Portable as Fast};

#[cfg(feature = "ring")]
mod with_ring {
    use p2pm_core::error::Fault;
    use p2pm_core::suite::SealedWith;
    use p2pm_core::suite::aead::{Aead, KEY_LEN, NONCE_LEN, TAG_LEN};
    use p2pm_core::wire::SuiteId;
    use ring::aead::{self, CHACHA20_POLY1305, LessSafeKey, UnboundKey};

    /// The sealed suite with ring's AEAD.
    pub type Sealed = SealedWith<Ring>;

    /// AEAD implementation of ring, in assembly for most processors. It does not wipe its copies of the key.
    ///
    /// An expanded key takes 544 bytes, a key 32. Expansion is quick, so it is done for each frame.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct Ring;

    impl Aead for Ring {
        const SUITE: SuiteId = SuiteId::Sealed;

        fn seal(key: &[u8; KEY_LEN], nonce: &[u8; NONCE_LEN], text: &mut [u8]) -> Option<[u8; TAG_LEN]> {
            let tag =
                expand(key)?.seal_in_place_separate_tag(unique(nonce), aead::Aad::empty(), text).ok()?;
            tag.as_ref().try_into().ok()
        }

        fn open(
            key: &[u8; KEY_LEN],
            nonce: &[u8; NONCE_LEN],
            text: &mut [u8],
            tag: &[u8; TAG_LEN],
        ) -> Result<(), Fault> {
            let key = expand(key).ok_or(Fault::Seal)?;
            let (nonce, tag) = (unique(nonce), aead::Tag::from(*tag));
            let opened = key.open_in_place_separate_tag(nonce, aead::Aad::empty(), tag, text, 0..);
            opened.map(drop).map_err(|_| Fault::Seal)
        }
    }

    fn expand(key: &[u8; KEY_LEN]) -> Option<LessSafeKey> {
        UnboundKey::new(&CHACHA20_POLY1305, key).ok().map(LessSafeKey::new)
    }

    fn unique(nonce: &[u8; NONCE_LEN]) -> aead::Nonce {
        aead::Nonce::assume_unique_for_key(*nonce)
    }
}
