//! Hexadecimal bytes.

/// Parses `LEN` bytes from twice as many hex digits.
pub(super) fn parse<const LEN: usize>(digits: &str) -> Option<[u8; LEN]> {
    let (pairs, []) = digits.as_bytes().as_chunks::<2>() else { return None };
    let mut bytes = [0; LEN];
    if pairs.len() != LEN {
        return None;
    }
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = value(*high)? << 4 | value(*low)?;
    }
    Some(bytes)
}

fn value(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}
