//! Randomness.
//!
//! The emulated boards have no generator of random numbers, and nothing on them is hard to guess: not the time since
//! power came, which is the same each time, nor the memory, which is empty. So they are told a seed when they start,
//! and all that is random comes of it. A real board has a generator, and another [`SeedSource`].

use core::convert::Infallible;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng, SeedableRng, TryCryptoRng, TryRng, utils};
use p2pm_fw::settings::{SEED_LEN, Settings};
use zeroize::{Zeroize, Zeroizing};

/// Where randomness begins.
pub trait SeedSource {
    /// Bytes that nobody can guess, and that are not the same at any other start; `None` where there are none.
    fn seed(&mut self) -> Option<[u8; SEED_LEN]>;
}

/// Somebody told it.
impl SeedSource for Settings {
    fn seed(&mut self) -> Option<[u8; SEED_LEN]> {
        let seed = self.seed;
        self.seed.zeroize();
        seed
    }
}

/// Randomness fit for keys, if its seed is. `ChaCha20` makes of the seed the next seed and what is asked for, each
/// time: whoever reads the memory of a device later does not learn what was random before.
pub struct Random(Zeroizing<[u8; SEED_LEN]>);

impl Random {
    /// What comes of a seed.
    pub(crate) fn from_seed(seed: [u8; SEED_LEN]) -> Self {
        Self(Zeroizing::new(seed))
    }

    /// The same every time. It protects nothing, so it is for the xor suite alone.
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
