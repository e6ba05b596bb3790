//! Randomness.
//!
//! The emulated boards have no generator of random numbers, and nothing on them is hard to guess: not the time since
//! power came, which is the same each time, nor the memory, which is empty. So they are told a seed when they start,
//! and what they need is drawn from it by `ChaCha20`. A real board has a generator, and another [`SeedSource`].

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use p2pm_fw::settings::{SEED_LEN, Settings};

/// Randomness fit for keys, if its seed is.
pub type Random = ChaCha20Rng;

/// Where randomness begins.
pub trait SeedSource {
    /// Bytes that nobody can guess, and that are not the same at any other start; `None` where there are none.
    fn seed(&mut self) -> Option<[u8; SEED_LEN]>;
}

/// Somebody told it.
impl SeedSource for Settings {
    fn seed(&mut self) -> Option<[u8; SEED_LEN]> {
        self.seed.take()
    }
}

/// What can be drawn without a seed is the same every time. It protects nothing, so it is for the xor suite alone.
pub(crate) fn without_a_seed() -> Random {
    ChaCha20Rng::from_seed([0; SEED_LEN])
}

/// What is drawn from a seed.
pub(crate) fn from_seed(seed: [u8; SEED_LEN]) -> Random {
    ChaCha20Rng::from_seed(seed)
}
