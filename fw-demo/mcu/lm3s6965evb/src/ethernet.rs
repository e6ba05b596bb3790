//! The Ethernet controller of the LM3S6965 (data sheet, section 15). Frames cross a FIFO word by word, each with two
//! bytes before it that say how long it is.

use p2pm_fw::net::{Controller, FRAME_MAX};
use p2pm_mcu::registers;
use smoltcp::wire::EthernetAddress;
use tock_registers::interfaces::{Readable, Writeable};
use tock_registers::register_structs;
use tock_registers::registers::{ReadOnly, ReadWrite};

const ADDRESS: usize = 0x4004_8000;

/// In `MACRIS` and `MACIM`: a frame has arrived.
const HAS_RECEIVED: u32 = 1 << 0;
/// In `MACRCTL`: the FIFO is emptied, broken frames are left out, the receiver is enabled.
const RESET_FIFO: u32 = 1 << 4;
const RECEIVE: u32 = 1 << 3 | 1 << 0;
/// In `MACTCTL`: full duplex, a checksum and padding are added, the transmitter is enabled.
const TRANSMIT: u32 = 1 << 4 | 1 << 2 | 1 << 1 | 1 << 0;
/// In `MACTR`: what is in the FIFO is sent, until it reads as zero.
const SEND: u32 = 1 << 0;
/// In `MACNP`: how many frames have arrived.
const FRAMES: u32 = 0x3F;

/// The length before a frame, which on the way in counts itself and what follows, and on the way out the payload.
const LENGTH_LEN: usize = 2;
/// The checksum at the end of a frame that has arrived.
const CHECKSUM_LEN: usize = 4;
/// The header of Ethernet: both addresses and the type.
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
    /// The number of its interrupt.
    pub const INTERRUPT: u16 = 42;

    /// The controller is as it was left.
    pub fn get() -> Self {
        // SAFETY: that is where the board has them.
        Self(unsafe { registers(ADDRESS) })
    }

    /// Has it take in frames for this address and for everybody.
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

    /// Frames have arrived, and that is known.
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
        // What there is no room for is not wanted, but has to be read.
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
