//! The frequency of the processor.

/// Cycles of the processor, and of the devices on its bus, in a second: the PLL's 200 MHz by 4.
pub const CYCLES_PER_SECOND: u32 = 50_000_000;
