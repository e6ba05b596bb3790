//! What the tests share.

pub mod process;
pub mod pty;
pub mod simulation;
