//! Log of the machines through `defmt`, for debugging a device; compiled out without that feature. No secret,
//! name or text is logged.

/// Logs at level debug.
#[cfg(feature = "defmt")]
macro_rules! debug {
    ($($said:tt)*) => { ::defmt::debug!($($said)*) };
}

/// Without `defmt` the arguments are borrowed and nothing is logged.
#[cfg(not(feature = "defmt"))]
macro_rules! debug {
    ($format:literal $(, $value:expr)*) => {{ $(_ = &$value;)* }};
}

pub(crate) use debug;
