//! What a stack has beside TCP.

use p2pm_core::time::Instant;
use smoltcp::phy::Device;
use smoltcp::wire::Ipv4Cidr;

/// A protocol beside TCP, on the same device.
pub trait Protocol {
    /// Hears a frame that was received; true if nobody else is to.
    fn hear(&mut self, now: Instant, frame: &[u8]) -> bool;

    /// Sends what is due.
    fn poll(&mut self, now: Instant, device: &mut impl Device);

    /// The device has another address, or none.
    fn readdress(&mut self, now: Instant, ip: Option<Ipv4Cidr>);

    /// When to poll even if nothing is received.
    fn deadline(&self) -> Option<Instant>;
}

/// None.
impl Protocol for () {
    fn hear(&mut self, _now: Instant, _frame: &[u8]) -> bool {
        false
    }

    fn poll(&mut self, _now: Instant, _device: &mut impl Device) {}

    fn readdress(&mut self, _now: Instant, _ip: Option<Ipv4Cidr>) {}

    fn deadline(&self) -> Option<Instant> {
        None
    }
}
