//! What a device does, on boards joined by an Ethernet in memory and on virtual time.

mod cast;
mod chat;
mod faults;
mod meeting;
mod memory;
