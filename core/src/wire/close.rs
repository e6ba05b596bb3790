//! Reasons to close a connection.

use core::fmt;

use super::cursor::{Reader, Writer};
use crate::error::Fault;
use crate::limits::GUESS_INTERVAL;

/// Reason that one side sends before it closes the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Close {
    /// Regular end: the sender is leaving.
    Goodbye,
    /// The password was wrong.
    WrongPassword,
    /// Too many wrong passwords from this network: guesses are rejected unread for now.
    TooManyGuesses {
        /// Seconds to wait.
        seconds: u32,
    },
    /// The two sides have different versions of the protocol.
    VersionMismatch,
    /// The two sides are configured for different suites.
    SuiteMismatch,
    /// The service asked for is not offered on this port.
    ServiceMismatch,
    /// The two sides use frames of different lengths.
    FrameLengthMismatch,
    /// The callee is in another chat.
    Busy,
    /// The callee refuses the call.
    Refused,
    /// The server has no room for another connection.
    Full,
    /// The receiver of this message broke the protocol.
    Fault(Fault),
    /// The receiver of this message took too long.
    TimedOut,
    /// Nobody here is in the circle asked for.
    OtherCircle,
    /// Another link between the two nodes goes on.
    Duplicate,
    /// Sender of a file: it has changed since it was offered.
    Changed,
    /// A file could not be read or written.
    Failed,
    /// Receiver of a file: there is no space left.
    NoSpace,
    /// The transfer pauses, and goes on over another connection.
    Paused,
    /// The transfer is given up.
    Cancelled,
}

impl Close {
    /// Clamps the waiting time to [`GUESS_INTERVAL`], the longest that the protocol allows, whatever the peer
    /// sent.
    pub(crate) fn plausible(self) -> Self {
        match self {
            Self::TooManyGuesses { seconds } => {
                let longest = u32::try_from(GUESS_INTERVAL.as_secs()).unwrap_or(u32::MAX);
                Self::TooManyGuesses { seconds: seconds.min(longest) }
            }
            close => close,
        }
    }

    /// Code and value on the wire.
    fn to_wire(self) -> (u8, u32) {
        match self {
            Self::Goodbye => (1, 0),
            Self::WrongPassword => (2, 0),
            Self::TooManyGuesses { seconds } => (3, seconds),
            Self::VersionMismatch => (4, 0),
            Self::SuiteMismatch => (5, 0),
            Self::ServiceMismatch => (6, 0),
            Self::FrameLengthMismatch => (7, 0),
            Self::Busy => (8, 0),
            Self::Refused => (9, 0),
            Self::Full => (10, 0),
            Self::Fault(fault) => (11, fault as u32),
            Self::TimedOut => (12, 0),
            Self::OtherCircle => (13, 0),
            Self::Duplicate => (14, 0),
            Self::Changed => (15, 0),
            Self::Failed => (16, 0),
            Self::NoSpace => (17, 0),
            Self::Paused => (18, 0),
            Self::Cancelled => (19, 0),
        }
    }

    pub(in crate::wire) fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let code = reader.u8()?;
        let value = reader.u32();
        let close = match code {
            1 => Self::Goodbye,
            2 => Self::WrongPassword,
            3 => Self::TooManyGuesses { seconds: value? },
            4 => Self::VersionMismatch,
            5 => Self::SuiteMismatch,
            6 => Self::ServiceMismatch,
            7 => Self::FrameLengthMismatch,
            8 => Self::Busy,
            9 => Self::Refused,
            10 => Self::Full,
            11 => Self::Fault(Fault::from_code(value?).ok_or(Fault::Value)?),
            12 => Self::TimedOut,
            13 => Self::OtherCircle,
            14 => Self::Duplicate,
            15 => Self::Changed,
            16 => Self::Failed,
            17 => Self::NoSpace,
            18 => Self::Paused,
            19 => Self::Cancelled,
            _ => return Err(Fault::Value),
        };
        // A value without a meaning is rejected, so that each reason has one encoding.
        if close.to_wire() == (code, value?) { Ok(close) } else { Err(Fault::Value) }
    }

    pub(in crate::wire) fn write(self, writer: &mut Writer<'_>) {
        let (code, value) = self.to_wire();
        writer.u8(code);
        writer.u32(value);
    }
}

impl fmt::Display for Close {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Goodbye => f.write_str("goodbye"),
            Self::WrongPassword => f.write_str("wrong password"),
            Self::TooManyGuesses { seconds } => {
                write!(f, "too many wrong passwords: wait {seconds} s before the next")
            }
            Self::VersionMismatch => f.write_str("the two sides speak different versions"),
            Self::SuiteMismatch => f.write_str("the two sides use different suites"),
            Self::ServiceMismatch => f.write_str("that service is not offered here"),
            Self::FrameLengthMismatch => f.write_str("the two sides use frames of different lengths"),
            Self::Busy => f.write_str("busy in another chat"),
            Self::Refused => f.write_str("refused"),
            Self::Full => f.write_str("full"),
            Self::Fault(fault) => write!(f, "protocol error: {fault}"),
            Self::TimedOut => f.write_str("timed out"),
            Self::OtherCircle => f.write_str("that circle is not known here"),
            Self::Duplicate => f.write_str("already linked"),
            Self::Changed => f.write_str("it has changed since it was offered"),
            Self::Failed => f.write_str("it could not be read or written there"),
            Self::NoSpace => f.write_str("no space left"),
            Self::Paused => f.write_str("paused"),
            Self::Cancelled => f.write_str("cancelled"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::tests::assert_texts_differ;

    /// One of each reason, in the order of their codes, which begin with 1.
    const REASONS: [Close; 19] = [
        Close::Goodbye,
        Close::WrongPassword,
        Close::TooManyGuesses { seconds: 7 },
        Close::VersionMismatch,
        Close::SuiteMismatch,
        Close::ServiceMismatch,
        Close::FrameLengthMismatch,
        Close::Busy,
        Close::Refused,
        Close::Full,
        Close::Fault(Fault::Turn),
        Close::TimedOut,
        Close::OtherCircle,
        Close::Duplicate,
        Close::Changed,
        Close::Failed,
        Close::NoSpace,
        Close::Paused,
        Close::Cancelled,
    ];

    fn read(code: u8, value: u8) -> Result<Close, Fault> {
        Close::read(&mut Reader::new(&[code, 0, 0, 0, value]))
    }

    #[test]
    fn each_reason_has_a_code_and_a_text() {
        for (reason, code) in REASONS.into_iter().zip(1..) {
            let mut bytes = [0; 5];
            reason.write(&mut Writer::new(&mut bytes));
            assert_eq!(bytes[0], code);
            assert_eq!(Close::read(&mut Reader::new(&bytes)), Ok(reason));
        }
        assert_texts_differ(&REASONS);
    }

    #[test]
    fn codes_and_values_without_a_meaning_are_refused() {
        for (code, value) in [(0, 0), (20, 0), (1, 1), (11, 0), (11, 13)] {
            assert_eq!(read(code, value), Err(Fault::Value), "{code}, {value}");
        }
    }

    #[test]
    fn a_wait_is_no_longer_than_the_protocol_has_it() {
        let wait = |seconds| Close::TooManyGuesses { seconds };
        assert_eq!(wait(10).plausible(), wait(10));
        assert_eq!(wait(11).plausible(), wait(10));
    }
}
