//! What every program of ours needs of Linux: the time, signals, an exit status, addresses, random bytes.
#![forbid(unsafe_code)]

pub mod clock;
pub mod exit;
pub mod interfaces;
pub mod random;
pub mod signals;
