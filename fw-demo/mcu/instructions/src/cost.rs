//! How many instructions something takes, and how much stack.

use p2pm_mcu::clock::Clock;
use p2pm_mcu::stack_usage;

/// Of the board's clock. An instruction takes a nanosecond.
pub const CYCLES_PER_SECOND: u32 = 25_000_000;
const INSTRUCTIONS_PER_CYCLE: u64 = 1_000_000_000 / CYCLES_PER_SECOND as u64;

/// What something takes.
#[derive(Clone, Copy, Default)]
pub struct Cost {
    pub instructions: u64,
    /// In bytes, from where it began.
    pub stack: usize,
}

/// How many instructions this takes, to within a cycle of the clock: fewer than it needs to come round, 671 million.
pub fn instructions_of<R>(clock: &Clock, work: impl FnOnce() -> R) -> (R, u64) {
    let start = clock.cycles();
    let result = call(work);
    (result, (clock.cycles() - start) * INSTRUCTIONS_PER_CYCLE)
}

impl Cost {
    /// Adds what this takes. It has the stack for itself, where that of the others was.
    pub fn add<R>(&mut self, clock: &Clock, work: impl FnOnce() -> R) -> R {
        let ((result, instructions), stack) = stack_usage::depth_of(|| instructions_of(clock, work));
        self.instructions += instructions;
        self.stack = self.stack.max(stack);
        result
    }
}

/// Nothing of what is called is done before or after, or on the stack of whoever calls.
#[inline(never)]
fn call<R>(work: impl FnOnce() -> R) -> R {
    work()
}
