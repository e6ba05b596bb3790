//! How many instructions something takes, and how much stack.

use cortex_m::Peripherals;
use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;
use p2pm_mcu::stack;

/// The timer counts down at 25 MHz, and an instruction takes a nanosecond.
const INSTRUCTIONS_PER_TICK: u32 = 40;
/// What the timer begins with, once it has come to zero: 671 million instructions.
const TICKS_MAX: u32 = 0xff_ffff;

/// What something takes.
#[derive(Clone, Copy, Default)]
pub struct Cost {
    pub instructions: u32,
    /// In bytes, from where it began.
    pub stack: usize,
}

/// Starts the timer that instructions are counted with.
pub fn start_clock() {
    if let Some(mut board) = Peripherals::take() {
        board.SYST.set_clock_source(SystClkSource::Core);
        board.SYST.set_reload(TICKS_MAX);
        board.SYST.clear_current();
        board.SYST.enable_counter();
    }
}

/// How many instructions this takes, to within a tick.
pub fn instructions_of<R>(work: impl FnOnce() -> R) -> (R, u32) {
    let start = SYST::get_current();
    let result = call(work);
    let ticks = start.wrapping_sub(SYST::get_current()) & TICKS_MAX;
    (result, ticks * INSTRUCTIONS_PER_TICK)
}

impl Cost {
    /// Adds what this takes. It has the stack for itself, where that of the others was.
    pub fn add<R>(&mut self, work: impl FnOnce() -> R) -> R {
        let ((result, instructions), stack) = stack::depth_of(|| instructions_of(work));
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
