//! The generator of random numbers.

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use embassy_rp::trng::{Instance, Trng};

/// A generator that is as good as its seed, from the chip's own generator (section 12.12 of the data sheet), which is too
/// slow to be asked each time. Its tests of the noise are those that it has by default: they are all on.
pub(crate) fn seeded(trng: &mut Trng<'_, impl Instance>) -> ChaCha20Rng {
    let mut seed = [0; 32];
    trng.blocking_fill_bytes(&mut seed);
    ChaCha20Rng::from_seed(seed)
}
