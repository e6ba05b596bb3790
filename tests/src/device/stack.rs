//! TCP stack of a device.

use std::net::Ipv4Addr;

use p2pm_core::time::Instant;
use p2pm_fw::net::{self, Address, Memory, Protocol, Udp, UdpMemory};
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
    stack_with::<_, SOCKETS, BUFFER>((), addresses(number), ethernet, number, seed, faults)
}

/// Datagrams that wait at a stack with UDP, at most.
const DATAGRAMS: usize = 64;
/// Hosts that it can answer at the same time.
pub const SEARCHERS: usize = 8;

/// A stack with this many sockets, and UDP.
pub type Neighbourly<const SOCKETS: usize> = net::Stack<'static, Wire, SOCKETS, Udp<'static>>;

/// As [`stack`], with UDP.
pub fn neighbourly<const SOCKETS: usize, const BUFFER: usize>(
    ethernet: &Ethernet,
    number: u8,
    seed: u64,
    faults: Faults,
) -> Neighbourly<SOCKETS> {
    neighbourly_at::<SOCKETS, BUFFER>(addresses(number), ethernet, number, seed, faults)
}

/// The same, which asks for its IP address.
pub fn newcomer<const SOCKETS: usize, const BUFFER: usize>(
    ethernet: &Ethernet,
    number: u8,
    seed: u64,
    faults: Faults,
) -> Neighbourly<SOCKETS> {
    let address = Address { ip: None, ..addresses(number) };
    neighbourly_at::<SOCKETS, BUFFER>(address, ethernet, number, seed, faults)
}

fn neighbourly_at<const SOCKETS: usize, const BUFFER: usize>(
    address: Address,
    ethernet: &Ethernet,
    number: u8,
    seed: u64,
    faults: Faults,
) -> Neighbourly<SOCKETS> {
    let memory = Box::leak(Box::new(UdpMemory::<DATAGRAMS, SEARCHERS>::EMPTY));
    let [a, b, c, d, ..] = seed.to_le_bytes();
    let udp = Udp::new(address, u32::from_le_bytes([a, b, c, d]), memory);
    stack_with::<_, SOCKETS, BUFFER>(udp, address, ethernet, number, seed, faults)
}

fn stack_with<B: Protocol, const SOCKETS: usize, const BUFFER: usize>(
    beside: B,
    address: Address,
    ethernet: &Ethernet,
    number: u8,
    seed: u64,
    faults: Faults,
) -> net::Stack<'static, Wire, SOCKETS, B> {
    // A generator per device, and never 0, a state that the injector would not leave.
    let [low, high, ..] = seed.to_le_bytes();
    let mut wire = FaultInjector::new(ethernet.cable(number), u32::from_le_bytes([low, high, number, 1]));
    wire.set_drop_chance(faults.drop);
    wire.set_corrupt_chance(faults.corrupt);
    // One more asks for an address.
    let storage = Box::leak((0..=SOCKETS).map(|_| SocketStorage::EMPTY).collect::<Box<[_]>>());
    let memory = Box::leak(Box::new(Memory::<SOCKETS, BUFFER>::EMPTY));
    net::Stack::with(beside, wire, address, seed, Instant::default(), storage, memory)
}

fn addresses(number: u8) -> Address {
    Address { hardware: address(number), ip: Some(Ipv4Cidr::new(ip(number), 24)), gateway: None }
}
