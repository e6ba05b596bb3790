//! The board of `p2pm-fw` on Linux: a TAP interface is its Ethernet, the terminal its console.
//!
//! The network stack is smoltcp, in this process; the kernel sees Ethernet frames and nothing else.
#![deny(unsafe_code)]

pub mod capture;
pub mod exit;
mod linux;
pub mod options;
mod password;
mod roles;
mod signals;
pub mod tap;
pub mod terminal;
pub mod wait;

pub use linux::{Linux, Wire};
pub use roles::{main, size};
