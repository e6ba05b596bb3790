//! What can be wrong with settings.

use core::fmt;

use p2pm_core::wire::sanitise;

use super::field::Expected;

/// What is wrong with the settings: the first thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingsError<'a> {
    /// This line, counted from 1, is not of the form `key=value`. It is not shown: it may be a password's.
    NotASetting(usize),
    /// Nobody knows this key.
    Unknown(&'a str),
    /// The key was given twice.
    Twice(&'static str),
    /// There is nothing without this key.
    Missing(&'static str),
    /// The value of this key is not what it should be.
    Invalid(&'static str, Expected),
    /// The role has no use for this key.
    OutOfPlace(&'static str),
}

impl fmt::Display for SettingsError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotASetting(line) => write!(f, "line {line} is not key=value"),
            Self::Unknown(key) => write!(f, "there is no key {}", sanitise(key)),
            Self::Twice(key) => write!(f, "{key} is given twice"),
            Self::Missing(key) => write!(f, "{key} is missing"),
            Self::Invalid(key, expected) => write!(f, "{key} {expected}"),
            Self::OutOfPlace(key) => write!(f, "{key} is of no use in this role"),
        }
    }
}

impl core::error::Error for SettingsError<'_> {}
