//! TCP stack of a device.

use std::net::Ipv4Addr;

use p2pm_core::time::Instant;
use p2pm_fw::net::{self, Address, Memory};
use p2pm_fw::settings::Faults;
use smoltcp::iface::SocketStorage;
use smoltcp::phy::FaultInjector;
use smoltcp::wire::Ipv4Cidr;

use crate::ethernet::{Cable, Ethernet, address};

/// A cable with injected faults.
pub type Wire = FaultInjector<Cable>;

/// A stack with this many sockets.
pub type Stack<const SOCKETS: usize> = net::Stack<'static, Wire, SOCKETS>;

/// IP address of the device at this port of the switch.
pub fn ip(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 0, 0, number + 1)
}

/// The stack of the device at port `number`. Its memory is leaked.
pub fn stack<const SOCKETS: usize, const BUFFER: usize>(
    ethernet: &Ethernet,
    number: u8,
    seed: u64,
    faults: Faults,
) -> Stack<SOCKETS> {
    // A generator per device, and never 0, a state that the injector would not leave.
    let [low, high, ..] = seed.to_le_bytes();
    let mut wire = FaultInjector::new(ethernet.cable(number), u32::from_le_bytes([low, high, number, 1]));
    wire.set_drop_chance(faults.drop);
    wire.set_corrupt_chance(faults.corrupt);
    let storage = Box::leak(Box::new([const { SocketStorage::EMPTY }; SOCKETS]));
    let memory = Box::leak(Box::new(Memory::<SOCKETS, BUFFER>::EMPTY));
    let address = Address { hardware: address(number), ip: Ipv4Cidr::new(ip(number), 24), gateway: None };
    net::Stack::new(wire, address, seed, Instant::default(), storage, memory)
}
