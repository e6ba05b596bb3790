//! A letter and its receipt: the values that `tests/vectors/letter.txt` records are those of the code, and so are the frames
//! that carry them.

use p2pm_core::identity::{Identity, is_letter, is_receipt, sign_letter, sign_receipt};
use p2pm_core::limits::{HEADER_LEN, KEY_LEN, SIGNATURE_LEN};
use p2pm_core::wire::{EMPTY_FRAME, Fate, Kept, Letter, LinkMessage, Mail, Scope};

use crate::link::{KATIES_RUN, seed};
use crate::recording::recorded_values;

/// What Katie writes to Abdul once he has left, at the end of the recorded link.
const LETTER: Letter<'_> = Letter {
    run: KATIES_RUN,
    scope: Scope::One,
    sequence: 3,
    previous: 0,
    is_given_up: false,
    text: "at eight?",
};

/// Header and body of the frame.
fn frame(message: &LinkMessage<'_>) -> Vec<u8> {
    let mut frame = EMPTY_FRAME;
    message.emit(&mut frame);
    let body = usize::from(u16::from_be_bytes([frame[6], frame[7]]));
    frame[..HEADER_LEN + body].to_vec()
}

#[test]
fn a_letter_and_its_receipt() {
    let [katie, abdul] = [0x00, 0x20].map(|first| Identity::from_seed(&seed(first)));
    let Letter { run, sequence, .. } = LETTER;
    let signature = sign_letter(&katie, &abdul.key(), &LETTER);
    let receipt = sign_receipt(&abdul, &katie.key(), run, sequence);
    assert!(is_letter(&signature, &katie.key(), &abdul.key(), &LETTER));
    assert!(is_receipt(&receipt, &abdul.key(), &katie.key(), (run, sequence)));

    let mail = |key| Mail { key, signature, letter: LETTER };
    let kept = |fate| LinkMessage::Kept(Kept { addressee: abdul.key(), sequence, fate });
    let entrust = frame(&LinkMessage::Entrust(mail(abdul.key())));
    // What is signed ends as the frame does.
    let numbers_and_text = &entrust[HEADER_LEN + KEY_LEN + SIGNATURE_LEN..];
    let letter_input = [b"p2pm 1 letter", &abdul.key().0[..], numbers_and_text].concat();
    let [run, sequence] = [run, sequence].map(u32::to_be_bytes);
    let receipt_input = [b"p2pm 1 receipt", &katie.key().0[..], &run, &sequence].concat();
    let computed = [
        ("letter_input", letter_input),
        ("letter_signature", signature.0.to_vec()),
        ("entrust", entrust),
        ("held", frame(&kept(Fate::Held))),
        ("pass", frame(&LinkMessage::Pass(mail(katie.key())))),
        ("receipt_input", receipt_input),
        ("receipt_signature", receipt.0.to_vec()),
        ("took", frame(&LinkMessage::Took(Some(receipt)))),
        ("delivered", frame(&kept(Fate::Delivered(receipt)))),
    ];
    assert_eq!(recorded_values("letter"), computed.map(|(name, bytes)| (name.to_owned(), bytes)));
}
