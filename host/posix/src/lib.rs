//! What every program here needs of Linux: clock, signals, exit status, addresses, random bytes.
#![forbid(unsafe_code)]

pub mod clock;
pub mod exit;
pub mod interfaces;
pub mod random;
pub mod signals;
