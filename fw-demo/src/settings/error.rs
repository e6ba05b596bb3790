//! Errors of settings.

use core::fmt;

use p2pm_core::wire::sanitise;

use super::field::Expected;

/// The first error in the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingsError<'a> {
    /// This line, counted from 1, does not have the form `key=value`. It is not shown, since it may contain a
    /// password.
    NotASetting(usize),
    /// The key is unknown.
    Unknown(&'a str),
    /// The key was given twice.
    Twice(&'static str),
    /// The key is missing and has no default.
    Missing(&'static str),
    /// The value of the key is invalid.
    Invalid(&'static str, Expected),
    /// The role does not use the key.
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
