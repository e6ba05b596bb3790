//! The two interactive programs of 2015, `client` and `nodeServer`, on `std-embedded-nal` and poll(2).

pub mod ask;
pub mod chat;
pub mod client;
pub mod ended;
pub mod host_dial;
pub mod listener;
pub mod net;
pub mod node;
pub mod peer;
pub mod rendezvous;
pub mod shell;
