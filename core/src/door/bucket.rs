//! Token bucket, stored as one moment (GCRA).

use core::num::NonZeroU32;
use core::time::Duration;

use crate::time::Instant;

/// Generic cell rate algorithm (ITU-T I.371): each charge adds one interval of debt, debt is paid off as time
/// passes, and a debtor that owes more than the credit waits.
///
/// The state is the moment at which the debt is paid off; a moment in the past means no debt.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    interval: Duration,
    credit: Duration,
}

impl Bucket {
    /// A bucket that allows `burst` charges at once, then one per `interval`.
    pub(super) const fn new(burst: u32, interval: Duration) -> Self {
        Self { interval, credit: interval.saturating_mul(burst.saturating_sub(1)) }
    }

    /// Seconds until a charge is allowed, rounded up; `None` if one is allowed now.
    pub(super) fn wait(self, now: Instant, paid_off: Instant) -> Option<NonZeroU32> {
        let left = paid_off.since(now).saturating_sub(self.credit);
        // No 128-bit division: a Cortex-M has no instruction for it.
        let seconds = left.as_secs().saturating_add((left.subsec_nanos() > 0).into());
        NonZeroU32::new(u32::try_from(seconds).unwrap_or(u32::MAX))
    }

    /// Charges one interval.
    pub(super) fn charge(self, now: Instant, paid_off: &mut Instant) {
        *paid_off = now.max(*paid_off) + self.interval;
    }
}
