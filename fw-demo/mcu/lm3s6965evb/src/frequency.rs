//! Frequency of the processor.

/// Frequency of the processor and of the devices on its bus, in Hz: the PLL's 200 MHz divided by 4.
pub const CYCLES_PER_SECOND: u32 = 50_000_000;
