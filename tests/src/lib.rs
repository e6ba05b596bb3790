//! What the tests share.

pub mod loadgen;
pub mod process;
pub mod pty;
pub mod simulation;
pub mod watched;
