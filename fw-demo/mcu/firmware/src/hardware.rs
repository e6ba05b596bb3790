//! What a board has to bring.

use cortex_m::interrupt::InterruptNumber;
use cortex_m::peripheral::NVIC;
use p2pm_fw::settings::Faults;
use smoltcp::phy::Device;

use crate::clock::Clock;
use crate::terminal::Uart;

/// A board, but for what is handed to others: see [`Parts`].
pub trait Hardware {
    /// The Ethernet.
    type Wire: Device + 'static;
    /// The serial line to the user.
    type Uart: Uart;
    /// The numbers of the interrupts by which the Ethernet, the UART and the timer wake the processor.
    const INTERRUPTS: &'static [u16];

    /// The Ethernet, with these faults: a board may have none to offer. For once.
    fn wire(faults: Faults) -> Self::Wire;

    /// Whether a frame has arrived and is not yet taken.
    fn has_frame(&self) -> bool;

    /// Has the Ethernet, the UART and the timer forget why they have woken the processor.
    fn acknowledge(&mut self);

    /// Has the timer fire once, after so many cycles of the processor, at least 1.
    fn set_timer(&mut self, cycles: u32);
}

/// A board, once it is started, but for its Ethernet.
pub struct Parts<H: Hardware> {
    /// The serial line.
    pub uart: H::Uart,
    /// The time.
    pub clock: Clock,
    /// The rest.
    pub hardware: H,
}

/// The registers of a device of the board.
///
/// # Safety
///
/// They are at this address for ever, each that is used is a volatile cell, and the device does not reach into memory.
pub const unsafe fn registers<R>(address: usize) -> &'static R {
    // SAFETY: as the caller says. There is one core, and no handler, so nobody else is at work on them meanwhile.
    unsafe { &*(address as *const R) }
}

#[derive(Clone, Copy)]
struct Interrupt(u16);

// SAFETY: a number of `Hardware::INTERRUPTS`, each of which belongs to one device of the board.
unsafe impl InterruptNumber for Interrupt {
    fn number(self) -> u16 {
        self.0
    }
}

/// From now on the interrupts of the board wake the processor. None is ever taken, so there are no handlers, and
/// nothing can happen between a last look at the devices and falling asleep.
pub(crate) fn enable_interrupts<H: Hardware>() {
    cortex_m::interrupt::disable();
    for number in H::INTERRUPTS {
        // SAFETY: interrupts are disabled for good: no critical section depends on this.
        unsafe { NVIC::unmask(Interrupt(*number)) };
    }
}

/// Clears what woke the processor: only what comes from now on wakes it again.
pub(crate) fn clear_interrupts<H: Hardware>(hardware: &mut H) {
    hardware.acknowledge();
    for number in H::INTERRUPTS {
        NVIC::unpend(Interrupt(*number));
    }
}
