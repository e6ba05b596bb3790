//! Ethernet controller of the LM3S6965 (data sheet, section 15). Frames cross a FIFO word by word, each
//! preceded by two bytes with its length.

use p2pm_fw::net::{Controller, FRAME_MAX};
use p2pm_mcu::registers;
use smoltcp::wire::EthernetAddress;
use tock_registers::interfaces::{Readable, Writeable};
use tock_registers::register_structs;
use tock_registers::registers::{ReadOnly, ReadWrite};

const ADDRESS: usize = 0x4004_8000;

/// In `MACRIS` and `MACIM`: a frame has arrived.
const HAS_RECEIVED: u32 = 1 << 0;
/// In `MACRCTL`: empty the FIFO; drop broken frames, receive those for all groups, enable the receiver.
const RESET_FIFO: u32 = 1 << 4;
const RECEIVE: u32 = 1 << 3 | 1 << 1 | 1 << 0;
/// In `MACTCTL`: full duplex, add checksum and padding, enable the transmitter.
const TRANSMIT: u32 = 1 << 4 | 1 << 2 | 1 << 1 | 1 << 0;
/// In `MACTR`: send the FIFO's content; reads as zero when done.
const SEND: u32 = 1 << 0;
/// In `MACNP`: number of received frames.
const FRAMES: u32 = 0x3F;

/// Length field before a frame: when received, it counts itself and the frame; when sent, the payload.
const LENGTH_LEN: usize = 2;
/// Checksum at the end of a received frame.
const CHECKSUM_LEN: usize = 4;
/// Ethernet header: both addresses and the type.
const HEADER_LEN: usize = 14;

register_structs! {
    Registers {
        (0x00 => interrupts: ReadWrite<u32>),
        (0x04 => interrupt_mask: ReadWrite<u32>),
        (0x08 => receive_control: ReadWrite<u32>),
        (0x0C => transmit_control: ReadWrite<u32>),
        (0x10 => data: ReadWrite<u32>),
        (0x14 => address_low: ReadWrite<u32>),
        (0x18 => address_high: ReadWrite<u32>),
        (0x1C => _management),
        (0x34 => frames: ReadOnly<u32>),
        (0x38 => transmit_request: ReadWrite<u32>),
        (0x3C => @END),
    }
}

/// The controller.
pub struct Stellaris(&'static Registers);

impl Stellaris {
    /// Number of its interrupt.
    pub const INTERRUPT: u16 = 42;

    /// The controller in its present state.
    pub fn get() -> Self {
        // SAFETY: this is its address on this board.
        Self(unsafe { registers(ADDRESS) })
    }

    /// Starts to receive frames for this address, groups and broadcasts.
    pub fn start(address: EthernetAddress) -> Self {
        let controller = Self::get();
        let registers = controller.0;
        let [low @ .., fifth, sixth] = address.0;
        registers.address_low.set(u32::from_le_bytes(low));
        registers.address_high.set(u32::from_le_bytes([fifth, sixth, 0, 0]));
        registers.receive_control.set(RESET_FIFO);
        registers.transmit_control.set(TRANSMIT);
        registers.interrupt_mask.set(HAS_RECEIVED);
        registers.receive_control.set(RECEIVE);
        controller
    }

    /// Whether a frame has arrived.
    pub fn has_frame(&self) -> bool {
        self.0.frames.get() & FRAMES != 0
    }

    /// Clears the interrupt for received frames.
    pub fn acknowledge(&mut self) {
        self.0.interrupts.set(HAS_RECEIVED);
    }
}

impl Controller for Stellaris {
    fn receive(&mut self, into: &mut [u8; FRAME_MAX]) -> Option<usize> {
        if !self.has_frame() {
            return None;
        }
        let [low, high, first, second] = self.0.data.get().to_le_bytes();
        let len = usize::from(u16::from_le_bytes([low, high]));
        let rest = (1..len.div_ceil(4)).flat_map(|_| self.0.data.get().to_le_bytes());
        // Bytes that do not fit are read and discarded.
        let mut places = into.iter_mut();
        for byte in [first, second].into_iter().chain(rest) {
            if let Some(place) = places.next() {
                *place = byte;
            }
        }
        len.checked_sub(LENGTH_LEN + CHECKSUM_LEN)
    }

    fn send(&mut self, frame: &[u8]) {
        let Some(payload) = frame.len().checked_sub(HEADER_LEN) else { return };
        while self.0.transmit_request.get() & SEND != 0 {}
        let [low, high, ..] = payload.to_le_bytes();
        let mut bytes = [low, high].into_iter().chain(frame.iter().copied());
        for _ in 0..(LENGTH_LEN + frame.len()).div_ceil(4) {
            let word = [(); 4].map(|()| bytes.next().unwrap_or(0));
            self.0.data.set(u32::from_le_bytes(word));
        }
        self.0.transmit_request.set(SEND);
    }
}
