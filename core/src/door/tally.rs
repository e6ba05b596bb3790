//! Count of wrong passwords over all networks, to warn the operator of an attack.

use core::fmt;

use heapless::Deque;

use crate::limits::{MANY_GUESSES, MANY_GUESSES_PERIOD};
use crate::time::Instant;

/// Warning: [`MANY_GUESSES`] wrong passwords within [`MANY_GUESSES_PERIOD`], from all networks. Displayed as
/// a log line.
///
/// There is no global lockout: with one, any attacker could lock out every user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ManyGuesses;

/// In 32 bits: nothing else in the core formats 64, for which a small device would need more code.
#[allow(clippy::cast_possible_truncation, reason = "an hour")]
const PERIOD_MINUTES: u32 = (MANY_GUESSES_PERIOD.as_secs() / 60) as u32;

impl fmt::Display for ManyGuesses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "warning: {MANY_GUESSES} wrong passwords within {PERIOD_MINUTES} minutes")
    }
}

/// Times of the latest wrong guesses, and the limit on warnings.
#[derive(Debug)]
pub(super) struct Tally {
    /// Oldest first.
    guesses: Deque<Instant, MANY_GUESSES>,
    /// No warning before this moment, because one was given.
    quiet_until: Instant,
}

impl Tally {
    /// No guesses yet.
    pub(super) const fn new() -> Self {
        Self { guesses: Deque::new(), quiet_until: Instant::from_millis(0) }
    }

    /// Records a wrong guess; returns a warning at most once per period.
    pub(super) fn record(&mut self, now: Instant) -> Option<ManyGuesses> {
        if self.guesses.is_full() {
            self.guesses.pop_front();
        }
        // Cannot fail: there is room.
        let _ = self.guesses.push_back(now);
        let since = self.guesses.front().filter(|_| self.guesses.is_full())?;
        if now.since(*since) > MANY_GUESSES_PERIOD || now < self.quiet_until {
            return None;
        }
        self.quiet_until = now + MANY_GUESSES_PERIOD;
        Some(ManyGuesses)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use core::time::Duration;
    use std::string::ToString;

    use super::*;

    /// Which of `guesses` wrong guesses, one per `interval`, cause a warning.
    fn warned_of(guesses: u32, interval: Duration) -> std::vec::Vec<u32> {
        let mut tally = Tally::new();
        let mut at = |guess: &u32| tally.record(Instant::from_millis(5) + interval * (*guess - 1)).is_some();
        (1..=guesses).filter(|guess| at(guess)).collect()
    }

    #[test]
    fn a_hundred_guesses_within_an_hour_cause_one_warning() {
        assert_eq!(warned_of(99, Duration::ZERO), []);
        assert_eq!(warned_of(1000, Duration::ZERO), [100]);
        // The first and the hundredth are an hour apart, or more.
        assert_eq!(warned_of(101, Duration::from_hours(1) / 99), [100]);
        assert_eq!(warned_of(1000, Duration::from_secs(3601) / 99), []);
    }

    #[test]
    fn the_warning_is_repeated_an_hour_later() {
        // One each ten seconds: 360 an hour.
        assert_eq!(warned_of(1000, Duration::from_secs(10)), [100, 460, 820]);
    }

    #[test]
    fn the_warning_is_one_line() {
        assert_eq!(ManyGuesses.to_string(), "warning: 100 wrong passwords within 60 minutes");
    }
}
