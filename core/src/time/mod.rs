//! Time as the caller gives it: the core has no clock.

mod bucket;
mod jitter;

use core::fmt;
use core::num::NonZeroU64;
use core::ops::Add;
use core::time::Duration;

pub(crate) use self::bucket::Bucket;
pub(crate) use self::jitter::Jitter;

/// Monotonic time in milliseconds since an origin of the caller's choosing. It must never run backwards.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(
    /// The milliseconds plus 1, so that an optional deadline takes no more memory than a deadline.
    NonZeroU64,
);

const _: () = assert!(size_of::<Option<Instant>>() == size_of::<u64>());

impl Instant {
    /// The moment `millis` milliseconds after the origin; saturates at `u64::MAX - 1`.
    pub const fn from_millis(millis: u64) -> Self {
        Self(NonZeroU64::MIN.saturating_add(millis))
    }

    /// Milliseconds since the origin.
    pub const fn as_millis(self) -> u64 {
        self.0.get() - 1
    }

    /// Time elapsed since `earlier`; zero if that is later.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.millis_since(earlier))
    }

    /// [`Instant::since`] in milliseconds, which takes no division.
    pub(crate) const fn millis_since(self, earlier: Self) -> u64 {
        self.0.get().saturating_sub(earlier.0.get())
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Instant({})", self.as_millis())
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Instant {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Instant({})", self.as_millis());
    }
}

impl Default for Instant {
    /// The origin.
    fn default() -> Self {
        Self::from_millis(0)
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    /// Saturates.
    fn add(self, delay: Duration) -> Self {
        // In 64 bits: `Duration::as_millis` has 128.
        let millis = delay.as_secs().saturating_mul(1000).saturating_add(delay.subsec_millis().into());
        Self(self.0.saturating_add(millis))
    }
}

/// The earlier of two deadlines, where `None` means never.
pub fn earliest(a: Option<Instant>, b: Option<Instant>) -> Option<Instant> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::format;

    use super::*;

    const EARLY: Instant = Instant::from_millis(5);
    const LATE: Instant = Instant::from_millis(2_300);

    #[test]
    fn time_is_counted_in_milliseconds_and_saturates() {
        assert_eq!(LATE.as_millis(), 2_300);
        assert_eq!(LATE.since(EARLY), Duration::from_millis(2_295));
        assert_eq!(EARLY.since(LATE), Duration::ZERO);
        assert_eq!(EARLY + Duration::from_micros(2_295_999), LATE);
        let end = Instant::from_millis(u64::MAX);
        assert_eq!(end.as_millis(), u64::MAX - 1);
        assert_eq!(EARLY + Duration::MAX, end);
        assert_eq!(Instant::default().as_millis(), 0);
        assert_eq!(format!("{LATE:?}"), "Instant(2300)");
    }

    #[test]
    fn the_earliest_of_two_deadlines_is_one_of_them() {
        assert_eq!(earliest(None, None), None);
        for never in [earliest(Some(LATE), None), earliest(None, Some(LATE))] {
            assert_eq!(never, Some(LATE));
        }
        for both in [earliest(Some(EARLY), Some(LATE)), earliest(Some(LATE), Some(EARLY))] {
            assert_eq!(both, Some(EARLY));
        }
    }
}
