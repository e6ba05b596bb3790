//! Devices on an Ethernet in memory.

mod lan;
mod stack;

pub use lan::Lan;
pub use stack::{Faults, Stack, Wire, ip, stack};
