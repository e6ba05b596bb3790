//! The frequency of the processor.

/// Cycles of the processor, and of the devices on its bus, in a second.
pub const CYCLES_PER_SECOND: u32 = 25_000_000;
