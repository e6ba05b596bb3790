//! User names.

use core::fmt;

use heapless::String;

use crate::limits::NAME_MAX;

/// A valid user name: 1 to [`NAME_MAX`] bytes of UTF-8 that a terminal shows as they are.
///
/// Every character stays in its place on a terminal and can be seen, and neither the first nor the last is
/// U+0020. Names are compared byte by byte.
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
    /// A character that is not allowed, or a space first or last.
    Forbidden,
}

impl Name {
    /// The name in these bytes.
    pub fn new(bytes: &[u8]) -> Result<Self, NameError> {
        if bytes.is_empty() {
            return Err(NameError::Empty);
        }
        let text = core::str::from_utf8(bytes).map_err(|_| NameError::NotUtf8)?;
        if text.starts_with(' ')
            || text.ends_with(' ')
            || !text.chars().all(|c| stays_in_place(c) && !is_invisible(c))
        {
            return Err(NameError::Forbidden);
        }
        String::try_from(text).map(Self).map_err(|_| NameError::TooLong)
    }

    /// The name as text, safe to show on a terminal.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a terminal shows this character in its place: it neither moves the cursor nor reorders its
/// neighbours (Unicode UAX #9).
pub(super) fn stays_in_place(c: char) -> bool {
    !c.is_control()
        && !matches!(c,
            '\u{061C}'
            | '\u{200E}'..='\u{200F}'
            | '\u{2028}'..='\u{202E}'
            | '\u{2066}'..='\u{206F}'
            | '\u{FFF9}'..='\u{FFFB}')
}

/// Whether a character can go unseen: `Default_Ignorable_Code_Point` of Unicode.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00AD}'
        | '\u{034F}'
        | '\u{061C}'
        | '\u{115F}'..='\u{1160}'
        | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{3164}'
        | '\u{FE00}'..='\u{FE0F}'
        | '\u{FEFF}'
        | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFF8}'
        | '\u{1BCA0}'..='\u{1BCA3}'
        | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}')
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
            Self::Forbidden => {
                f.write_str("a name cannot hold control characters, or begin or end with a space")
            }
        }
    }
}

impl core::error::Error for NameError {}
