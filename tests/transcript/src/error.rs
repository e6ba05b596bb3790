//! Why a recording cannot be played.

use core::fmt;

use embedded_io::ErrorKind;
use p2pm_core::error::SendError;

/// Why a recording cannot be played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// It cannot be read.
    Reading(ErrorKind),
    /// What is emitted cannot be written.
    Writing(ErrorKind),
    /// It ends in the middle.
    Short,
    /// It does not begin as one of this version does.
    Magic,
    /// There is no suite of this number.
    Suite(u8),
    /// There is no action of this number.
    Action(u8),
    /// This field, in words, has a value without meaning.
    Field(&'static str),
    /// Time runs backwards.
    Time,
    /// A connection is made where there is one, or used where there is none.
    Line(u8),
    /// An end is told what it does not do, or not now.
    Misplaced,
    /// An end will not say what it is told to.
    Refused(SendError),
    /// An end has left unread what it heard in the recording.
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
