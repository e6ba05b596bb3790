//! The Linux shell of p2pm.
#![deny(unsafe_code)]

pub mod ask;
pub mod chat;
pub mod client;
pub mod demo;
pub mod ended;
pub mod exit;
pub mod net;
pub mod node;
pub mod options;
pub mod password;
pub mod peer;
pub mod random;
pub mod rendezvous;
pub mod server;
pub mod shell;
pub mod signals;
pub mod stream;
pub mod term;
pub mod wait;
