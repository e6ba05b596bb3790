//! Identifier of a node in one run.

use core::fmt;

/// A UUID (RFC 9562).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uuid([u8; 16]);

impl Uuid {
    /// Length of the text of a UUID in bytes.
    pub(super) const TEXT_LEN: usize = 36;

    /// A UUID of version 4, from random bytes: six of their bits are replaced by version and variant.
    pub const fn from_random(bytes: [u8; 16]) -> Self {
        const VERSION: u128 = 0xF << 76;
        const VARIANT: u128 = 0b11 << 62;
        let bits = u128::from_be_bytes(bytes) & !(VERSION | VARIANT) | (4 << 76) | (0b10 << 62);
        Self(bits.to_be_bytes())
    }

    /// Reads 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12, of any version.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut bits = 0_u128;
        for (index, byte) in text.bytes().enumerate() {
            let is_hyphen = matches!(index, 8 | 13 | 18 | 23);
            if is_hyphen != (byte == b'-') {
                return None;
            }
            if !is_hyphen {
                bits = (bits << 4) | u128::from(char::from(byte).to_digit(16)?);
            }
        }
        (text.len() == Self::TEXT_LEN).then_some(Self(bits.to_be_bytes()))
    }

    /// The text, in lower case.
    pub(super) fn to_text(self) -> [u8; Self::TEXT_LEN] {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [b'-'; Self::TEXT_LEN];
        let digits =
            text.iter_mut().zip(0..Self::TEXT_LEN).filter(|(_, index)| !matches!(index, 8 | 13 | 18 | 23));
        let nibbles = self.0.iter().flat_map(|byte| [byte >> 4, byte & 0xF]);
        for ((digit, _), nibble) in digits.zip(nibbles) {
            *digit = DIGITS.get(usize::from(nibble)).copied().unwrap_or_default();
        }
        text
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(str::from_utf8(&self.to_text()).unwrap_or_default())
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::string::ToString;

    use super::*;

    #[test]
    fn a_random_uuid_is_of_version_4() {
        assert_eq!(Uuid::from_random([0xFF; 16]).to_string(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(Uuid::from_random([0; 16]).to_string(), "00000000-0000-4000-8000-000000000000");
    }

    #[test]
    fn what_is_written_can_be_read() {
        let uuid = Uuid::from_random(core::array::from_fn(|index| u8::try_from(index * 17).unwrap()));
        let text = uuid.to_string();
        assert_eq!(Uuid::parse(&text), Some(uuid));
        assert_eq!(Uuid::parse(&text.to_uppercase()), Some(uuid));
        let long = text.clone() + "0";
        for wrong in ["", &text[1..], &long, &text.replace('-', "0"), &text.replace('1', "g")] {
            assert_eq!(Uuid::parse(wrong), None, "{wrong}");
        }
    }
}
