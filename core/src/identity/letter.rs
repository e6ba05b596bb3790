//! Signatures under a text that a keeper holds: the author's, and the addressee's once it has it.
//!
//! A keeper can read such a text, delay it and drop it. It can neither write one, nor change it, nor give it to another
//! addressee, nor say that it was received.

use super::{Identity, is_signed};
use crate::suite::{HASH_LEN, sha512};
use crate::wire::{Letter, PublicKey, Signature};

/// Domains of what is signed. A proof of an identity is over fewer bytes, so it is none of these.
const LETTER: &[u8] = b"p2pm 1 letter";
const RECEIPT: &[u8] = b"p2pm 1 receipt";

/// Signs a letter to the addressee, as its author.
pub fn sign_letter(author: &Identity, addressee: &PublicKey, letter: &Letter<'_>) -> Signature {
    Signature(author.sign(&letter_hash(addressee, letter)))
}

/// Whether the author has signed this letter to the addressee.
pub fn is_letter(
    signature: &Signature,
    author: &PublicKey,
    addressee: &PublicKey,
    letter: &Letter<'_>,
) -> bool {
    is_signed(author, &letter_hash(addressee, letter), &signature.0)
}

/// Signs that the author's messages up to this number of this run are received, as the addressee.
pub fn sign_receipt(addressee: &Identity, author: &PublicKey, run: u32, sequence: u32) -> Signature {
    Signature(addressee.sign(&receipt_hash(author, run, sequence)))
}

/// Whether the addressee has signed that it has received the author's messages up to this number of this run.
pub fn is_receipt(
    signature: &Signature,
    addressee: &PublicKey,
    author: &PublicKey,
    (run, sequence): (u32, u32),
) -> bool {
    is_signed(addressee, &receipt_hash(author, run, sequence), &signature.0)
}

/// What is signed of a letter: the hash, so that no buffer holds all of it.
fn letter_hash(addressee: &PublicKey, letter: &Letter<'_>) -> [u8; HASH_LEN] {
    let Letter { run, scope, sequence, previous, is_given_up, text } = *letter;
    let (scope, is_given_up) = ([scope as u8], [is_given_up.into()]);
    let [run, sequence, previous] = [run, sequence, previous].map(u32::to_be_bytes);
    sha512(&[LETTER, &addressee.0, &run, &scope, &sequence, &previous, &is_given_up, text.as_bytes()])
}

fn receipt_hash(author: &PublicKey, run: u32, sequence: u32) -> [u8; HASH_LEN] {
    sha512(&[RECEIPT, &author.0, &run.to_be_bytes(), &sequence.to_be_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::KEY_LEN;
    use crate::wire::Scope;

    const GOOD: Letter<'_> =
        Letter { run: 1, scope: Scope::One, sequence: 3, previous: 2, is_given_up: false, text: "hello" };

    fn identity(byte: u8) -> Identity {
        Identity::from_seed(&[byte; KEY_LEN])
    }

    #[test]
    fn each_field_of_a_letter_is_signed() {
        let (katie, abdul, zoe) = (identity(1), identity(2).key(), identity(3).key());
        let signature = sign_letter(&katie, &abdul, &GOOD);
        assert!(is_letter(&signature, &katie.key(), &abdul, &GOOD));
        for other in [
            Letter { run: 2, ..GOOD },
            Letter { scope: Scope::All, ..GOOD },
            Letter { sequence: 4, ..GOOD },
            Letter { previous: 1, ..GOOD },
            Letter { is_given_up: true, ..GOOD },
            Letter { text: "hello!", ..GOOD },
        ] {
            assert!(!is_letter(&signature, &katie.key(), &abdul, &other), "{other:?}");
        }
        assert!(!is_letter(&signature, &katie.key(), &zoe, &GOOD));
        assert!(!is_letter(&signature, &zoe, &abdul, &GOOD));
    }

    #[test]
    fn each_field_of_a_receipt_is_signed() {
        let (katie, abdul, zoe) = (identity(1).key(), identity(2), identity(3).key());
        let signature = sign_receipt(&abdul, &katie, 7, 3);
        assert!(is_receipt(&signature, &abdul.key(), &katie, (7, 3)));
        for numbers in [(8, 3), (7, 4)] {
            assert!(!is_receipt(&signature, &abdul.key(), &katie, numbers), "{numbers:?}");
        }
        assert!(!is_receipt(&signature, &abdul.key(), &zoe, (7, 3)));
        assert!(!is_receipt(&signature, &zoe, &katie, (7, 3)));
    }
}
