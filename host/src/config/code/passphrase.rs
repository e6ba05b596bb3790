//! Passphrases of circles.

use std::fmt;
use std::str::FromStr;

use p2pm_core::channel::CircleNumber;
use p2pm_core::limits::PASSWORD_MAX;
use p2pm_core::suite::Password;
use zeroize::Zeroizing;

use super::{Code, CodeError};

/// Passphrase of a circle. Wiped on drop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Passphrase {
    /// A code.
    Code(Code),
    /// One of somebody's own.
    Own(OwnPassphrase),
}

/// A passphrase that is no code: 1 to [`PASSWORD_MAX`] bytes of UTF-8, taken as they are. Made by [`Passphrase`] alone.
#[derive(Clone, PartialEq, Eq)]
pub struct OwnPassphrase(Zeroizing<String>);

/// Why bytes are no passphrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PassphraseError {
    /// No bytes at all.
    Empty,
    /// More than [`PASSWORD_MAX`] bytes.
    TooLong,
    /// They are not UTF-8.
    NotUtf8,
    /// A code with a mistake.
    Code(CodeError),
}

impl Passphrase {
    /// The passphrase of exactly these bytes, or a code in any of its spellings.
    pub fn new(bytes: &[u8]) -> Result<Self, PassphraseError> {
        check_len(bytes)?;
        let text = str::from_utf8(bytes).map_err(|_| PassphraseError::NotUtf8)?;
        let code = Code::read(text).map_err(PassphraseError::Code)?;
        Ok(code.map_or_else(|| Self::Own(OwnPassphrase(Zeroizing::new(text.to_owned()))), Self::Code))
    }

    /// Public number of the circle, if this is a code.
    pub fn number(&self) -> CircleNumber {
        match self {
            Self::Code(code) => Some(code.number()),
            Self::Own(_) => None,
        }
    }

    /// The text, of a code the normalised one, for whoever stores or shares it.
    pub fn reveal(&self) -> Zeroizing<String> {
        match self {
            Self::Code(code) => code.reveal(),
            Self::Own(own) => own.0.clone(),
        }
    }

    /// What the handshake proves: the bytes of [`reveal`](Self::reveal).
    pub fn password(&self) -> Password {
        let Ok(password) = Password::new(self.reveal().as_bytes()) else {
            unreachable!("a code is shorter than {PASSWORD_MAX} bytes, and others were checked")
        };
        password
    }
}

fn check_len(bytes: &[u8]) -> Result<(), PassphraseError> {
    match bytes.len() {
        0 => Err(PassphraseError::Empty),
        1..=PASSWORD_MAX => Ok(()),
        _ => Err(PassphraseError::TooLong),
    }
}

impl FromStr for Passphrase {
    type Err = PassphraseError;

    fn from_str(text: &str) -> Result<Self, PassphraseError> {
        Self::new(text.as_bytes())
    }
}

impl From<Code> for Passphrase {
    fn from(code: Code) -> Self {
        Self::Code(code)
    }
}

impl fmt::Debug for OwnPassphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnPassphrase(..)")
    }
}

impl fmt::Display for PassphraseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("a passphrase cannot be empty"),
            Self::TooLong => write!(f, "a passphrase has at most {PASSWORD_MAX} bytes"),
            Self::NotUtf8 => f.write_str("a passphrase must be UTF-8"),
            Self::Code(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for PassphraseError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn passphrase(text: &str) -> Passphrase {
        text.parse().unwrap()
    }

    /// Whether two passphrases lead to the same password.
    fn agree(one: &Passphrase, other: &Passphrase) -> bool {
        one.reveal() == other.reveal() && one.number() == other.number()
    }

    #[test]
    fn a_code_is_the_same_passphrase_however_it_is_typed() {
        let code = passphrase("47-coral-tulip-anvil-mocha");
        assert!(agree(&code, &passphrase(" 47 Coral TULIP anvil  mocha ")));
        assert_eq!(code.number().unwrap().get(), 47);
        assert_eq!(code.reveal().as_str(), "47-coral-tulip-anvil-mocha");
        assert!(!agree(&code, &passphrase("48-coral-tulip-anvil-mocha")));
    }

    #[test]
    fn any_other_text_is_a_passphrase_as_it_is() {
        for text in [" Sesame ", "47", "coral tulip anvil mocha", "ß", &"x".repeat(PASSWORD_MAX)] {
            let own = passphrase(text);
            assert_eq!((own.reveal().as_str(), own.number()), (text, None));
            assert!(matches!(own, Passphrase::Own(_)));
            _ = own.password();
        }
    }

    #[test]
    fn what_cannot_be_a_passphrase_says_why() {
        for (bytes, why) in [
            (&b""[..], "cannot be empty"),
            (&[b'x'; PASSWORD_MAX + 1], "at most 128 bytes"),
            (b"\xff", "must be UTF-8"),
            (b"47 corel tulip anvil mocha", "did you mean `coral`?"),
        ] {
            let error = Passphrase::new(bytes).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn nothing_secret_is_in_a_debug_print() {
        let shown = format!("{:?} {:?}", passphrase("47-coral-tulip-anvil-mocha"), passphrase("sesame"));
        assert_eq!(shown, "Code(Code(47-..)) Own(OwnPassphrase(..))");
    }
}
