//! Devices on an Ethernet in memory.

mod stack;

pub use stack::{Faults, Stack, Wire, ip, stack};
