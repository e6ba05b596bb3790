//! The words of codes: the long list of the Electronic Frontier Foundation, <https://www.eff.org/dice>, in the file that it
//! publishes (Creative Commons Attribution 3.0 United States).
//!
//! No word is the beginning of another, and four have a hyphen, such as `t-shirt`.

use std::sync::LazyLock;

use p2pm_core::identity::Comparison;

/// Lines of five throws of a die, a tab and a word, in alphabetical order.
const FILE: &str = include_str!("eff_large_wordlist.txt");
/// Number of words: six to the power of five.
pub(super) const WORDS: usize = 6_usize.pow(5);

static LIST: LazyLock<Vec<&str>> =
    LazyLock::new(|| FILE.lines().filter_map(|line| Some(line.split_once('\t')?.1)).collect());

/// What two people read to each other, in words.
pub fn comparison_words(comparison: &Comparison) -> [&'static str; 6] {
    comparison.0.map(word)
}

/// The word with this number, modulo [`WORDS`].
pub(super) fn word(number: u16) -> &'static str {
    LIST[usize::from(number) % WORDS]
}

/// Number of a word in lower case.
pub(super) fn find(word: &str) -> Option<u16> {
    LIST.binary_search(&word).ok().and_then(|number| u16::try_from(number).ok())
}

/// The word that takes the fewest changes to become: insertions, deletions, substitutions and transpositions of
/// neighbours. Among several, one that begins with the same letter.
pub(super) fn nearest(to: &str) -> &'static str {
    let distance =
        |word: &&str| (strsim::osa_distance(word, to), word.as_bytes().first() != to.as_bytes().first());
    LIST.iter().copied().min_by_key(distance).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use p2pm_core::wire::PublicKey;
    use sha2::{Digest, Sha256};

    use super::*;

    /// SHA-256 of <https://www.eff.org/files/2016/07/18/eff_large_wordlist.txt>.
    const HASH: &str = "addd35536511597a02fa0a9ff1e5284677b8883b83e986e43f15a3db996b903e";

    #[test]
    fn the_list_is_that_of_the_foundation() {
        let mut digits = [0; 64];
        assert_eq!(base16ct::lower::encode_str(&Sha256::digest(FILE), &mut digits), Ok(HASH));
    }

    #[test]
    fn every_word_is_found() {
        assert_eq!((WORDS, word(0), word(7775), word(7776)), (7776, "abacus", "zoom", "abacus"));
        for (number, word) in (0..).zip(LIST.iter().copied()) {
            assert_eq!(find(word), Some(number));
        }
    }

    #[test]
    fn no_word_begins_another_so_one_that_is_split_at_its_hyphen_is_found_again() {
        for pair in LIST.windows(2) {
            assert!(!pair[1].starts_with(pair[0]), "{pair:?}");
        }
        let hyphenated: Vec<_> = LIST.iter().filter(|word| word.contains('-')).collect();
        assert_eq!(hyphenated, [&"drop-down", &"felt-tip", &"t-shirt", &"yo-yo"]);
        assert!(LIST.iter().all(|word| word.bytes().all(|c| c == b'-' || c.is_ascii_lowercase())));
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
