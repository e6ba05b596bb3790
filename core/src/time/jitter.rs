//! Random times.

use core::time::Duration;

/// Generator of random times, `splitmix64` (Steele, Lea, Flood 2014). They need not be secret.
pub(crate) struct Jitter(u64);

impl Jitter {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A random duration below `limit`, in milliseconds.
    pub(crate) fn up_to(&mut self, limit: Duration) -> Duration {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let limit = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis((z ^ (z >> 31)) % limit.max(1))
    }

    /// A random duration from `least` on and below `most`.
    pub(crate) fn between(&mut self, least: Duration, most: Duration) -> Duration {
        least.saturating_add(self.up_to(most.saturating_sub(least)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first outputs for this seed of the generator as its authors publish it.
    #[test]
    fn it_is_splitmix64() {
        let mut jitter = Jitter::new(1_234_567);
        for output in [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423] {
            assert_eq!(jitter.up_to(Duration::MAX), Duration::from_millis(output));
        }
    }

    #[test]
    fn a_time_lies_between_its_limits() {
        let mut jitter = Jitter::new(0);
        let [least, most] = [3, 5].map(Duration::from_millis);
        let mut seen = [false; 2];
        for _ in 0..64 {
            let time = jitter.between(least, most);
            assert!(least <= time && time < most);
            seen[usize::from(time > least)] = true;
        }
        assert_eq!(seen, [true; 2], "each one comes");
        assert_eq!(jitter.up_to(Duration::ZERO), Duration::ZERO);
    }
}
