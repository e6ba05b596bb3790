//! Rate limit for log lines that unauthenticated peers cause.

use core::time::Duration;

use crate::time::Instant;

/// Fixed window of one second with [`LogLimit::LINES`] log lines: unauthenticated peers cannot flood a log.
#[derive(Debug, Default)]
pub struct LogLimit {
    /// Start of the window.
    since: Instant,
    /// Lines taken in the window.
    lines: u32,
}

impl LogLimit {
    /// Lines per window of one second.
    pub const LINES: u32 = 100;

    /// Takes one line of the current window; false if none is left.
    pub fn take_line(&mut self, now: Instant) -> bool {
        if now >= self.since + Duration::from_secs(1) {
            *self = Self { since: now, lines: 0 };
        }
        let is_left = self.lines < Self::LINES;
        if is_left {
            self.lines += 1;
        }
        is_left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_has_a_limited_number_of_lines() {
        let mut limit = LogLimit::default();
        for second in 1..4 {
            let start = Instant::from_millis(second * 1500);
            let end = start + Duration::from_millis(999);
            assert!((0..LogLimit::LINES).all(|_| limit.take_line(start)));
            assert!(!limit.take_line(start) && !limit.take_line(end));
        }
    }
}
