//! What every program here needs of Linux: clock, signals, exit status, addresses, neighbours, random bytes.
#![forbid(unsafe_code)]

pub mod clock;
pub mod exit;
pub mod interfaces;
pub mod neighbours;
pub mod random;
pub mod signals;
