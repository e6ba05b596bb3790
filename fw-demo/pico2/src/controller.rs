//! The Ethernet controller W5500. It has a TCP/IP stack of its own, which is not used: socket 0 can carry whole frames, and
//! smoltcp does the rest, as on any other board.

use p2pm_fw::net::{Controller, FRAME_MAX};
use w5500_ll::net::Eui48Addr;
use w5500_ll::{
    BufferSize, Protocol, Registers, SOCKETS, Sn, SocketCommand, SocketInterrupt, SocketInterruptMask,
    SocketMode,
};

/// Length of what is before each received frame: its length, with these two bytes.
const HEADER_LEN: u16 = 2;
/// What the chip says of itself.
const VERSION: u8 = 4;
/// How often it is asked whether a command is done.
const ASKED_MAX: usize = 1000;

/// A controller, by its registers.
pub(crate) struct Wiznet<R>(R);

impl<R: Registers> Wiznet<R> {
    /// Starts the controller with this hardware address, after its reset; `None` if none answers. It interrupts when a frame
    /// comes.
    ///
    /// The filter for addresses stays off: it would let no frame for a group pass, and nobody would be found.
    pub(crate) fn start(chip: R, hardware: [u8; 6]) -> Option<Self> {
        let mut wiznet = Self(chip);
        (wiznet.0.version().ok()? == VERSION).then_some(())?;
        wiznet.set_up(hardware).ok()?;
        Some(wiznet)
    }

    fn set_up(&mut self, hardware: [u8; 6]) -> Result<(), R::Error> {
        let Self(chip) = self;
        chip.set_shar(&Eui48Addr { octets: hardware })?;
        for sn in SOCKETS {
            let size = if sn == Sn::Sn0 { BufferSize::KB16 } else { BufferSize::KB0 };
            chip.set_sn_rxbuf_size(sn, size)?;
            chip.set_sn_txbuf_size(sn, size)?;
        }
        chip.set_sn_mr(Sn::Sn0, SocketMode::DEFAULT.set_protocol(Protocol::Macraw))?;
        chip.set_sn_imr(Sn::Sn0, SocketInterruptMask::ALL_MASKED.unmask_recv())?;
        chip.set_simr(1)?;
        self.command(SocketCommand::Open)
    }

    /// A command is done once the chip has cleared the register, which takes it less than it takes to ask. One that does not
    /// answer any more is not waited for.
    fn command(&mut self, command: SocketCommand) -> Result<(), R::Error> {
        self.0.set_sn_cr(Sn::Sn0, command)?;
        for _ in 0..ASKED_MAX {
            if self.0.sn_cr(Sn::Sn0)? == 0 {
                break;
            }
        }
        Ok(())
    }

    fn try_receive(&mut self, into: &mut [u8; FRAME_MAX]) -> Result<Option<usize>, R::Error> {
        // Whatever comes from now on interrupts again.
        self.0.set_sn_ir(Sn::Sn0, SocketInterrupt::RECV_MASK)?;
        let waiting = self.0.sn_rx_rsr(Sn::Sn0)?;
        if waiting < HEADER_LEN {
            return Ok(None);
        }
        let start = self.0.sn_rx_rd(Sn::Sn0)?;
        let mut header = [0; HEADER_LEN as usize];
        self.0.sn_rx_buf(Sn::Sn0, start, &mut header)?;
        // A length that cannot be makes all of the rest unreadable.
        let whole = u16::from_be_bytes(header);
        let whole = if (HEADER_LEN..=waiting).contains(&whole) { whole } else { waiting };
        let len = usize::from(whole.saturating_sub(HEADER_LEN));
        if let Some(frame) = into.get_mut(..len) {
            self.0.sn_rx_buf(Sn::Sn0, start.wrapping_add(HEADER_LEN), frame)?;
        }
        self.0.set_sn_rx_rd(Sn::Sn0, start.wrapping_add(whole))?;
        self.command(SocketCommand::Recv)?;
        Ok(Some(len))
    }

    fn try_send(&mut self, frame: &[u8]) -> Result<(), R::Error> {
        let Ok(len) = u16::try_from(frame.len()) else { return Ok(()) };
        if self.0.sn_tx_fsr(Sn::Sn0)? < len {
            return Ok(());
        }
        let start = self.0.sn_tx_wr(Sn::Sn0)?;
        self.0.set_sn_tx_buf(Sn::Sn0, start, frame)?;
        self.0.set_sn_tx_wr(Sn::Sn0, start.wrapping_add(len))?;
        self.command(SocketCommand::Send)
    }
}

/// A bus that fails loses frames, as a cable does.
impl<R: Registers> Controller for Wiznet<R> {
    fn receive(&mut self, into: &mut [u8; FRAME_MAX]) -> Option<usize> {
        self.try_receive(into).ok().flatten()
    }

    fn send(&mut self, frame: &[u8]) {
        _ = self.try_send(frame);
    }
}
