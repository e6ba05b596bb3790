//! Random number generator.
//!
//! The emulated boards have no hardware generator, and nothing on them is unpredictable: the time since
//! power-on is the same at each start, and the memory is empty. So they are given a seed at the start, from
//! which all randomness derives. A real board has a generator, and another [`SeedSource`].

use core::convert::Infallible;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng, TryCryptoRng, TryRng, utils};
use p2pm_fw::settings::{SEED_LEN, Settings};
use zeroize::{Zeroize, Zeroizing};

/// Source of a seed.
pub trait SeedSource {
    /// Unpredictable bytes, different at each start; `None` if there are none.
    fn seed(&mut self) -> Option<[u8; SEED_LEN]>;
}

/// The seed from the settings.
impl SeedSource for Settings {
    fn seed(&mut self) -> Option<[u8; SEED_LEN]> {
        let seed = self.seed;
        self.seed.zeroize();
        seed
    }
}

/// Cryptographic generator, as good as its seed. Each call derives the next seed and the output by `ChaCha20`
/// (fast key erasure), so memory read later does not reveal earlier output.
pub struct Random(Zeroizing<[u8; SEED_LEN]>);

impl Random {
    /// A generator with this seed.
    pub(crate) fn from_seed(seed: [u8; SEED_LEN]) -> Self {
        Self(Zeroizing::new(seed))
    }

    /// A generator with a constant seed, which protects nothing: for the xor suite only.
    pub(crate) fn without_a_seed() -> Self {
        Self::from_seed([0; SEED_LEN])
    }
}

impl TryRng for Random {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        utils::next_word_via_fill(self)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        utils::next_word_via_fill(self)
    }

    fn try_fill_bytes(&mut self, into: &mut [u8]) -> Result<(), Infallible> {
        let mut once = ChaCha20Rng::from_seed(*self.0);
        once.fill_bytes(self.0.as_mut_slice());
        once.fill_bytes(into);
        Ok(())
    }
}

impl TryCryptoRng for Random {}
