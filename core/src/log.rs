//! What the machines say of themselves to whoever looks into a device: through `defmt`, or, without that feature, not
//! at all. No secret, no name and no text of anybody's is said.

/// Says it, at the level of debugging.
#[cfg(feature = "defmt")]
macro_rules! debug {
    ($($said:tt)*) => { ::defmt::debug!($($said)*) };
}

/// Nobody listens: nothing is said, and nothing done for it.
#[cfg(not(feature = "defmt"))]
macro_rules! debug {
    ($format:literal $(, $value:expr)*) => {{ $(_ = &$value;)* }};
}

pub(crate) use debug;
