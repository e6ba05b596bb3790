//! The Linux shell of p2pm.
#![deny(unsafe_code)]

pub mod ask;
pub mod chat;
pub mod client;
pub mod ended;
pub mod exit;
pub mod net;
pub mod node;
pub mod password;
pub mod peer;
pub mod rendezvous;
pub mod shell;
pub mod signals;
pub mod suites;
pub mod term;
pub mod wait;
