//! Errors by culprit: the peer ([`Fault`]) or the caller ([`SendError`]).

use core::fmt;

/// How a peer broke the protocol. The number is the code in the `Close` that answers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum Fault {
    /// The frame does not begin with the magic: another protocol, or another suite.
    Magic = 1,
    /// A kind of message that this version does not have.
    Kind = 2,
    /// A length past the end of its frame or field.
    Length = 3,
    /// Reserved bytes or padding that are not zero.
    Padding = 4,
    /// A user name that breaks the rules for names.
    Name = 5,
    /// Port 0, or an address of an unknown family, or an IPv4 address in the form of an IPv6 one.
    Endpoint = 6,
    /// Text that is not UTF-8.
    Text = 7,
    /// A field with a value that is not defined.
    Value = 8,
    /// A message that this state does not allow.
    State = 9,
    /// A chat message out of turn.
    Turn = 10,
    /// A frame that the suite could not decrypt or authenticate.
    Seal = 11,
    /// An invalid curve point, or a key confirmation that does not match.
    Proof = 12,
}

impl Fault {
    /// The fault with this code on the wire, if there is one.
    pub const fn from_code(code: u32) -> Option<Self> {
        Some(match code {
            1 => Self::Magic,
            2 => Self::Kind,
            3 => Self::Length,
            4 => Self::Padding,
            5 => Self::Name,
            6 => Self::Endpoint,
            7 => Self::Text,
            8 => Self::Value,
            9 => Self::State,
            10 => Self::Turn,
            11 => Self::Seal,
            12 => Self::Proof,
            _ => return None,
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Magic => "not a p2pm frame",
            Self::Kind => "unknown kind of message",
            Self::Length => "length past the end",
            Self::Padding => "padding that is not zero",
            Self::Name => "malformed user name",
            Self::Endpoint => "malformed address or port",
            Self::Text => "text that is not UTF-8",
            Self::Value => "field without meaning",
            Self::State => "message not allowed now",
            Self::Turn => "message out of turn",
            Self::Seal => "frame that does not open",
            Self::Proof => "no proof of the password",
        })
    }
}

impl core::error::Error for Fault {}

/// Why a command of the caller's was refused. Nothing was sent, and no state has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum SendError {
    /// In a chat with [`Turns::Linear`](crate::wire::Turns::Linear) it is the peer's turn.
    NotYourTurn,
    /// The text is longer than [`crate::limits::TEXT_MAX`] bytes.
    TooLong,
    /// The last frame is still being sent: try again later.
    Busy,
    /// The state does not allow it: too early, or the conversation has ended.
    NotNow,
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotYourTurn => "it is the other side's turn to write",
            Self::Busy => "the last message is still being sent",
            Self::TooLong => "the message is too long",
            Self::NotNow => "not possible in this state of the connection",
        })
    }
}

impl core::error::Error for SendError {}

#[cfg(test)]
pub(crate) mod tests {
    extern crate std;

    use std::collections::BTreeSet;
    use std::string::{String, ToString};
    use std::vec::Vec;

    use super::*;

    /// Asserts that no two of the values are displayed alike.
    pub(crate) fn assert_texts_differ(values: &[impl fmt::Display]) {
        let texts: BTreeSet<String> = values.iter().map(ToString::to_string).collect();
        assert_eq!(texts.len(), values.len(), "{texts:?}");
    }

    #[test]
    fn a_fault_and_its_code_stand_for_each_other() {
        let faults: Vec<_> = (0..=u32::from(u8::MAX)).filter_map(Fault::from_code).collect();
        assert!(faults.iter().map(|fault| *fault as u32).eq(1..=12), "{faults:?}");
        assert_texts_differ(&faults);
    }

    #[test]
    fn each_error_of_the_caller_has_its_text() {
        assert_texts_differ(&[
            SendError::NotYourTurn,
            SendError::TooLong,
            SendError::Busy,
            SendError::NotNow,
        ]);
    }
}
