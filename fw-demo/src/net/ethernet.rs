//! A polled Ethernet controller as a device of smoltcp.

use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::time::Instant;

/// Longest frame, in bytes, without its checksum.
pub const FRAME_MAX: usize = HEADER_LEN + 1500;
/// Length of the Ethernet header: both addresses and the type.
const HEADER_LEN: usize = 14;

/// A polled Ethernet controller, or what stands for one.
pub trait Controller {
    /// Takes the next received frame, and returns its length, even if that exceeds the buffer. `None` also if
    /// the frame was broken; another one may follow it.
    fn receive(&mut self, into: &mut [u8; FRAME_MAX]) -> Option<usize>;

    /// Sends a frame, or drops it if there is no room.
    fn send(&mut self, frame: &[u8]);
}

/// A controller with a buffer for one frame each way.
pub struct Ethernet<C> {
    controller: C,
    received: [u8; FRAME_MAX],
    sent: [u8; FRAME_MAX],
}

impl<C: Controller> Ethernet<C> {
    /// A device on an initialised controller.
    pub const fn new(controller: C) -> Self {
        Self { controller, received: [0; FRAME_MAX], sent: [0; FRAME_MAX] }
    }

    /// The controller.
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

/// A received frame.
pub struct Received<'a>(&'a [u8]);

impl RxToken for Received<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        read(self.0)
    }
}

/// Buffer for a frame to be sent.
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
