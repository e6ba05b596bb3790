//! What every program of ours needs of Linux: the time, signals, an exit status, random bytes.
#![forbid(unsafe_code)]

pub mod clock;
pub mod exit;
pub mod random;
pub mod signals;
