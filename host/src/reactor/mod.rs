//! What a program with thousands of connections stands on: one thread, one epoll.

pub(crate) mod descriptors;
pub(crate) mod listener;
pub mod stream;
pub(crate) mod timeline;
