//! When a datagram is sent, and again: rounds with random times between them.

use core::time::Duration;

use crate::time::Instant;

/// Rounds of datagrams. A round is sent step by step, since the caller takes one datagram at a time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Series {
    /// When the next round begins.
    due: Option<Instant>,
    /// Rounds that have not begun.
    left: u8,
    /// The next step of the round in progress.
    step: Option<usize>,
}

impl Series {
    pub(super) const IDLE: Self = Self { due: None, left: 0, step: None };

    /// That many rounds, the first one at `at`. They replace those that are left.
    pub(super) fn begin(&mut self, at: Instant, rounds: u8) {
        (self.due, self.left) = (Some(at), rounds);
    }

    /// As [`Series::begin`], unless rounds are left that begin earlier.
    pub(super) fn begin_by(&mut self, at: Instant, rounds: u8) {
        if self.due.is_none_or(|due| due > at) {
            self.begin(at, rounds);
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.due
    }

    /// Whether all rounds are sent.
    pub(super) fn is_over(&self) -> bool {
        self.due.is_none() && self.step.is_none()
    }

    /// Begins a round if it is due; the next one is due after `interval`. Returns whether it has begun the last one.
    pub(super) fn handle_timeout(&mut self, now: Instant, interval: Duration) -> bool {
        if self.due.is_none_or(|due| due > now) {
            return false;
        }
        self.step = Some(0);
        self.left = self.left.saturating_sub(1);
        self.due = (self.left > 0).then_some(now + interval);
        self.left == 0
    }

    /// What `make` makes of the next step of the round in progress; it skips those of which it makes nothing. The round
    /// ends with the steps of `plan`.
    pub(super) fn next<T, U>(&mut self, plan: &[T], mut make: impl FnMut(&T) -> Option<U>) -> Option<U> {
        let from = self.step?;
        let mut after = from;
        let found = plan.iter().skip(from).find_map(|step| {
            after = after.saturating_add(1);
            make(step)
        });
        self.step = found.is_some().then_some(after);
        found
    }
}
