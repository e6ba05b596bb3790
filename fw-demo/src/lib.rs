//! Peer-to-peer messaging on a small device, without an operating system or an allocator.
//!
//! [`net`] makes an `embedded-nal` stack of smoltcp; [`app`] is what a device does with the core on any such
//! stack, and [`settings`] what it is told to do. Memory belongs to the caller, and so do the clock, the randomness
//! and the console.
#![no_std]

pub mod app;
pub mod net;
pub mod settings;
