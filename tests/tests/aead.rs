//! Implementations of the AEAD compared: the same bytes, and the same errors.
#![cfg(feature = "ring")]

use p2pm_core::error::Fault;
use p2pm_core::limits::{FRAME_LEN, TRAILER_LEN};
use p2pm_core::suite::aead::{Aead, KEY_LEN, NONCE_LEN, Portable, TAG_LEN};
use p2pm_host::suite::Ring;
use proptest::prelude::*;

type Key = [u8; KEY_LEN];
type Nonce = [u8; NONCE_LEN];
type Tag = [u8; TAG_LEN];

fn seal<A: Aead>(key: &Key, nonce: &Nonce, plain: &[u8]) -> (Vec<u8>, Tag) {
    let mut text = plain.to_vec();
    let tag = A::seal(key, nonce, &mut text).expect("short enough");
    (text, tag)
}

fn open<A: Aead>(key: &Key, nonce: &Nonce, sealed: &[u8], tag: &Tag) -> Result<Vec<u8>, Fault> {
    let mut text = sealed.to_vec();
    A::open(key, nonce, &mut text, tag).map(|()| text)
}

proptest! {
    #[test]
    fn either_seals_to_the_same_bytes_and_opens_what_the_other_sealed(
        key: Key,
        nonce: Nonce,
        plain in prop::collection::vec(any::<u8>(), 0..=FRAME_LEN - TRAILER_LEN),
    ) {
        let (sealed, tag) = seal::<Portable>(&key, &nonce, &plain);
        prop_assert_eq!(seal::<Ring>(&key, &nonce, &plain), (sealed.clone(), tag));
        prop_assert_eq!(open::<Portable>(&key, &nonce, &sealed, &tag), Ok(plain.clone()));
        prop_assert_eq!(open::<Ring>(&key, &nonce, &sealed, &tag), Ok(plain));
    }

    #[test]
    fn neither_opens_what_was_changed(
        key: Key,
        nonce: Nonce,
        plain in prop::collection::vec(any::<u8>(), 0..=FRAME_LEN - TRAILER_LEN),
        bit: prop::sample::Index,
    ) {
        let (sealed, tag) = seal::<Portable>(&key, &nonce, &plain);
        let mut changed = [&sealed[..], &tag].concat();
        let bit = bit.index(changed.len() * 8);
        changed[bit / 8] ^= 1 << (bit % 8);
        let (text, tag) = changed.split_last_chunk().expect("it has a tag");
        prop_assert_eq!(open::<Portable>(&key, &nonce, text, tag), Err(Fault::Seal));
        prop_assert_eq!(open::<Ring>(&key, &nonce, text, tag), Err(Fault::Seal));
    }
}
