//! How a conversation ended.

use core::fmt;

use crate::wire::Close;

/// How a conversation ended: who ended it, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Ended {
    /// We did, for this reason, and told the peer.
    ByUs(Close),
    /// The peer did, and told us this reason.
    ByPeer(Close),
    /// The connection was lost, or the peer dropped it without a word.
    Lost,
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByUs(close) => write!(f, "we ended it: {close}"),
            Self::ByPeer(close) => write!(f, "the other side ended it: {close}"),
            Self::Lost => f.write_str("connection lost"),
        }
    }
}
