//! How much strangers may have a program say.

use core::time::Duration;

use crate::time::Instant;

/// A number of lines for each second, about those who know no password: they cannot flood the screen.
#[derive(Debug, Default)]
pub struct Allowance {
    /// When the second began.
    since: Instant,
    /// How many were taken in it.
    lines: u32,
}

impl Allowance {
    /// Lines a second.
    pub const LINES: u32 = 100;

    /// Takes a line, if there is one left in this second.
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
    fn there_are_so_many_lines_in_a_second_and_no_more() {
        let mut allowance = Allowance::default();
        for second in 1..4 {
            let start = Instant::from_millis(second * 1500);
            let end = start + Duration::from_millis(999);
            assert!((0..Allowance::LINES).all(|_| allowance.take_line(start)));
            assert!(!allowance.take_line(start) && !allowance.take_line(end));
        }
    }
}
