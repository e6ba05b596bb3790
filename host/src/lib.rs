//! The Linux shell of p2pm.
#![deny(unsafe_code)]

pub mod exit;
pub mod net;
pub mod password;
pub mod rendezvous;
pub mod signals;
pub mod term;
pub mod wait;
