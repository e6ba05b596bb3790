//! Measurement of instructions and stack.

use p2pm_mcu::clock::Clock;
use p2pm_mcu::stack_usage;

/// Frequency of the board's clock in Hz. An instruction takes one nanosecond.
pub const CYCLES_PER_SECOND: u32 = 25_000_000;
const INSTRUCTIONS_PER_CYCLE: u64 = 1_000_000_000 / CYCLES_PER_SECOND as u64;

/// Cost of a piece of work.
#[derive(Clone, Copy, Default)]
pub struct Cost {
    pub instructions: u64,
    /// In bytes, from the frame of the caller.
    pub stack: usize,
}

/// Instructions of `work`, to within one clock cycle; must be fewer than the clock's period, 671 million.
pub fn instructions_of<R>(clock: &Clock, work: impl FnOnce() -> R) -> (R, u64) {
    let start = clock.cycles();
    let result = call(work);
    (result, (clock.cycles() - start) * INSTRUCTIONS_PER_CYCLE)
}

impl Cost {
    /// Adds the cost of `work`. Its stack overlaps with that of previous work.
    pub fn add<R>(&mut self, clock: &Clock, work: impl FnOnce() -> R) -> R {
        let ((result, instructions), stack) = stack_usage::depth_of(|| instructions_of(clock, work));
        self.instructions += instructions;
        self.stack = self.stack.max(stack);
        result
    }
}

/// A call that is not inlined, so that no work is moved across it or onto the caller's stack.
#[inline(never)]
fn call<R>(work: impl FnOnce() -> R) -> R {
    work()
}
