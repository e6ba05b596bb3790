//! Token bucket, stored as one moment (GCRA).

use core::num::NonZeroU32;
use core::time::Duration;

use super::Instant;

/// Generic cell rate algorithm (ITU-T I.371): each charge adds one interval of debt, debt is paid off as time
/// passes, and a debtor that owes more than the credit waits.
///
/// The state is the moment at which the debt is paid off; a moment in the past means no debt.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    interval: Duration,
    credit: Duration,
}

impl Bucket {
    /// A bucket that allows `burst` charges at once, then one per `interval`.
    pub(crate) const fn new(burst: u32, interval: Duration) -> Self {
        Self { interval, credit: interval.saturating_mul(burst.saturating_sub(1)) }
    }

    /// When a charge is allowed: now, if one is.
    pub(crate) fn allowed_at(self, now: Instant, paid_off: Instant) -> Instant {
        now + paid_off.since(now + self.credit)
    }

    /// Seconds until a charge is allowed, rounded up; `None` if one is allowed now.
    pub(crate) fn wait(self, now: Instant, paid_off: Instant) -> Option<NonZeroU32> {
        // Of 49 days at most, so that it is a division that a Cortex-M has an instruction for.
        let millis = u32::try_from(paid_off.millis_since(now + self.credit)).unwrap_or(u32::MAX);
        NonZeroU32::new(millis.div_ceil(1000))
    }

    /// Whether a charge is allowed now.
    pub(crate) fn allows(self, now: Instant, paid_off: Instant) -> bool {
        paid_off <= now + self.credit
    }

    /// Charges one interval if that is allowed now.
    pub(crate) fn take(self, now: Instant, paid_off: &mut Instant) -> bool {
        let is_allowed = self.allows(now, *paid_off);
        if is_allowed {
            self.charge(now, paid_off);
        }
        is_allowed
    }

    /// Charges one interval.
    pub(crate) fn charge(self, now: Instant, paid_off: &mut Instant) {
        *paid_off = now.max(*paid_off) + self.interval;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_secs(1);
    const NOW: Instant = Instant::from_millis(500);

    #[test]
    fn a_burst_is_allowed_and_then_one_charge_each_interval() {
        let bucket = Bucket::new(3, INTERVAL);
        let mut paid_off = Instant::default();
        for _ in 0..3 {
            assert_eq!(bucket.allowed_at(NOW, paid_off), NOW);
            assert!(bucket.take(NOW, &mut paid_off));
        }
        let mut now = NOW;
        for _ in 0..2 {
            assert!(!bucket.take(now, &mut paid_off));
            now = bucket.allowed_at(now, paid_off);
            assert!(bucket.take(now, &mut paid_off));
        }
        assert_eq!(now, NOW + INTERVAL * 2);
        let rested = now + INTERVAL * 3 / 2;
        assert!(bucket.take(rested, &mut paid_off) && !bucket.take(rested, &mut paid_off));
        assert!(
            bucket.take(now + INTERVAL * 2, &mut paid_off),
            "what half an interval has earned is not lost"
        );
    }
}
