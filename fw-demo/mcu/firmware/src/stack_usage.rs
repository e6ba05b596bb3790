//! How deep the stack has been: the runtime paints it before the program starts, and what is used loses the paint.
//! What is painted again holds nothing of what was there.

use core::ptr::{addr_of, addr_of_mut};
use core::sync::atomic::{AtomicUsize, Ordering};

use cortex_m::register::msp;
use cortex_m_rt::STACK_PAINT_VALUE;

unsafe extern "C" {
    /// The lowest word that the stack may have.
    static mut _stack_end: u32;
    /// What is above its highest.
    static _stack_start: u32;
}

/// The lowest address that was in use when the stack was last wiped, or before.
static LOWEST_WIPED: AtomicUsize = AtomicUsize::new(usize::MAX);

/// The most bytes that the stack has had at any time since the start.
pub fn high_water() -> usize {
    let lowest = lowest_used().min(LOWEST_WIPED.load(Ordering::Relaxed));
    addr_of!(_stack_start).addr() - lowest
}

/// Leaves nothing on the stack of what has been there, below the caller: copies of secrets, which every move makes.
#[inline(never)]
pub fn wipe() {
    LOWEST_WIPED.fetch_min(lowest_used(), Ordering::Relaxed);
    let mut word = addr_of_mut!(_stack_end);
    // Nothing is called from here on, and there are no handlers.
    let end = msp::read() as usize;
    while word.addr() < end {
        // SAFETY: it belongs to the stack, and is not in use.
        unsafe { word.write_volatile(STACK_PAINT_VALUE) };
        word = word.wrapping_add(1);
    }
}

/// How many bytes of stack this takes.
#[inline(never)]
pub fn depth_of<R>(work: impl FnOnce() -> R) -> (R, usize) {
    let top = msp::read() as usize;
    wipe();
    let result = work();
    (result, top - lowest_used())
}

/// The address of the lowest word without paint.
fn lowest_used() -> usize {
    let (mut word, end) = (addr_of!(_stack_end), addr_of!(_stack_start));
    // SAFETY: all of it is memory that the linker script sets aside for the stack.
    while word < end && unsafe { word.read_volatile() } == STACK_PAINT_VALUE {
        word = word.wrapping_add(1);
    }
    word.addr()
}
