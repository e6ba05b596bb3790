//! Peer-to-peer messaging on a small device, without an operating system or an allocator.
//!
//! [`net`] is an `embedded-nal` stack over smoltcp; [`app`] has the roles of a device, on any such stack,
//! [`identity`] keeps its key, and [`settings`] is its configuration. Memory, clock, random number generator and console belong to the caller.
#![no_std]

pub mod app;
pub mod identity;
pub mod net;
pub mod settings;
