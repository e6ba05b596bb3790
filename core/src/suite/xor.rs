//! The cipher of 2015: every byte of a frame XOR `'A'`. Obfuscation, not encryption.

use super::{Entropy, Hellos, Initiator, Password, Protection, Rejection, Responder, Suite, Verified};
use crate::error::Fault;
use crate::wire::SuiteId;

const KEY: u8 = b'A';

/// The xor suite, and its protection, which has no key but the constant.
#[derive(Clone, Copy, Debug, Default)]
pub struct Xor;

impl Suite for Xor {
    const ID: SuiteId = SuiteId::Xor;
    const CAUTION: Option<&'static str> = Some(
        "caution: the xor suite is obfuscation, not protection: \
         whoever sees the traffic can read it, the password too",
    );
    type Early = Self;
    type Keys = Self;
    type Initiator = XorInitiator;
    type Responder = XorResponder;
}

impl Protection for Xor {
    fn seal(&mut self, frame: &mut [u8]) {
        apply(frame);
    }

    fn open(&mut self, frame: &mut [u8]) -> Result<(), Fault> {
        apply(frame);
        Ok(())
    }
}

/// XORs the whole buffer, terminators and padding included; it is its own inverse. The blocks of fixed length let
/// the compiler vectorise without code for alignment and remainder.
fn apply(frame: &mut [u8]) {
    let (blocks, rest) = frame.as_chunks_mut::<64>();
    let toggle = |bytes: &mut [u8]| {
        for byte in bytes {
            *byte ^= KEY;
        }
    };
    for block in blocks {
        toggle(block);
    }
    toggle(rest);
}

/// Sends the password itself.
pub struct XorInitiator(Password);

impl Initiator for XorInitiator {
    type Keys = Xor;

    fn new(_: &Hellos, share: &[u8], password: &Password, _: &Entropy) -> Result<Self, Fault> {
        expect_empty(share).map(|()| Self(password.clone()))
    }

    fn credentials(&self) -> &[u8] {
        self.0.as_bytes()
    }

    fn finish(&mut self, welcome: &[u8]) -> Result<Xor, Fault> {
        expect_empty(welcome).map(|()| Xor)
    }
}

/// Compares the received password with its own.
pub struct XorResponder;

impl Responder for XorResponder {
    type Verified = Self;

    fn new(_: &Hellos, share: &[u8], _: &Password, _: &Entropy) -> Result<Self, Fault> {
        expect_empty(share).map(|()| Self)
    }

    fn share(&self) -> &[u8] {
        &[]
    }

    fn verify(&self, _: &Hellos, credentials: &[u8], password: &Password) -> Result<Self, Rejection> {
        if password.matches(credentials).into() { Ok(Self) } else { Err(Rejection::WrongPassword) }
    }
}

impl Verified for XorResponder {
    type Keys = Xor;

    fn welcome(&self) -> &[u8] {
        &[]
    }

    fn finish(&mut self) -> Xor {
        Xor
    }
}

fn expect_empty(bytes: &[u8]) -> Result<(), Fault> {
    if bytes.is_empty() { Ok(()) } else { Err(Fault::Length) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{ChatMessage, EMPTY_FRAME, Message, Text};

    /// Regression: the 2015 code copied ciphertext with `strcpy`. An `A` became a NUL and cut the text there,
    /// and the zero padding became `A`s, so that the copy ran past its end.
    #[test]
    fn an_a_in_the_text_neither_cuts_it_nor_overruns() {
        let text = Text::new("AAA banana A \0 A").unwrap();
        let mut frame = EMPTY_FRAME;
        Message::Chat(ChatMessage::Text(text)).emit(&mut frame);
        let plain = frame;
        Xor.seal(&mut frame);
        assert!(frame.iter().zip(plain).all(|(sealed, byte)| *sealed == byte ^ 0x41));
        Xor.open(&mut frame).unwrap();
        assert_eq!(frame, plain);
        assert_eq!(Message::parse(&frame), Ok(Message::Chat(ChatMessage::Text(text))));
    }
}
