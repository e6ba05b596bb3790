//! The sealed suite of the programs: the core's, with the fastest AEAD implementations for Linux.

use p2pm_core::wire::Ciphers;

#[cfg(feature = "ring")]
pub use self::with_ring::{Aes, Aes as Best, ChaCha as Fast, ChaCha as Ring, Sealed};
#[cfg(not(feature = "ring"))]
pub use p2pm_core::suite::{Sealed, aead::Portable as Best, aead::Portable as Fast};

/// The ciphers of transfers that this machine has: AES, which `Best` is then, only where its processor has instructions for
/// it, since it is slow and leaks its key through the cache elsewhere.
pub fn ciphers() -> Ciphers {
    Ciphers { with_aes: cfg!(feature = "ring") && has_aes() }
}

#[cfg(target_arch = "x86_64")]
fn has_aes() -> bool {
    std::arch::is_x86_feature_detected!("aes") && std::arch::is_x86_feature_detected!("pclmulqdq")
}

#[cfg(target_arch = "aarch64")]
fn has_aes() -> bool {
    std::arch::is_aarch64_feature_detected!("aes") && std::arch::is_aarch64_feature_detected!("pmull")
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn has_aes() -> bool {
    false
}

#[cfg(feature = "ring")]
mod with_ring {
    use p2pm_core::error::Fault;
    use p2pm_core::suite::SealedWith;
    use p2pm_core::suite::aead::{Aead, KEY_LEN, NONCE_LEN, TAG_LEN};
    use p2pm_core::wire::SuiteId;
    use ring::aead::{self, AES_256_GCM, CHACHA20_POLY1305, LessSafeKey, UnboundKey};

    /// The sealed suite with ring's AEAD.
    pub type Sealed = SealedWith<ChaCha>;

    /// `AEAD_CHACHA20_POLY1305` of ring, in assembly for most processors.
    pub type ChaCha = OfRing<false>;

    /// `AEAD_AES_256_GCM` of ring, for transfers. It is fast where [the processor](super::ciphers) helps.
    pub type Aes = OfRing<true>;

    /// Either AEAD of ring. It does not wipe its copies of the key.
    ///
    /// An expanded key takes 544 bytes, a key 32. Expansion is quick, so it is done for each frame.
    #[derive(Clone, Copy, Debug, Default)]
    pub struct OfRing<const IS_AES: bool>;

    impl<const IS_AES: bool> OfRing<IS_AES> {
        fn expand(key: &[u8; KEY_LEN]) -> Option<LessSafeKey> {
            let algorithm = if IS_AES { &AES_256_GCM } else { &CHACHA20_POLY1305 };
            UnboundKey::new(algorithm, key).ok().map(LessSafeKey::new)
        }
    }

    impl<const IS_AES: bool> Aead for OfRing<IS_AES> {
        const SUITE: SuiteId = if IS_AES { SuiteId::SealedAes } else { SuiteId::Sealed };

        fn seal(key: &[u8; KEY_LEN], nonce: &[u8; NONCE_LEN], text: &mut [u8]) -> Option<[u8; TAG_LEN]> {
            let key = Self::expand(key)?;
            let tag = key.seal_in_place_separate_tag(unique(nonce), aead::Aad::empty(), text).ok()?;
            tag.as_ref().try_into().ok()
        }

        fn open(
            key: &[u8; KEY_LEN],
            nonce: &[u8; NONCE_LEN],
            text: &mut [u8],
            tag: &[u8; TAG_LEN],
        ) -> Result<(), Fault> {
            let key = Self::expand(key).ok_or(Fault::Seal)?;
            let (nonce, tag) = (unique(nonce), aead::Tag::from(*tag));
            let opened = key.open_in_place_separate_tag(nonce, aead::Aad::empty(), tag, text, 0..);
            opened.map(drop).map_err(|_| Fault::Seal)
        }
    }

    fn unique(nonce: &[u8; NONCE_LEN]) -> aead::Nonce {
        aead::Nonce::assume_unique_for_key(*nonce)
    }
}
