//! Tag: the short form of a public key.

use core::fmt::{self, Write};
use core::str::FromStr;

use crate::suite::sha512;
use crate::wire::PublicKey;

const DOMAIN: &[u8] = b"p2pm 1 tag";
/// Digits of Crockford's base 32 in lower case: without `i`, `l`, `o` and `u`.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Length of a tag in digits of five bits.
const DIGITS: usize = 12;
/// Digits between two hyphens.
const GROUP: usize = 4;

/// Short form of a public key: 60 bits of its hash, written as `k7f3-9xq2-m4tz`.
///
/// It is long enough that nobody can make a second key with the tag of a first one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Tag([u8; DIGITS]);

/// Text that is no tag: not 12 digits, hyphens and spaces aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TagError;

impl Tag {
    pub(super) fn of(key: &PublicKey) -> Self {
        let hash = sha512(&[DOMAIN, &key.0]);
        let mut bits = hash.iter().take(8).fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        Self([(); DIGITS].map(|()| {
            bits = bits.rotate_left(5);
            (bits & 31) as u8
        }))
    }

    /// Whether the tag begins with these characters, hyphens aside, as someone types the beginning of it.
    pub fn begins_with(&self, text: &str) -> bool {
        let mut digits = self.0.iter();
        text.chars().filter(|c| *c != '-').all(|c| digits.next().copied() == value(c))
    }
}

/// Value of a digit, in which case and letters that look alike do not matter.
fn value(digit: char) -> Option<u8> {
    let digit = match digit.to_ascii_lowercase() {
        'o' => '0',
        'i' | 'l' => '1',
        digit => digit,
    };
    ALPHABET.iter().zip(0..).find(|(of, _)| char::from(**of) == digit).map(|(_, value)| value)
}

impl FromStr for Tag {
    type Err = TagError;

    fn from_str(text: &str) -> Result<Self, TagError> {
        let mut digits = text.chars().filter(|c| !matches!(c, '-' | ' ')).map(value);
        let mut tag = [0; DIGITS];
        for digit in &mut tag {
            *digit = digits.next().flatten().ok_or(TagError)?;
        }
        if digits.next().is_some() { Err(TagError) } else { Ok(Self(tag)) }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, group) in self.0.chunks(GROUP).enumerate() {
            if index > 0 {
                f.write_char('-')?;
            }
            for digit in group {
                f.write_char(ALPHABET.get(usize::from(*digit)).map_or('?', |digit| char::from(*digit)))?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tag({self})")
    }
}

impl fmt::Display for TagError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a tag has 12 letters and digits, as in k7f3-9xq2-m4tz")
    }
}

impl core::error::Error for TagError {}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::format;
    use std::string::ToString;

    use super::*;

    #[test]
    fn a_tag_is_read_as_it_is_shown_and_as_people_type_it() {
        let tag = PublicKey([7; 32]).tag();
        let text = tag.to_string();
        assert_eq!((text.len(), text.matches('-').count()), (14, 2));
        assert_eq!(text.parse(), Ok(tag));
        assert_eq!(
            text.replace('-', " ").to_uppercase().replace('0', "O").replace('1', "l").parse(),
            Ok(tag)
        );
        for wrong in ["", &text[1..], &format!("{text}0"), &text.replace(&text[..1], "u")] {
            assert_eq!(wrong.parse::<Tag>(), Err(TagError), "{wrong}");
        }
        assert!(tag.begins_with(&text[..6]) && tag.begins_with("") && tag.begins_with(&text));
        assert!(!tag.begins_with(&format!("{text}0")) && !tag.begins_with("u"));
    }

    #[test]
    fn every_bit_of_a_key_counts() {
        let tag = PublicKey([0; 32]).tag();
        for bit in 0..256 {
            let mut key = [0; 32];
            key[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(PublicKey(key).tag(), tag);
        }
    }
}
