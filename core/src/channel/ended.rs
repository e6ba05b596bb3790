//! The end of a conversation.

use core::fmt;

use crate::wire::Close;

/// How a conversation ended: by which side, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Ended {
    /// We closed it and sent the peer this reason.
    ByUs(Close),
    /// The authenticated peer closed it and sent this reason.
    ByPeer(Close),
    /// A `Close` with this reason arrived during the handshake. It is not authenticated: it may be the peer's
    /// or an attacker's on the path.
    Claimed(Close),
    /// The connection was lost, or the peer dropped it without a `Close`.
    Lost,
}

impl Ended {
    /// Whether it ended with an authenticated [`Close::Goodbye`].
    pub const fn is_goodbye(self) -> bool {
        matches!(self, Self::ByUs(Close::Goodbye) | Self::ByPeer(Close::Goodbye))
    }

    /// Whether the peer refused us for a reason other than a protocol error. The reason may be
    /// unauthenticated.
    pub const fn is_refusal(self) -> bool {
        let (Self::ByPeer(close) | Self::Claimed(close)) = self else { return false };
        matches!(
            close,
            Close::WrongPassword | Close::TooManyGuesses { .. } | Close::Busy | Close::Refused | Close::Full
        )
    }

    /// Reason of the end without the side that ended it, for a log line.
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
            // A peer that did not answer is reported as such; "timed out" is what that peer is told.
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
    fn a_goodbye_is_authenticated_and_a_refusal_need_not_be() {
        for (close, is_goodbye, is_refusal) in [
            (Close::Goodbye, true, false),
            (Close::WrongPassword, false, true),
            (Close::TooManyGuesses { seconds: 1 }, false, true),
            (Close::Busy, false, true),
            (Close::Refused, false, true),
            (Close::Full, false, true),
            (Close::TimedOut, false, false),
        ] {
            assert_eq!(Ended::ByPeer(close).is_goodbye(), is_goodbye, "{close}");
            assert_eq!(Ended::ByUs(close).is_goodbye(), is_goodbye, "{close}");
            assert!(!Ended::Claimed(close).is_goodbye() && !Ended::ByUs(close).is_refusal(), "{close}");
            assert_eq!(Ended::ByPeer(close).is_refusal(), is_refusal, "{close}");
            assert_eq!(Ended::Claimed(close).is_refusal(), is_refusal, "{close}");
        }
        assert!(!Ended::Lost.is_goodbye() && !Ended::Lost.is_refusal());
    }

    #[test]
    fn a_timeout_is_shown_as_no_answer_by_the_side_that_waited() {
        assert_eq!(Ended::ByUs(Close::TimedOut).to_string(), "no answer");
        assert_eq!(Ended::ByPeer(Close::TimedOut).to_string(), "the other side ended it: timed out");
        // A log line names the peer, so the reason alone is enough.
        assert_eq!(Ended::ByUs(Close::TimedOut).reason().to_string(), "timed out");
        assert_eq!(Ended::ByPeer(Close::TimedOut).reason().to_string(), "timed out");
    }
}
