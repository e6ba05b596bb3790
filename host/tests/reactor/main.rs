//! The reactor with a tenant other than the community server, on loopback.

mod connections;
#[path = "../support/deaf.rs"]
mod deaf;
mod outside;
mod toy;
