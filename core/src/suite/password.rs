//! A shared password.

use core::fmt;

use heapless::Vec;
use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroize;

use crate::limits::PASSWORD_MAX;

/// A password of 1 to [`PASSWORD_MAX`] bytes. Never printed. It is wiped from where it is dropped; a move may
/// leave a copy where it was before.
#[derive(Clone)]
pub struct Password(Vec<u8, PASSWORD_MAX, u8>);

/// Why bytes are not a [`Password`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum PasswordError {
    /// No bytes at all.
    Empty,
    /// More than [`PASSWORD_MAX`] bytes.
    TooLong,
}

impl Password {
    /// A password of exactly these bytes.
    pub fn new(bytes: &[u8]) -> Result<Self, PasswordError> {
        if bytes.is_empty() {
            return Err(PasswordError::Empty);
        }
        Vec::from_slice(bytes).map(Self).map_err(|_| PasswordError::TooLong)
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether these bytes are the password. How long it takes depends on the two lengths alone.
    pub(super) fn matches(&self, bytes: &[u8]) -> Choice {
        self.as_bytes().ct_eq(bytes)
    }
}

impl Drop for Password {
    fn drop(&mut self) {
        self.0.as_mut_slice().zeroize();
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

impl fmt::Display for PasswordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("a password cannot be empty"),
            Self::TooLong => write!(f, "a password has at most {PASSWORD_MAX} bytes"),
        }
    }
}

impl core::error::Error for PasswordError {}
