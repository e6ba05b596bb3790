//! User names.

use core::fmt;

use heapless::String;

use super::unicode::{is_unclear, is_unseen};
use crate::limits::NAME_MAX;

/// A valid user name: 1 to [`NAME_MAX`] bytes of UTF-8 that a terminal shows unchanged.
///
/// No character is invisible, blank or acts on its neighbours, except U+0020 in the middle: see
/// `docs/PROTOCOL.md`, section 4.1. The list is fixed to Unicode 16.0, so that all peers agree; characters
/// assigned later are allowed. Names are compared byte by byte.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Name(String<NAME_MAX, u8>);

/// Why a string is not a [`Name`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum NameError {
    /// No bytes at all.
    Empty,
    /// More than [`NAME_MAX`] bytes.
    TooLong,
    /// Bytes that are not UTF-8.
    NotUtf8,
    /// A character that is not allowed, or a space at the beginning or end.
    Forbidden,
}

impl Name {
    /// Validates a name.
    pub fn new(bytes: &[u8]) -> Result<Self, NameError> {
        if bytes.is_empty() {
            return Err(NameError::Empty);
        }
        let text = core::str::from_utf8(bytes).map_err(|_| NameError::NotUtf8)?;
        if text.starts_with(' ') || text.ends_with(' ') || text.chars().any(|c| is_unseen(c) || is_unclear(c))
        {
            return Err(NameError::Forbidden);
        }
        String::try_from(text).map(Self).map_err(|_| NameError::TooLong)
    }

    /// The name, safe to show on a terminal.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl core::str::FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::new(text.as_bytes())
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("a name cannot be empty"),
            Self::TooLong => write!(f, "a name has at most {NAME_MAX} bytes"),
            Self::NotUtf8 => f.write_str("a name must be UTF-8"),
            Self::Forbidden => f.write_str(
                "a name cannot hold characters that are invisible or blank, or begin or end with a space",
            ),
        }
    }
}

impl core::error::Error for NameError {}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::format;

    use super::*;
    use crate::error::tests::assert_texts_differ;

    #[test]
    fn a_name_has_1_to_32_bytes_of_visible_text() {
        let longest = [b'x'; NAME_MAX];
        for bytes in [b"zo\xc3\xab".as_slice(), b"a b", &longest] {
            assert_eq!(Name::new(bytes).map(|name| name.as_str().as_bytes() == bytes), Ok(true));
        }
        for (bytes, error) in [
            (&b""[..], NameError::Empty),
            (&[b'x'; NAME_MAX + 1], NameError::TooLong),
            (b"zo\xc3", NameError::NotUtf8),
            (b" a", NameError::Forbidden),
            (b"a ", NameError::Forbidden),
            (b"a\x1bb", NameError::Forbidden),
            ("a\u{a0}b".as_bytes(), NameError::Forbidden),
        ] {
            assert_eq!(Name::new(bytes), Err(error), "{bytes:?}");
        }
        assert_texts_differ(&[
            NameError::Empty,
            NameError::TooLong,
            NameError::NotUtf8,
            NameError::Forbidden,
        ]);
    }

    #[test]
    fn a_name_is_displayed_in_columns_and_quoted_when_debugged() {
        let name: Name = "katie".parse().unwrap();
        assert_eq!(format!("{name:7}|{name:?}"), "katie  |\"katie\"");
    }
}
