//! What the boards have in common: how a device of `p2pm-fw` starts, what it stands on, how it waits.
//!
//! A board brings its [`Hardware`]: an Ethernet controller that is polled, a UART, a timer. Everything else is here.

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
mod terminal;

pub use hardware::{Hardware, Parts, registers};
pub use seed::{Random, SeedSource};
pub use station::{Platform, Station};
pub use terminal::Uart;
