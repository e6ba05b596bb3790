//! Errors of a recording.

use core::fmt;

use embedded_io::ErrorKind;
use p2pm_core::error::SendError;

/// Why a recording cannot be played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// It cannot be read.
    Reading(ErrorKind),
    /// The emission cannot be written.
    Writing(ErrorKind),
    /// It is truncated.
    Short,
    /// It does not begin with the magic of this version.
    Magic,
    /// Unknown suite.
    Suite(u8),
    /// Unknown action.
    Action(u8),
    /// Invalid value of this field.
    Field(&'static str),
    /// Time runs backwards.
    Time,
    /// A line is opened while in use, or used while closed.
    Line(u8),
    /// An action that this kind of end does not have, or not now.
    Misplaced,
    /// A command was refused.
    Refused(SendError),
    /// An end has left input of the recording unread.
    Unread,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reading(error) => write!(f, "the recording cannot be read: {error}"),
            Self::Writing(error) => write!(f, "what is emitted cannot be written: {error}"),
            Self::Short => f.write_str("the recording ends in the middle"),
            Self::Magic => f.write_str("not a recording of this version"),
            Self::Suite(suite) => write!(f, "no suite has the number {suite}"),
            Self::Action(action) => write!(f, "no action has the number {action}"),
            Self::Field(field) => write!(f, "a field without meaning: {field}"),
            Self::Time => f.write_str("time runs backwards"),
            Self::Line(line) => write!(f, "line {line} is taken, or nobody is on it"),
            Self::Misplaced => f.write_str("an end does not do what it is told, or not now"),
            Self::Refused(error) => write!(f, "an end refuses to speak: {error}"),
            Self::Unread => f.write_str("an end leaves unread what it heard"),
        }
    }
}

impl core::error::Error for Error {}
