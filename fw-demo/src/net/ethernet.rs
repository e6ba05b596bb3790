//! What moves Ethernet frames, one at a time, as a device of smoltcp.

use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::time::Instant;

/// The longest frame, in bytes.
pub const FRAME_MAX: usize = HEADER_LEN + 1500;
/// The header of Ethernet: both addresses and the type.
const HEADER_LEN: usize = 14;

/// A controller that is polled: a chip, or what stands for one.
pub trait Controller {
    /// Takes out the next frame that has arrived, and says how long it was, also if that is more than there is room
    /// for. `None` also if it was broken: there may be another one behind it.
    fn receive(&mut self, into: &mut [u8; FRAME_MAX]) -> Option<usize>;

    /// Sends a frame. It is lost, as on a wire, if there is no room for it.
    fn send(&mut self, frame: &[u8]);
}

/// A controller, and room for a frame each way.
pub struct Ethernet<C> {
    controller: C,
    received: [u8; FRAME_MAX],
    sent: [u8; FRAME_MAX],
}

impl<C: Controller> Ethernet<C> {
    /// On a controller that is set up.
    pub const fn new(controller: C) -> Self {
        Self { controller, received: [0; FRAME_MAX], sent: [0; FRAME_MAX] }
    }

    /// What it is on.
    pub fn controller(&self) -> &C {
        &self.controller
    }
}

impl<C: Controller> Device for Ethernet<C> {
    type RxToken<'a>
        = Received<'a>
    where
        C: 'a;
    type TxToken<'a>
        = Room<'a, C>
    where
        C: 'a;

    fn receive(&mut self, _now: Instant) -> Option<(Received<'_>, Room<'_, C>)> {
        let Self { controller, received, sent } = self;
        let len = controller.receive(received).filter(|len| (HEADER_LEN..=FRAME_MAX).contains(len))?;
        Some((Received(received.get(..len)?), Room { controller, buffer: sent }))
    }

    fn transmit(&mut self, _now: Instant) -> Option<Room<'_, C>> {
        let Self { controller, sent, .. } = self;
        Some(Room { controller, buffer: sent })
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = FRAME_MAX;
        capabilities
    }
}

/// A frame that has arrived.
pub struct Received<'a>(&'a [u8]);

impl RxToken for Received<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        read(self.0)
    }
}

/// Room for a frame that is to be sent.
pub struct Room<'a, C> {
    controller: &'a mut C,
    buffer: &'a mut [u8; FRAME_MAX],
}

impl<C: Controller> TxToken for Room<'_, C> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, fill: F) -> R {
        // smoltcp never asks for more than the capabilities say.
        let frame = self.buffer.get_mut(..len).unwrap_or_default();
        let result = fill(frame);
        self.controller.send(frame);
        result
    }
}
