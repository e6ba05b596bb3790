//! The words of codes: the long list of the Electronic Frontier Foundation, <https://www.eff.org/dice>.
//!
//! No word is the beginning of another, and four have a hyphen, such as `t-shirt`.

use diceware_wordlists::EFF_LONG_WORDLIST;
use p2pm_core::identity::Comparison;

/// Number of words: six to the power of five.
pub(super) const WORDS: usize = EFF_LONG_WORDLIST.len();

/// What two people read to each other, in words.
pub fn comparison_words(comparison: &Comparison) -> [&'static str; 6] {
    comparison.0.map(word)
}

/// The word with this number, modulo [`WORDS`].
pub(super) fn word(number: u16) -> &'static str {
    EFF_LONG_WORDLIST[usize::from(number) % WORDS]
}

/// Number of a word in lower case.
pub(super) fn find(word: &str) -> Option<u16> {
    EFF_LONG_WORDLIST.binary_search(&word).ok().and_then(|number| u16::try_from(number).ok())
}

/// The word that takes the fewest changes to become: insertions, deletions, substitutions and transpositions of
/// neighbours. Among several, one that begins with the same letter.
pub(super) fn nearest(to: &str) -> &'static str {
    let distance =
        |word: &&str| (strsim::osa_distance(word, to), word.as_bytes().first() != to.as_bytes().first());
    EFF_LONG_WORDLIST.iter().copied().min_by_key(distance).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use p2pm_core::wire::PublicKey;
    use sha2::{Digest, Sha256};

    use super::*;

    /// SHA-256 of <https://www.eff.org/files/2016/07/18/eff_large_wordlist.txt>.
    const FILE_HASH: &str = "addd35536511597a02fa0a9ff1e5284677b8883b83e986e43f15a3db996b903e";

    #[test]
    fn the_list_is_that_of_the_foundation() {
        let mut hash = Sha256::new();
        for (number, word) in (0..).zip(EFF_LONG_WORDLIST) {
            let dice = [4, 3, 2, 1, 0].map(|throw| char::from(b'1' + (number / 6_u16.pow(throw) % 6) as u8));
            hash.update(format!("{}\t{word}\n", String::from_iter(dice)));
        }
        let mut digits = [0; 64];
        assert_eq!(base16ct::lower::encode_str(&hash.finalize(), &mut digits), Ok(FILE_HASH));
    }

    #[test]
    fn every_word_is_found() {
        assert_eq!((WORDS, word(0), word(7775), word(7776)), (7776, "abacus", "zoom", "abacus"));
        for (number, word) in (0..).zip(EFF_LONG_WORDLIST) {
            assert_eq!(find(word), Some(number));
        }
    }

    #[test]
    fn no_word_begins_another_so_one_that_is_split_at_its_hyphen_is_found_again() {
        for pair in EFF_LONG_WORDLIST.windows(2) {
            assert!(!pair[1].starts_with(pair[0]), "{pair:?}");
        }
        let hyphenated: Vec<_> = EFF_LONG_WORDLIST.iter().filter(|word| word.contains('-')).collect();
        assert_eq!(hyphenated, [&"drop-down", &"felt-tip", &"t-shirt", &"yo-yo"]);
        assert!(
            EFF_LONG_WORDLIST.iter().all(|word| word.bytes().all(|c| c == b'-' || c.is_ascii_lowercase()))
        );
    }

    #[test]
    fn a_typing_error_has_its_word_as_the_nearest() {
        for (typed, meant) in
            [("corel", "coral"), ("tulpi", "tulip"), ("anvl", "anvil"), ("tshirt", "t-shirt")]
        {
            assert_eq!((find(typed), nearest(typed)), (None, meant));
        }
    }

    #[test]
    fn a_comparison_has_a_word_for_each_number() {
        assert_eq!(
            comparison_words(&Comparison([0, 1, 2, 7773, 7774, 7775])),
            ["abacus", "abdomen", "abdominal", "zoologist", "zoology", "zoom"]
        );
        let [one, other] = [1, 2].map(|byte| PublicKey([byte; 32]));
        let comparison = Comparison::new(one, other);
        assert_eq!(comparison_words(&comparison).map(|word| find(word).unwrap()), comparison.0);
    }
}
