//! Common firmware of the boards: start, platform and sleep of a device of `p2pm-fw`.
//!
//! A board supplies its [`Hardware`]: a polled Ethernet controller, a UART, a timer. Everything else is here.

#![no_std]

use defmt_semihosting as _; // the logger

pub mod clock;
mod fault;
mod hardware;
pub mod host;
pub mod roles;
mod seed;
pub mod stack_usage;
mod station;
mod store;
mod terminal;

pub use hardware::{Hardware, Parts, registers};
pub use seed::{Random, SeedSource};
pub use station::{Platform, Station};
pub use store::HostFile;
pub use terminal::Uart;
