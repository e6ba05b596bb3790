//! Serial line: UART 0 of Arm's Cortex-M System Design Kit (DDI 0479, section 4.2), with a buffer of one byte
//! each way.

use p2pm_mcu::{Uart, registers};
use tock_registers::interfaces::{Readable, Writeable};
use tock_registers::register_structs;
use tock_registers::registers::{ReadOnly, ReadWrite};

use crate::frequency::CYCLES_PER_SECOND;

const ADDRESS: usize = 0x4000_4000;

/// In `STATE`.
const TRANSMIT_FULL: u32 = 1 << 0;
const RECEIVE_FULL: u32 = 1 << 1;

/// In `CTRL`.
const TRANSMIT_ENABLE: u32 = 1 << 0;
const RECEIVE_ENABLE: u32 = 1 << 1;
const RECEIVE_INTERRUPT_ENABLE: u32 = 1 << 3;

/// In `INTCLEAR`.
const RECEIVE_INTERRUPT: u32 = 1 << 1;

/// Baud rate divisor for 115,200 Bd.
const CYCLES_PER_BIT: u32 = CYCLES_PER_SECOND / 115_200;

register_structs! {
    Registers {
        (0x0 => data: ReadWrite<u32>),
        (0x4 => state: ReadOnly<u32>),
        (0x8 => control: ReadWrite<u32>),
        (0xC => interrupt: ReadWrite<u32>),
        (0x10 => baud_divider: ReadWrite<u32>),
        (0x14 => @END),
    }
}

/// The UART.
pub struct Uart0(&'static Registers);

impl Uart0 {
    /// Number of its interrupt for received bytes.
    pub const INTERRUPT: u16 = 0;

    /// The UART in its present state.
    pub fn get() -> Self {
        // SAFETY: this is its address on this board.
        Self(unsafe { registers(ADDRESS) })
    }

    /// Initialises it.
    pub fn start() -> Self {
        let uart = Self::get();
        uart.0.baud_divider.set(CYCLES_PER_BIT);
        uart.0.control.set(TRANSMIT_ENABLE | RECEIVE_ENABLE | RECEIVE_INTERRUPT_ENABLE);
        uart
    }

    /// Clears the interrupt for received bytes.
    pub fn acknowledge(&mut self) {
        self.0.interrupt.set(RECEIVE_INTERRUPT);
    }
}

impl Uart for Uart0 {
    fn read(&mut self) -> Option<u8> {
        let has_arrived = self.0.state.get() & RECEIVE_FULL != 0;
        has_arrived.then(|| self.0.data.get().to_le_bytes()[0])
    }

    fn write(&mut self, byte: u8) {
        while self.0.state.get() & TRANSMIT_FULL != 0 {}
        self.0.data.set(byte.into());
    }
}
