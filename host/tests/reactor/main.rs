//! The reactor with a tenant other than the community server, on loopback.

mod connections;
mod outside;
mod toy;
