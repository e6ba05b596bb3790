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
    /// Somebody did, and told us this reason, before the handshake was over: the peer, or anybody on the way.
    Claimed(Close),
    /// The connection was lost, or the peer dropped it without a word.
    Lost,
}

impl Ended {
    /// Whether there was nothing more to say. A goodbye that anybody may have said is none.
    pub const fn is_goodbye(self) -> bool {
        matches!(self, Self::ByUs(Close::Goodbye) | Self::ByPeer(Close::Goodbye))
    }

    /// Whether the peer, as far as we know, does as it should and will not have us.
    pub const fn is_refusal(self) -> bool {
        let (Self::ByPeer(close) | Self::Claimed(close)) = self else { return false };
        matches!(
            close,
            Close::WrongPassword | Close::TooManyGuesses { .. } | Close::Busy | Close::Refused | Close::Full
        )
    }

    /// Why it ended, whoever ended it, for a line of a log.
    pub fn reason(self) -> impl fmt::Display {
        fmt::from_fn(move |f| match self {
            Self::ByUs(close) | Self::ByPeer(close) => write!(f, "{close}"),
            Self::Claimed(close) => write!(f, "{close} (unconfirmed)"),
            Self::Lost => f.write_str("connection lost"),
        })
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let who = match self {
            // "Timed out" is for the side that took too long.
            Self::ByUs(Close::TimedOut) => return f.write_str("no answer"),
            Self::ByUs(_) => "we ended it: ",
            Self::ByPeer(_) | Self::Claimed(_) => "the other side ended it: ",
            Self::Lost => "",
        };
        write!(f, "{who}{}", self.reason())
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::string::ToString;

    use super::*;

    #[test]
    fn who_waited_had_no_answer_and_who_was_slow_timed_out() {
        assert_eq!(Ended::ByUs(Close::TimedOut).to_string(), "no answer");
        assert_eq!(Ended::ByPeer(Close::TimedOut).to_string(), "the other side ended it: timed out");
        // A log names the peer in front.
        assert_eq!(Ended::ByUs(Close::TimedOut).reason().to_string(), "timed out");
        assert_eq!(Ended::ByPeer(Close::TimedOut).reason().to_string(), "timed out");
    }
}
