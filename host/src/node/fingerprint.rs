//! Fingerprint of a sequence of values, by which a change is noticed without a copy of them.

use std::hash::{BuildHasher, Hash, Hasher, RandomState};

/// Fingerprint of the values seen last: `SipHash` with a key that no peer knows, so that none can choose two sequences with
/// the same one.
#[derive(Default)]
pub(super) struct Fingerprint {
    key: RandomState,
    last: Option<u64>,
}

impl Fingerprint {
    /// Takes the fingerprint of these values, and says whether it is another one than before.
    pub(super) fn update(&mut self, values: impl Iterator<Item: Hash>) -> bool {
        let mut hasher = self.key.build_hasher();
        let count = values.map(|value| value.hash(&mut hasher)).count();
        hasher.write_usize(count);
        self.last.replace(hasher.finish()) != self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_sequence_has_another_fingerprint() {
        let mut fingerprint = Fingerprint::default();
        for (values, is_new) in
            [(&[] as &[u8], true), (&[], false), (&[0], true), (&[0], false), (&[0, 0], true)]
        {
            assert_eq!(fingerprint.update(values.iter()), is_new, "{values:?}");
        }
    }
}
