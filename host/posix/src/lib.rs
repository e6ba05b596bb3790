//! What every program here needs of Linux: clock, signals, exit status, files, addresses, datagrams, neighbours, random
//! bytes, the fastest ciphers.
#![forbid(unsafe_code)]

pub mod clock;
pub mod datagrams;
pub mod exit;
pub mod file;
pub mod interfaces;
pub mod neighbours;
pub mod owner;
pub mod random;
pub mod signals;
pub mod suite;
