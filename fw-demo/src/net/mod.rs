//! TCP over smoltcp through `embedded-nal`, in memory that the caller lends.
//!
//! The contract, which `tests/tests/nal_conformance` holds this stack and that of Linux to:
//! - nothing waits: what cannot be done now is [`nb::Error::WouldBlock`](embedded_nal::nb::Error::WouldBlock),
//!   also when the buffers are empty or full. Only Linux waits, in `connect`;
//! - [`connect`](embedded_nal::TcpClientStack::connect) is called until it says what came of it. An error leaves
//!   a socket that can connect again;
//! - [`receive`](embedded_nal::TcpClientStack::receive) gives 0 bytes once the peer has finished and all that it
//!   sent has been read, and when the connection is lost an error of the kind
//!   [`PipeClosed`](embedded_nal::TcpErrorKind::PipeClosed), as [`send`](embedded_nal::TcpClientStack::send) does;
//! - [`bind`](embedded_nal::TcpFullStack::bind) takes a port that nobody else holds to listen on; connections
//!   to it do not count. The socket may listen from then on, and does after
//!   [`listen`](embedded_nal::TcpFullStack::listen);
//! - [`accept`](embedded_nal::TcpFullStack::accept) hands a connection over and goes on listening;
//! - what has run out is an error, harms no other socket, and comes back when something is closed. Whether a
//!   caller for whom there is no socket waits or is turned away is the stack's affair, and what `accept` says
//!   of it, as long as the listener lives;
//! - what does not fit the state of a socket is an error and changes nothing;
//! - whoever opens a socket gives it back to [`close`](embedded_nal::TcpClientStack::close), which sends what
//!   is still to be sent. Callers whom a closed listener has not accepted are reset.

mod address;
mod clock;
mod error;
mod ethernet;
mod guard;
mod memory;
mod slot;
mod socket;
mod stack;

pub use address::Address;
pub use error::Error;
pub use ethernet::{Controller, Ethernet, FRAME_MAX};
pub use memory::Memory;
pub use socket::Socket;
pub use stack::{ANSWER_TIMEOUT, BACKLOG, CLOSE_TIMEOUT, Stack};
