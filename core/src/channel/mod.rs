//! State machine of one connection: the [`Machine`] contract, handshake, keepalive, timeouts and close.

mod acceptor;
mod conversing;
mod ended;
mod initiator;
mod lifecycle;
mod machine;
mod request;
mod responder;
mod state;
#[cfg(test)]
pub(crate) mod tests;

pub use acceptor::{Acceptor, AcceptorEvent, Asked};
pub(crate) use conversing::Conversing;
pub use ended::Ended;
pub(crate) use initiator::InitiatorHandshake;
pub(crate) use lifecycle::Received;
pub use machine::{Direction, Machine};
pub use request::{CircleNumber, marker_of};
pub(crate) use request::{Request, transfer_marker};
pub(crate) use responder::ResponderHandshake;
pub(crate) use state::{Channel, Established, Stage};
