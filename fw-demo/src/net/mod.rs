//! TCP over smoltcp through `embedded-nal`, in memory that the caller lends.
//!
//! The contract, which `tests/tests/nal_conformance.rs` holds this stack and that of Linux to:
//! - nothing waits: what cannot be done now is [`nb::Error::WouldBlock`](embedded_nal::nb::Error::WouldBlock);
//! - [`receive`](embedded_nal::TcpClientStack::receive) gives 0 bytes once the peer has finished and all
//!   that it sent has been read, and an error when the connection is lost;
//! - [`accept`](embedded_nal::TcpFullStack::accept) hands a connection over and goes on listening;
//! - what has run out is an error, and comes back when something is closed;
//! - whoever opens a socket gives it back to [`close`](embedded_nal::TcpClientStack::close), which sends what
//!   is still to be sent.

mod error;
mod memory;
mod slot;
mod stack;

pub use error::Error;
pub use memory::Memory;
pub use stack::{Address, BACKLOG, Socket, Stack};
