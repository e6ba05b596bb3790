//! Timer that ends a sleep: timer 0 of the LM3S6965 (data sheet, section 10), 32 bits wide.

use p2pm_mcu::registers;
use tock_registers::interfaces::Writeable;
use tock_registers::register_structs;
use tock_registers::registers::{ReadWrite, WriteOnly};

const ADDRESS: usize = 0x4003_0000;

/// In `GPTMCFG`: both halves joined.
const OF_32_BITS: u32 = 0;
/// In `GPTMTAMR`: one-shot.
const ONE_SHOT: u32 = 1;
/// In `GPTMCTL`.
const ENABLE: u32 = 1 << 0;
/// In `GPTMIMR` and `GPTMICR`: the count has reached 0.
const TIMED_OUT: u32 = 1 << 0;

register_structs! {
    Registers {
        (0x00 => configuration: ReadWrite<u32>),
        (0x04 => mode: ReadWrite<u32>),
        (0x08 => _mode_b),
        (0x0C => control: ReadWrite<u32>),
        (0x10 => _reserved),
        (0x18 => interrupt_mask: ReadWrite<u32>),
        (0x1C => _interrupt_status),
        (0x24 => interrupt_clear: WriteOnly<u32>),
        (0x28 => interval: ReadWrite<u32>),
        (0x2C => @END),
    }
}

/// The timer.
pub struct Timer(&'static Registers);

impl Timer {
    /// Number of its interrupt.
    pub const INTERRUPT: u16 = 19;

    /// The timer in its present state.
    pub fn get() -> Self {
        // SAFETY: this is its address on this board.
        Self(unsafe { registers(ADDRESS) })
    }

    /// Fires once, after this many cycles, at least 1. Replaces an earlier setting.
    pub fn set(&mut self, cycles: u32) {
        self.0.control.set(0);
        self.0.configuration.set(OF_32_BITS);
        self.0.mode.set(ONE_SHOT);
        self.0.interval.set(cycles);
        self.0.interrupt_mask.set(TIMED_OUT);
        self.0.control.set(ENABLE);
    }

    /// Clears the interrupt.
    pub fn acknowledge(&mut self) {
        self.0.interrupt_clear.set(TIMED_OUT);
    }
}
