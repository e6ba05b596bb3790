//! Ethernet controller LAN9118 of SMSC, after its data sheet of 2007, without the delays that the chip needs
//! between accesses and after a reset and the emulated one does not. Frames cross a FIFO word by word.

use p2pm_fw::net::{Controller, FRAME_MAX};
use p2pm_mcu::registers;
use smoltcp::wire::EthernetAddress;
use tock_registers::interfaces::{Readable, Writeable};
use tock_registers::register_structs;
use tock_registers::registers::{ReadOnly, ReadWrite, WriteOnly};

const ADDRESS: usize = 0x4020_0000;

/// In `IRQ_CFG`: enabled, active high, push-pull.
const INTERRUPT_LINE: u32 = 1 << 8 | 1 << 4 | 1 << 0;
/// In `INT_STS` and `INT_EN`: the number of received frames exceeds the level, which is 0.
const HAS_RECEIVED: u32 = 1 << 3;

/// In `HW_CFG`: reset; reads as zero when done.
const SOFT_RESET: u32 = 1 << 0;
/// In `HW_CFG`: send a frame once it is complete; required.
const STORE_AND_FORWARD: u32 = 1 << 20;
/// In `HW_CFG`: 5 of the 16 kB of memory are for sending.
const TRANSMIT_MEMORY: u32 = 5 << 16;
/// In `TX_CFG`.
const TRANSMITTER_ON: u32 = 1 << 1;

/// In `MAC_CSR_CMD`: the command is in progress.
const BUSY: u32 = 1 << 31;
/// Registers accessed by `MAC_CSR_CMD`.
const MAC_CONTROL: u32 = 1;
const MAC_ADDRESS_HIGH: u32 = 2;
const MAC_ADDRESS_LOW: u32 = 3;
/// In `MAC_CONTROL`: full duplex, frames for all groups, transmitter and receiver enabled.
const MAC_ENABLE: u32 = 1 << 20 | 1 << 19 | 1 << 3 | 1 << 2;

/// In the status of a received frame: it is broken.
const RECEIVED_ERROR: u32 = 1 << 15;
/// In the first command word of a frame to be sent: the frame is in one buffer.
const WHOLE_FRAME: u32 = 1 << 13 | 1 << 12;

/// Checksum at the end of a received frame.
const CHECKSUM_LEN: usize = 4;
/// The two command words before a frame to be sent.
const COMMAND_LEN: usize = 8;

register_structs! {
    Registers {
        (0x00 => receive_data: ReadOnly<u32>),
        (0x04 => _receive_data_aliases),
        (0x20 => transmit_data: WriteOnly<u32>),
        (0x24 => _transmit_data_aliases),
        (0x40 => receive_status: ReadOnly<u32>),
        (0x44 => _receive_status_peek),
        (0x48 => transmit_status: ReadOnly<u32>),
        (0x4C => _transmit_status_peek),
        (0x54 => interrupt_configuration: ReadWrite<u32>),
        (0x58 => interrupt_status: ReadWrite<u32>),
        (0x5C => interrupt_enable: ReadWrite<u32>),
        (0x60 => _byte_test),
        (0x68 => fifo_levels: ReadWrite<u32>),
        (0x6C => _receive_configuration),
        (0x70 => transmit_configuration: ReadWrite<u32>),
        (0x74 => hardware_configuration: ReadWrite<u32>),
        (0x78 => _receive_control),
        (0x7C => receive_fifo: ReadOnly<u32>),
        (0x80 => transmit_fifo: ReadOnly<u32>),
        (0x84 => _power_and_timers),
        (0xA4 => mac_command: ReadWrite<u32>),
        (0xA8 => mac_data: ReadWrite<u32>),
        (0xAC => @END),
    }
}

/// The controller.
pub struct Lan9118(&'static Registers);

impl Lan9118 {
    /// Number of its interrupt.
    pub const INTERRUPT: u16 = 13;

    /// The controller in its present state.
    pub fn get() -> Self {
        // SAFETY: this is its address on this board.
        Self(unsafe { registers(ADDRESS) })
    }

    /// Resets it, and starts to receive frames for this address, groups and broadcasts.
    pub fn start(address: EthernetAddress) -> Self {
        let controller = Self::get();
        let registers = controller.0;
        registers.hardware_configuration.set(SOFT_RESET);
        while registers.hardware_configuration.get() & SOFT_RESET != 0 {}
        registers.hardware_configuration.set(STORE_AND_FORWARD | TRANSMIT_MEMORY);
        let [low @ .., fifth, sixth] = address.0;
        controller.set_mac(MAC_ADDRESS_HIGH, u32::from_le_bytes([fifth, sixth, 0, 0]));
        controller.set_mac(MAC_ADDRESS_LOW, u32::from_le_bytes(low));
        controller.set_mac(MAC_CONTROL, MAC_ENABLE);
        registers.transmit_configuration.set(TRANSMITTER_ON);
        registers.fifo_levels.set(0);
        registers.interrupt_enable.set(HAS_RECEIVED);
        registers.interrupt_configuration.set(INTERRUPT_LINE);
        controller
    }

    fn set_mac(&self, register: u32, value: u32) {
        self.0.mac_data.set(value);
        self.0.mac_command.set(BUSY | register);
        while self.0.mac_command.get() & BUSY != 0 {}
    }

    /// Whether a frame has arrived.
    pub fn has_frame(&self) -> bool {
        self.0.receive_fifo.get() >> 16 & 0xFF != 0
    }

    /// Clears the interrupt for received frames.
    pub fn acknowledge(&mut self) {
        self.0.interrupt_status.set(HAS_RECEIVED);
    }

    /// Reads the words of a frame, of which the last may be partial.
    fn read_words(&self, len: usize, into: &mut [u8]) {
        let mut words = into.chunks_mut(4);
        for _ in 0..len.div_ceil(4) {
            let word = self.0.receive_data.get().to_le_bytes();
            // Bytes that do not fit are discarded.
            for (place, byte) in words.next().unwrap_or_default().iter_mut().zip(word) {
                *place = byte;
            }
        }
    }
}

impl Controller for Lan9118 {
    fn receive(&mut self, into: &mut [u8; FRAME_MAX]) -> Option<usize> {
        if !self.has_frame() {
            return None;
        }
        let status = self.0.receive_status.get();
        let len = (status >> 16 & 0x3FFF) as usize;
        self.read_words(len, into);
        let frame = len.checked_sub(CHECKSUM_LEN)?;
        (status & RECEIVED_ERROR == 0).then_some(frame)
    }

    fn send(&mut self, frame: &[u8]) {
        let fifo = self.0.transmit_fifo.get();
        let (sent, room) = (fifo >> 16 & 0xFF, (fifo & 0xFFFF) as usize);
        for _ in 0..sent {
            // Discards the status of earlier frames; TCP recovers from losses.
            self.0.transmit_status.get();
        }
        let Ok(len) = u32::try_from(frame.len()) else { return };
        if room < COMMAND_LEN + frame.len().next_multiple_of(4) {
            return;
        }
        self.0.transmit_data.set(WHOLE_FRAME | len);
        self.0.transmit_data.set(len);
        for chunk in frame.chunks(4) {
            let mut word = [0; 4];
            for (place, byte) in word.iter_mut().zip(chunk) {
                *place = *byte;
            }
            self.0.transmit_data.set(u32::from_le_bytes(word));
        }
    }
}
