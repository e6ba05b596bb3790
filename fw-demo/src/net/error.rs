//! What can go wrong with a socket.

use core::fmt;

use embedded_nal::{TcpError, TcpErrorKind};

/// Why an operation on a socket failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// Every socket is in use.
    Exhausted,
    /// Somebody listens on this port already, or no port is free.
    PortInUse,
    /// The address cannot be reached from here: another family, port 0, or no address of our own.
    Unaddressable,
    /// The address is in another network, and there is no gateway.
    NoRoute,
    /// Nobody listens there, or nobody answered.
    Refused,
    /// The connection is lost: reset, or given up.
    Lost,
    /// Not for a socket in this state: not bound, not listening, not connected.
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
