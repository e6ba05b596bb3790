//! Serial line: UART 0 of the LM3S6965 (data sheet, section 12), Arm's PL011, without its FIFOs.

use p2pm_mcu::{Uart, registers};
use tock_registers::interfaces::{Readable, Writeable};
use tock_registers::register_structs;
use tock_registers::registers::{ReadOnly, ReadWrite, WriteOnly};

use crate::frequency::CYCLES_PER_SECOND;

const ADDRESS: usize = 0x4000_C000;

/// In `UARTFR`.
const TRANSMIT_FULL: u32 = 1 << 5;
const RECEIVE_EMPTY: u32 = 1 << 4;

/// In `UARTLCRH`: 8 data bits.
const EIGHT_BITS: u32 = 0b11 << 5;
/// In `UARTCTL`: receiver, transmitter and UART enabled.
const ENABLE: u32 = 1 << 9 | 1 << 8 | 1 << 0;
/// In `UARTIM` and `UARTICR`: a byte has arrived.
const HAS_RECEIVED: u32 = 1 << 4;

/// Baud rate divisor for 115,200 Bd, in 64ths of 16 cycles per bit.
const DIVIDER: u32 = CYCLES_PER_SECOND * 4 / 115_200;

register_structs! {
    Registers {
        (0x00 => data: ReadWrite<u32>),
        (0x04 => _receive_status),
        (0x18 => flags: ReadOnly<u32>),
        (0x1C => _infrared),
        (0x24 => divider_integer: ReadWrite<u32>),
        (0x28 => divider_fraction: ReadWrite<u32>),
        (0x2C => line_control: ReadWrite<u32>),
        (0x30 => control: ReadWrite<u32>),
        (0x34 => _fifo_levels),
        (0x38 => interrupt_mask: ReadWrite<u32>),
        (0x3C => _interrupt_status),
        (0x44 => interrupt_clear: WriteOnly<u32>),
        (0x48 => @END),
    }
}

/// The UART.
pub struct Uart0(&'static Registers);

impl Uart0 {
    /// Number of its interrupt.
    pub const INTERRUPT: u16 = 5;

    /// The UART in its present state.
    pub fn get() -> Self {
        // SAFETY: this is its address on this board.
        Self(unsafe { registers(ADDRESS) })
    }

    /// Initialises it.
    pub fn start() -> Self {
        let uart = Self::get();
        uart.0.control.set(0);
        uart.0.divider_integer.set(DIVIDER / 64);
        uart.0.divider_fraction.set(DIVIDER % 64);
        uart.0.line_control.set(EIGHT_BITS);
        uart.0.interrupt_mask.set(HAS_RECEIVED);
        uart.0.control.set(ENABLE);
        uart
    }

    /// Clears the interrupt for received bytes.
    pub fn acknowledge(&mut self) {
        self.0.interrupt_clear.set(HAS_RECEIVED);
    }
}

impl Uart for Uart0 {
    fn read(&mut self) -> Option<u8> {
        let has_arrived = self.0.flags.get() & RECEIVE_EMPTY == 0;
        has_arrived.then(|| self.0.data.get().to_le_bytes()[0])
    }

    fn write(&mut self, byte: u8) {
        while self.0.flags.get() & TRANSMIT_FULL != 0 {}
        self.0.data.set(byte.into());
    }
}
