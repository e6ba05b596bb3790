//! Deterministic pseudo-random numbers.

use std::ops::RangeInclusive;
use std::time::Duration;

/// `SplitMix64`: small, and good enough for tests.
pub struct Random(u64);

impl Random {
    /// A generator with this seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// An independent generator, so that one party's choices do not depend on how often another one chose.
    #[must_use]
    pub fn fork(&mut self) -> Self {
        Self(self.number())
    }

    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number in this range.
    ///
    /// # Panics
    ///
    /// If the range is empty.
    pub fn between(&mut self, range: RangeInclusive<usize>) -> usize {
        let choices = range.end() - range.start() + 1;
        let choice = usize::try_from(self.number() % choices as u64).expect("less than a usize");
        range.start() + choice
    }

    /// True with this probability, in percent.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.between(1..=100) <= percent
    }

    /// One of these.
    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.between(0..=choices.len() - 1)]
    }

    /// A duration in this range of milliseconds.
    pub fn millis(&mut self, range: RangeInclusive<usize>) -> Duration {
        Duration::from_millis(self.between(range) as u64)
    }

    /// Any bytes.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.number().to_le_bytes()[0])
    }
}
