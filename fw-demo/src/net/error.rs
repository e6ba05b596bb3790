//! Errors of sockets.

use core::fmt;

use embedded_nal::{TcpError, TcpErrorKind};

/// Why an operation on a socket failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// Every socket is in use.
    Exhausted,
    /// Another socket listens on this port, or no port is free.
    PortInUse,
    /// The address cannot be reached from here: another family, port 0, or one without an address of our own.
    Unaddressable,
    /// The address is in another network, and there is no gateway.
    NoRoute,
    /// The peer refused the connection or did not answer.
    Refused,
    /// The connection is lost: reset or timed out.
    Lost,
    /// Not allowed in the socket's state: not bound, not listening, not connected.
    State,
}

impl TcpError for Error {
    fn kind(&self) -> TcpErrorKind {
        match self {
            Self::Lost => TcpErrorKind::PipeClosed,
            _ => TcpErrorKind::Other,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exhausted => "every socket is in use",
            Self::PortInUse => "the port is in use",
            Self::Unaddressable => "no way to this address",
            Self::NoRoute => "it is in another network, and there is no gateway",
            Self::Refused => "connection refused",
            Self::Lost => "connection lost",
            Self::State => "the socket is in no state for this",
        })
    }
}

impl core::error::Error for Error {}
