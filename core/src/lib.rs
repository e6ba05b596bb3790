//! Peer-to-peer messaging as state machines: no I/O, no clock, no allocation, no randomness of its own.
#![no_std]

pub mod channel;
pub mod chat;
pub mod community;
pub mod door;
pub mod drive;
pub mod error;
pub mod limits;
mod log;
pub mod registry;
pub mod suite;
pub mod time;
pub mod wire;
