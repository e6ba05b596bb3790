//! The Linux shell of p2pm.
#![deny(unsafe_code)]

pub mod exit;
pub mod net;
pub mod options;
pub mod password;
pub mod rendezvous;
pub mod server;
pub mod signals;
pub mod stream;
pub mod term;
pub mod wait;
