//! Frequency of the processor.

/// Frequency of the processor and of the devices on its bus, in Hz.
pub const CYCLES_PER_SECOND: u32 = 25_000_000;
