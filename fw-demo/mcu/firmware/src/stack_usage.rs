//! Stack painting: the runtime fills the stack with a pattern before the program starts, and the deepest
//! overwritten word shows the usage. Painting again also wipes what was there.

use core::ptr::{addr_of, addr_of_mut};
use core::sync::atomic::{AtomicUsize, Ordering};

use cortex_m::register::msp;
use cortex_m_rt::STACK_PAINT_VALUE;

unsafe extern "C" {
    /// Lowest word of the stack.
    static mut _stack_end: u32;
    /// First word above the stack.
    static _stack_start: u32;
}

/// Lowest address in use at any wipe.
static LOWEST_WIPED: AtomicUsize = AtomicUsize::new(usize::MAX);

/// Largest stack usage since the start, in bytes.
pub fn high_water() -> usize {
    let lowest = lowest_used().min(LOWEST_WIPED.load(Ordering::Relaxed));
    addr_of!(_stack_start).addr() - lowest
}

/// Wipes the stack below the caller, where moves leave copies of secrets.
#[inline(never)]
pub fn wipe() {
    LOWEST_WIPED.fetch_min(lowest_used(), Ordering::Relaxed);
    let mut word = addr_of_mut!(_stack_end);
    // From here on nothing is called, and there are no interrupt handlers.
    let end = msp::read() as usize;
    while word.addr() < end {
        // SAFETY: it belongs to the stack, and is not in use.
        unsafe { word.write_volatile(STACK_PAINT_VALUE) };
        word = word.wrapping_add(1);
    }
}

/// Stack usage of `work`, in bytes.
#[inline(never)]
pub fn depth_of<R>(work: impl FnOnce() -> R) -> (R, usize) {
    let top = msp::read() as usize;
    wipe();
    let result = work();
    (result, top - lowest_used())
}

/// Lowest address without the pattern.
fn lowest_used() -> usize {
    let (mut word, end) = (addr_of!(_stack_end), addr_of!(_stack_start));
    // SAFETY: all of it is memory that the linker script reserves for the stack.
    while word < end && unsafe { word.read_volatile() } == STACK_PAINT_VALUE {
        word = word.wrapping_add(1);
    }
    word.addr()
}
