//! Time as the caller gives it: the core has no clock.

use core::fmt;
use core::num::NonZeroU64;
use core::ops::Add;
use core::time::Duration;

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
