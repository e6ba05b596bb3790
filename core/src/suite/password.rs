//! Shared password.

use core::fmt;

use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroizing;

use crate::limits::{PASSWORD_MAX, SECRET_LEN};
use crate::wire::TransferSecret;

/// A password of 1 to [`PASSWORD_MAX`] bytes. Never printed. Wiped when dropped; a move may leave a copy
/// where it was before.
#[derive(Clone)]
pub struct Password {
    /// Padded with zeros.
    bytes: Zeroizing<[u8; PASSWORD_MAX]>,
    len: Zeroizing<u8>,
}

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
        if bytes.len() > PASSWORD_MAX {
            return Err(PasswordError::TooLong);
        }
        let len = u8::try_from(bytes.len()).map_err(|_| PasswordError::TooLong)?;
        let mut password = Self { bytes: [0; PASSWORD_MAX].into(), len: len.into() };
        for (byte, from) in password.bytes.iter_mut().zip(bytes) {
            *byte = *from;
        }
        Ok(password)
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(*self.len)).unwrap_or_default()
    }

    /// Constant-time comparison with `bytes`: its time depends neither on the password nor on its length.
    pub(super) fn matches(&self, bytes: &[u8]) -> Choice {
        let mut guess = Zeroizing::new([0; PASSWORD_MAX]);
        for (byte, from) in guess.iter_mut().zip(bytes) {
            *byte = *from;
        }
        self.bytes.as_slice().ct_eq(guess.as_slice()) & usize::from(*self.len).ct_eq(&bytes.len())
    }
}

impl From<&TransferSecret> for Password {
    fn from(secret: &TransferSecret) -> Self {
        let mut password = Self { bytes: [0; PASSWORD_MAX].into(), len: SECRET_LEN_BYTE.into() };
        for (byte, from) in password.bytes.iter_mut().zip(&secret.0) {
            *byte = *from;
        }
        password
    }
}

#[allow(clippy::cast_possible_truncation, reason = "32 fits")]
const SECRET_LEN_BYTE: u8 = SECRET_LEN as u8;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::tests::assert_texts_differ;

    #[test]
    fn a_password_matches_itself_and_nothing_else() {
        let longest = [b'x'; PASSWORD_MAX];
        for bytes in [&b"sesame"[..], b"s", b"\0", &longest] {
            let password = Password::new(bytes).unwrap();
            assert_eq!(password.as_bytes(), bytes);
            assert!(bool::from(password.matches(bytes)));
            for other in [
                &b""[..],
                b"sesam",
                b"sesame\0",
                b"sesamf",
                b"\0\0",
                &longest[1..],
                &[b'x'; PASSWORD_MAX + 1],
            ] {
                assert!(!bool::from(password.matches(other)), "{other:?} for {bytes:?}");
            }
        }
    }

    #[test]
    fn a_password_has_1_to_128_bytes() {
        assert_eq!(Password::new(b"").err(), Some(PasswordError::Empty));
        assert!(Password::new(&[0; PASSWORD_MAX]).is_ok());
        assert_eq!(Password::new(&[0; PASSWORD_MAX + 1]).err(), Some(PasswordError::TooLong));
        assert_texts_differ(&[PasswordError::Empty, PasswordError::TooLong]);
    }
}
