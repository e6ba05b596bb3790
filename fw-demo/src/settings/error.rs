//! What can be wrong with settings.

use core::fmt;

/// What is wrong with the settings: the first thing, by key or by line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingsError {
    /// This line, counted from 1, is not of the form `key=value`.
    NotASetting(usize),
    /// Nobody knows the key in this line, counted from 1.
    Unknown(usize),
    /// The key was given twice.
    Twice(&'static str),
    /// There is nothing without this key.
    Missing(&'static str),
    /// The value of this key makes no sense.
    Invalid(&'static str),
    /// The role has no use for this key.
    OutOfPlace(&'static str),
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotASetting(line) => write!(f, "line {line} is not key=value"),
            Self::Unknown(line) => write!(f, "line {line} has an unknown key"),
            Self::Twice(key) => write!(f, "{key} is given twice"),
            Self::Missing(key) => write!(f, "{key} is missing"),
            Self::Invalid(key) => write!(f, "the value of {key} makes no sense"),
            Self::OutOfPlace(key) => write!(f, "{key} is of no use in this role"),
        }
    }
}

impl core::error::Error for SettingsError {}
