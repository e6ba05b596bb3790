//! TCP over smoltcp as an `embedded-nal` stack, in memory that the caller lends, and [UDP](Udp) for discovery beside it.
//!
//! The contract, which `tests/tests/nal_conformance` checks for this stack and that of Linux:
//! - no operation blocks: what cannot be done now is
//!   [`nb::Error::WouldBlock`](embedded_nal::nb::Error::WouldBlock), empty and full buffers included. The
//!   exception is `connect` on Linux;
//! - [`connect`](embedded_nal::TcpClientStack::connect) is called until it returns a result. After an error
//!   the socket can connect again;
//! - [`receive`](embedded_nal::TcpClientStack::receive) returns 0 bytes once the peer has finished and all
//!   data has been read. When the connection is lost, it fails with the kind
//!   [`PipeClosed`](embedded_nal::TcpErrorKind::PipeClosed), as [`send`](embedded_nal::TcpClientStack::send)
//!   does;
//! - [`bind`](embedded_nal::TcpFullStack::bind) takes a port on which no other socket listens; connections to
//!   it do not count. The socket may listen from then on, and does after
//!   [`listen`](embedded_nal::TcpFullStack::listen);
//! - [`accept`](embedded_nal::TcpFullStack::accept) hands a connection over and goes on listening;
//! - exhausted resources are an error, harm no other socket, and are available again when a socket is closed.
//!   Whether a connection without a socket waits or is refused, and what `accept` then returns, depends on
//!   the stack, as long as the listener survives;
//! - an operation that the socket's state does not allow is an error and changes nothing;
//! - every socket must be returned by [`close`](embedded_nal::TcpClientStack::close), which still sends
//!   buffered data. Connections that a closed listener has not accepted are reset.

mod address;
mod clock;
mod error;
mod ethernet;
mod guard;
#[cfg(feature = "dhcp")]
mod lease;
mod memory;
mod protocol;
mod slot;
mod socket;
mod stack;
mod udp;

pub use address::Address;
pub use error::Error;
pub use ethernet::{Controller, Ethernet, FRAME_MAX};
pub use memory::Memory;
pub use protocol::Protocol;
pub use socket::Socket;
pub use stack::{ANSWER_TIMEOUT, BACKLOG, CLOSE_TIMEOUT, Stack};
pub use udp::{Udp, UdpMemory};
