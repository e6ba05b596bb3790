//! The reactor with a tenant that is not the community server, on loopback.

mod connections;
mod outside;
mod toy;
