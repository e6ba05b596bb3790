//! The board of `p2pm-fw` on Linux: a TAP interface is its Ethernet, the terminal its console.
//!
//! The network stack is smoltcp, in this process; the kernel sees Ethernet frames only.
#![deny(unsafe_code)]

pub mod capture;
pub mod files;
mod identity;
mod linux;
pub mod options;
mod password;
mod roles;
pub mod size;
mod stop;
pub mod tap;
pub mod terminal;
mod wait;

pub use linux::{Linux, LinuxClock, Wire};
pub use roles::main;
