//! How deep the stack has been: the runtime paints it before the program starts, and what is used loses the paint.

use core::ptr::addr_of;

use cortex_m_rt::STACK_PAINT_VALUE;

unsafe extern "C" {
    /// The lowest word that the stack may have.
    static _stack_end: u32;
    /// What is above its highest.
    static _stack_start: u32;
}

/// The most bytes that the stack has had at any time since the start.
pub(crate) fn high_water() -> usize {
    let (mut lowest, end) = (addr_of!(_stack_end), addr_of!(_stack_start));
    // SAFETY: all of it is memory that the linker script sets aside for the stack.
    while lowest < end && unsafe { lowest.read_volatile() } == STACK_PAINT_VALUE {
        lowest = lowest.wrapping_add(1);
    }
    end.addr() - lowest.addr()
}
