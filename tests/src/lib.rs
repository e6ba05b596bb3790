//! What the tests share.

pub mod device;
pub mod ethernet;
pub mod loadgen;
pub mod process;
pub mod pty;
pub mod random;
pub mod simulation;
