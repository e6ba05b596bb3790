//! Timer that ends a sleep: timer 0 of Arm's Cortex-M System Design Kit (DDI 0479, section 4.3).

use p2pm_mcu::registers;
use tock_registers::interfaces::Writeable;
use tock_registers::register_structs;
use tock_registers::registers::ReadWrite;

const ADDRESS: usize = 0x4000_0000;

/// In `CTRL`.
const ENABLE: u32 = 1 << 0;
const INTERRUPT_ENABLE: u32 = 1 << 3;

register_structs! {
    Registers {
        (0x0 => control: ReadWrite<u32>),
        (0x4 => value: ReadWrite<u32>),
        (0x8 => reload: ReadWrite<u32>),
        (0xC => interrupt: ReadWrite<u32>),
        (0x10 => @END),
    }
}

/// The timer.
pub struct Timer(&'static Registers);

impl Timer {
    /// Number of its interrupt.
    pub const INTERRUPT: u16 = 8;

    /// The timer in its present state.
    pub fn get() -> Self {
        // SAFETY: this is its address on this board.
        Self(unsafe { registers(ADDRESS) })
    }

    /// Fires once, after this many cycles, at least 1. Replaces an earlier setting.
    pub fn set(&mut self, cycles: u32) {
        self.0.control.set(0);
        self.0.reload.set(0); // it stops at 0
        self.0.value.set(cycles);
        self.0.control.set(ENABLE | INTERRUPT_ENABLE);
    }

    /// Clears the interrupt.
    pub fn acknowledge(&mut self) {
        self.0.interrupt.set(1);
    }
}
