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
        // Of 49 days at most, so that it is a division that a Cortex-M has an instruction for.
        let millis = u32::try_from(paid_off.millis_since(now + self.credit)).unwrap_or(u32::MAX);
        NonZeroU32::new(millis.div_ceil(1000))
    }

    /// Charges one interval.
    pub(super) fn charge(self, now: Instant, paid_off: &mut Instant) {
        *paid_off = now.max(*paid_off) + self.interval;
    }
}
