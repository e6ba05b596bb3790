//! Monotonic clock in the core's type.

use std::time::{Duration, Instant as StdInstant};

use p2pm_core::time::Instant;

/// Monotonic clock: milliseconds since its start.
#[derive(Clone, Copy, Debug)]
pub struct Clock(StdInstant);

impl Clock {
    /// Starts a clock at 0.
    pub fn start() -> Self {
        Self(StdInstant::now())
    }

    /// The time, rounded down to whole milliseconds.
    pub fn now(&self) -> Instant {
        Instant::default() + self.0.elapsed()
    }

    /// Time left until `deadline`: zero if it has passed; `None` if `deadline` is, which means never.
    pub fn until(&self, deadline: Option<Instant>) -> Option<Duration> {
        deadline.map(|deadline| deadline.since(self.now()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_shrinks_to_nothing() {
        const LONG: Duration = Duration::from_mins(1);
        let clock = Clock::start();
        let now = clock.now();
        assert_eq!(clock.until(None), None);
        assert_eq!(clock.until(Some(now)), Some(Duration::ZERO));
        let left = clock.until(Some(now + LONG)).unwrap();
        assert!(left <= LONG && left > LONG / 2);
        while clock.now() == now {
            std::hint::spin_loop();
        }
        assert!(clock.now() > now);
    }
}
