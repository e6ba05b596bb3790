//! How much strangers may have the program say.

use std::time::{Duration, Instant};

const SECOND: Duration = Duration::from_secs(1);

/// A number of lines for each second, about those who know no password: they cannot flood the screen.
#[derive(Debug)]
pub struct Allowance {
    since: Instant,
    lines: u32,
}

impl Allowance {
    /// Lines a second.
    pub const LINES: u32 = 100;

    /// Starts now.
    pub fn new() -> Self {
        Self { since: Instant::now(), lines: 0 }
    }

    /// Takes a line, if there is one left in this second.
    pub fn take_line(&mut self) -> bool {
        if self.lines == Self::LINES {
            if self.since.elapsed() < SECOND {
                return false;
            }
            *self = Self::new();
        }
        self.lines += 1;
        true
    }
}

impl Default for Allowance {
    fn default() -> Self {
        Self::new()
    }
}
