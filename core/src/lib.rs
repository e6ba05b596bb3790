//! Peer-to-peer messaging as state machines: no I/O, no clock, no allocation, no randomness of its own.
#![no_std]

pub mod allowance;
pub mod chat;
pub mod community;
pub mod drive;
pub mod error;
pub mod limits;
mod log;
pub mod registry;
pub mod session;
pub mod suite;
pub mod time;
pub mod wire;
