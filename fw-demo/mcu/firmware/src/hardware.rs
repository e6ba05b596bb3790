//! Interface of a board's hardware.

use cortex_m::interrupt::InterruptNumber;
use cortex_m::peripheral::NVIC;
use p2pm_core::{discovery, node};
use p2pm_fw::settings::Faults;
use smoltcp::phy::Device;

use crate::clock::Clock;
use crate::terminal::Uart;

/// Devices of a board, except those handed over in [`Parts`].
pub trait Hardware {
    /// Ethernet.
    type Wire: Device + 'static;
    /// Serial line to the user.
    type Uart: Uart;
    /// Memory of a node of a circle, as much as there is room for.
    type Memory: node::Storage;
    /// Memory of its discovery.
    type Neighbours: discovery::Storage;
    /// Numbers of the interrupts by which Ethernet, UART and timer wake the processor.
    const INTERRUPTS: &'static [u16];

    /// Takes the Ethernet, with these faults, which a board may not support. To be called once.
    fn wire(faults: Faults) -> Self::Wire;

    /// Whether a received frame is waiting.
    fn has_frame(&self) -> bool;

    /// Clears the interrupts of Ethernet, UART and timer in the devices.
    fn acknowledge(&mut self);

    /// Sets the timer to fire once, after this many processor cycles, at least 1.
    fn set_timer(&mut self, cycles: u32);
}

/// A started board without its Ethernet.
pub struct Parts<H: Hardware> {
    /// Serial line.
    pub uart: H::Uart,
    /// Clock.
    pub clock: Clock,
    /// The other devices.
    pub hardware: H,
}

/// Registers of a device of the board.
///
/// # Safety
///
/// They must be at this address for ever, each one that is used must be a volatile cell, and the device must
/// not access memory.
pub const unsafe fn registers<R>(address: usize) -> &'static R {
    // SAFETY: guaranteed by the caller. There is one core and no interrupt handler, so there is no concurrent
    // access.
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

/// Enables the interrupts of the board to wake the processor. None is ever taken, so there are no handlers,
/// and no interrupt is lost between a last look at the devices and the sleep.
pub(crate) fn enable_interrupts<H: Hardware>() {
    cortex_m::interrupt::disable();
    for number in H::INTERRUPTS {
        // SAFETY: interrupts are disabled for good: no critical section depends on this.
        unsafe { NVIC::unmask(Interrupt(*number)) };
    }
}

/// Clears the pending interrupts: only later ones wake the processor.
pub(crate) fn clear_interrupts<H: Hardware>(hardware: &mut H) {
    hardware.acknowledge();
    for number in H::INTERRUPTS {
        NVIC::unpend(Interrupt(*number));
    }
}
