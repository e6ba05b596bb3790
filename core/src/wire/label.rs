//! Names of files and folders.

use core::fmt;

use crate::limits::LABEL_MAX;

/// Name of one file or folder: 1 to [`LABEL_MAX`] bytes of UTF-8, without a slash or a zero byte, and neither `.` nor `..`.
/// So it is a name in a folder on POSIX systems, never a path. It may hold characters that must be
/// [sanitised](super::sanitise) before a terminal shows them, and names that mean something to a shell or to Windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label<'f>(&'f str);

/// Why bytes are no [`Label`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum LabelError {
    /// No bytes at all.
    Empty,
    /// More than [`LABEL_MAX`] bytes.
    TooLong,
    /// Bytes that are not UTF-8.
    NotUtf8,
    /// It holds a slash or a zero byte, or is `.` or `..`.
    Path,
}

impl<'f> Label<'f> {
    /// Validates a name.
    pub fn new(bytes: &'f [u8]) -> Result<Self, LabelError> {
        if bytes.is_empty() {
            return Err(LabelError::Empty);
        }
        if bytes.len() > LABEL_MAX {
            return Err(LabelError::TooLong);
        }
        if matches!(bytes, b"." | b"..") || bytes.iter().any(|byte| matches!(byte, b'/' | b'\0')) {
            return Err(LabelError::Path);
        }
        core::str::from_utf8(bytes).map(Self).map_err(|_| LabelError::NotUtf8)
    }

    /// A name that was valid before.
    pub(crate) const fn again(name: &'f str) -> Self {
        Self(name)
    }

    /// The name, as the peer sent it.
    pub fn as_str(&self) -> &'f str {
        self.0
    }
}

impl fmt::Display for LabelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the name of a file cannot be empty"),
            Self::TooLong => write!(f, "the name of a file has at most {LABEL_MAX} bytes"),
            Self::NotUtf8 => f.write_str("the name of a file must be UTF-8"),
            Self::Path => f.write_str("the name of a file cannot be a path"),
        }
    }
}

impl core::error::Error for LabelError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::tests::assert_texts_differ;

    #[test]
    fn a_label_is_one_name_in_a_folder() {
        let longest = [b'x'; LABEL_MAX];
        for bytes in [&b"a"[..], "déjà vu.txt".as_bytes(), b"...", b"..x", b"CON", b"a\x1b[2J", &longest] {
            assert_eq!(Label::new(bytes).map(|label| label.as_str().as_bytes()), Ok(bytes));
        }
        for (bytes, error) in [
            (&b""[..], LabelError::Empty),
            (&[b'x'; LABEL_MAX + 1], LabelError::TooLong),
            (b"a\xff", LabelError::NotUtf8),
            (b".", LabelError::Path),
            (b"..", LabelError::Path),
            (b"/x", LabelError::Path),
            (b"../x", LabelError::Path),
            (b"a/../../x", LabelError::Path),
            (b"a\0", LabelError::Path),
        ] {
            assert_eq!(Label::new(bytes), Err(error), "{bytes:?}");
        }
        assert_texts_differ(&[LabelError::Empty, LabelError::TooLong, LabelError::NotUtf8, LabelError::Path]);
    }
}
