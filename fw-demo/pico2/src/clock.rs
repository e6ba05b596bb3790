//! The clock.

use p2pm_core::time::Instant;
use p2pm_fw::app;

/// The timer of the chip, which counts microseconds from the start in 64 bits, also while the processor sleeps.
pub(crate) struct Clock;

impl app::Clock for Clock {
    fn now(&self) -> Instant {
        Instant::from_millis(embassy_time::Instant::now().as_millis())
    }
}

/// The same moment for timers.
pub(crate) fn moment(at: Instant) -> embassy_time::Instant {
    embassy_time::Instant::from_millis(at.as_millis())
}
