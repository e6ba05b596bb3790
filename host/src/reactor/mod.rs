//! What a program with thousands of connections stands on: one thread, one epoll.

pub(crate) mod descriptors;
pub(crate) mod listener;
pub(crate) mod socket;
pub(crate) mod timeline;
pub mod transport;
