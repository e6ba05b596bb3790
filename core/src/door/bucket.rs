//! A token bucket, kept as one moment.

use core::num::NonZeroU32;
use core::time::Duration;

use crate::time::Instant;

/// The generic cell rate algorithm (ITU-T I.371): whatever is charged costs an interval, the intervals pass one after
/// the other, and whoever owes more than a credit of them waits.
///
/// The state is the moment at which all is paid off. One that has passed is as good as none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    interval: Duration,
    credit: Duration,
}

impl Bucket {
    /// `burst` at once, and then one each `interval`.
    pub(super) const fn new(burst: u32, interval: Duration) -> Self {
        Self { interval, credit: interval.saturating_mul(burst.saturating_sub(1)) }
    }

    /// For how many seconds, rounded up, nothing may be charged; `None` if something may.
    pub(super) fn wait(self, now: Instant, paid_off: Instant) -> Option<NonZeroU32> {
        let left = paid_off.since(now).saturating_sub(self.credit);
        // No 128-bit division: a Cortex-M has no instruction for it.
        let seconds = left.as_secs().saturating_add((left.subsec_nanos() > 0).into());
        NonZeroU32::new(u32::try_from(seconds).unwrap_or(u32::MAX))
    }

    /// Charges one.
    pub(super) fn charge(self, now: Instant, paid_off: &mut Instant) {
        *paid_off = now.max(*paid_off) + self.interval;
    }
}
