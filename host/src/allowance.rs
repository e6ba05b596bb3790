//! How much strangers may have a program say, by the clock of the system.

use p2pm_core::allowance;

use crate::wait::Clock;

/// The core's [`Allowance`](allowance::Allowance), for whoever is not told the time.
#[derive(Debug)]
pub struct Allowance {
    allowance: allowance::Allowance,
    clock: Clock,
}

impl Allowance {
    /// Lines a second.
    pub const LINES: u32 = allowance::Allowance::LINES;

    /// Starts now.
    pub fn new() -> Self {
        Self { allowance: allowance::Allowance::default(), clock: Clock::start() }
    }

    /// Takes a line, if there is one left in this second.
    pub fn take_line(&mut self) -> bool {
        self.allowance.take_line(self.clock.now())
    }
}

impl Default for Allowance {
    fn default() -> Self {
        Self::new()
    }
}
