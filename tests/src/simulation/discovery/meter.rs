//! Budgets of what a node sends.

use std::time::Duration;

use p2pm_core::time::Instant;

/// Counts against a budget: so many at once, then one for each interval.
#[derive(Clone, Copy)]
pub struct Meter {
    burst: u32,
    interval: Duration,
    /// More, which something has entitled to.
    extra: u32,
    debt: Duration,
    at: Instant,
}

impl Meter {
    pub fn new(burst: u32, interval: Duration) -> Self {
        Self { burst, interval, extra: 0, debt: Duration::ZERO, at: Instant::default() }
    }

    pub fn entitle(&mut self, more: u32) {
        self.extra += more;
    }

    /// Counts one. Returns whether the budget allows it.
    pub fn count(&mut self, now: Instant) -> bool {
        self.debt = self.debt.saturating_sub(now.since(self.at)) + self.interval;
        self.at = now;
        if self.debt > self.interval * self.burst && self.extra > 0 {
            self.extra -= 1;
            self.debt -= self.interval;
        }
        self.debt <= self.interval * self.burst
    }
}
