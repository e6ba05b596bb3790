//! The Linux shell of p2pm.
#![deny(unsafe_code)]

pub mod community;
pub mod config;
#[cfg(test)]
#[path = "../tests/support/deaf.rs"]
mod deaf;
pub mod demo;
pub mod discovery;
pub mod doctor;
pub mod door;
pub mod face;
pub(crate) mod lock;
pub mod manual;
pub mod node;
pub mod picture;
pub mod reactor;
pub mod term;
pub mod transfer;
pub mod triad;
pub mod wait;

pub use p2pm_posix::suite;
