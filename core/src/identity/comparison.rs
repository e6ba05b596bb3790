//! Comparison: what two people read to each other to be sure of both keys.

use core::fmt;

use crate::suite::sha512;
use crate::wire::PublicKey;

const DOMAIN: &[u8] = b"p2pm 1 comparison";
/// Values of one number: as many as there are words in a list of the Electronic Frontier Foundation.
const BASE: u128 = 7776;

/// Six numbers from 0 to 7775, 77 bits, the same at both ends. A program with a list of words shows words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comparison(pub [u16; 6]);

impl Comparison {
    /// Of two keys, in either order.
    pub fn new(one: PublicKey, other: PublicKey) -> Self {
        let hash = sha512(&[DOMAIN, &one.min(other).0, &one.max(other).0]);
        let mut bits = hash.iter().take(16).fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
        Self([(); 6].map(|()| {
            let number = bits % BASE;
            bits /= BASE;
            u16::try_from(number).unwrap_or_default()
        }))
    }
}

impl fmt::Display for Comparison {
    /// The numbers with four digits each, for those who have no words.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, number) in self.0.iter().enumerate() {
            let separator = if index > 0 { " " } else { "" };
            write!(f, "{separator}{number:04}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::string::ToString;

    use super::*;

    #[test]
    fn both_ends_have_the_same_and_others_have_another() {
        let [a, b, c] = [1, 2, 3].map(|byte| PublicKey([byte; 32]));
        assert_eq!(Comparison::new(a, b), Comparison::new(b, a));
        assert_ne!(Comparison::new(a, b), Comparison::new(a, c));
        let shown = Comparison::new(a, b).to_string();
        assert_eq!((shown.len(), shown.split(' ').count()), (29, 6));
        assert!(Comparison::new(a, b).0.iter().all(|number| u128::from(*number) < BASE));
    }
}
