//! What the tests share.

pub mod device;
pub mod ethernet;
pub mod loadgen;
pub mod machine;
pub mod namespace;
pub mod process;
pub mod pty;
pub mod simulation;
