//! The messages by which a text reaches somebody who is away: an author entrusts it to a keeper, which passes it on.

use super::Scope;
use crate::error::Fault;
use crate::limits::{BODY_MAX, HELD_TEXT_MAX, KEY_LEN, SIGNATURE_LEN};
use crate::wire::cursor::{Reader, Writer};
use crate::wire::items::Item;
use crate::wire::{PublicKey, Signature};

/// A whole text as its author has signed it for one addressee. What the signature covers is
/// [`identity`](crate::identity)'s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Letter<'f> {
    /// Run of the author's node, in which the number is unique.
    pub run: u32,
    /// To whom the text is said.
    pub scope: Scope,
    /// Sequence number of the message.
    pub sequence: u32,
    /// Sequence number of the author's message to the same addressee before it; 0 if there is none, or that one was received.
    pub previous: u32,
    /// Whether the author does not have that one any more, so that it is not to be waited for.
    pub is_given_up: bool,
    /// The text, as the author sent it, not yet [sanitised](crate::wire::sanitise). At most [`HELD_TEXT_MAX`] bytes.
    pub text: &'f str,
}

/// A letter between a keeper and one of the two whom it concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mail<'f> {
    /// The other one: the addressee where it is entrusted, the author where it is passed on.
    pub key: PublicKey,
    /// The author's signature.
    pub signature: Signature,
    /// What is signed.
    pub letter: Letter<'f>,
}

/// What has become of a letter that was entrusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Key of the addressee.
    pub addressee: PublicKey,
    /// Sequence number of the message.
    pub sequence: u32,
    /// What has become of it.
    pub fate: Fate,
}

/// What a keeper says of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is held.
    Held,
    /// The addressee has it, and has signed so.
    Delivered(Signature),
    /// It is not held: there is no room for it any more, the addressee is not known to the keeper, or has not taken it.
    NotHeld,
}

impl<'f> Mail<'f> {
    pub(super) fn read(reader: &mut Reader<'f>) -> Result<Self, Fault> {
        let (key, signature) = (PublicKey::read(reader)?, Signature(reader.array()?));
        Ok(Self { key, signature, letter: Letter::read(reader)? })
    }

    pub(super) fn write(&self, writer: &mut Writer<'_>) {
        self.key.write(writer);
        writer.put(&self.signature.0);
        self.letter.write(writer);
    }
}

impl<'f> Letter<'f> {
    fn read(reader: &mut Reader<'f>) -> Result<Self, Fault> {
        let (run, scope) = (reader.u32()?, Scope::read(reader)?);
        let (sequence, previous, is_given_up) = (reader.u32()?, reader.u32()?, reader.flag()?);
        let text = core::str::from_utf8(reader.rest()).map_err(|_| Fault::Text)?;
        let letter = Self { run, scope, sequence, previous, is_given_up, text };
        if letter.is_sound() { Ok(letter) } else { Err(Fault::Value) }
    }

    /// Messages to a node are numbered upwards from 1, and what is given up is one of them.
    fn is_sound(&self) -> bool {
        self.previous < self.sequence && (self.previous > 0 || !self.is_given_up)
    }

    fn write(&self, writer: &mut Writer<'_>) {
        writer.u32(self.run);
        writer.u8(self.scope as u8);
        writer.u32(self.sequence);
        writer.u32(self.previous);
        writer.u8(self.is_given_up.into());
        writer.put(self.text.as_bytes());
    }
}

const _: () = assert!(KEY_LEN + SIGNATURE_LEN + 4 + 1 + 4 + 4 + 1 + HELD_TEXT_MAX == BODY_MAX);

impl Kept {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        Ok(Self { addressee: PublicKey::read(reader)?, sequence: reader.u32()?, fate: Fate::read(reader)? })
    }

    pub(super) fn write(&self, writer: &mut Writer<'_>) {
        self.addressee.write(writer);
        writer.u32(self.sequence);
        self.fate.write(writer);
    }
}

impl Fate {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        Ok(match reader.u8()? {
            0 => Self::Held,
            1 => Self::Delivered(Signature(reader.array()?)),
            2 => Self::NotHeld,
            _ => return Err(Fault::Value),
        })
    }

    fn write(&self, writer: &mut Writer<'_>) {
        match self {
            Self::Held => writer.u8(0),
            Self::Delivered(signature) => {
                writer.u8(1);
                writer.put(&signature.0);
            }
            Self::NotHeld => writer.u8(2),
        }
    }
}

/// Reads the answer to a letter that was passed on: the addressee's signature, if it has taken it.
pub(super) fn read_took(reader: &mut Reader<'_>) -> Result<Option<Signature>, Fault> {
    match reader.u8()? {
        0 => Ok(Some(Signature(reader.array()?))),
        1 => Ok(None),
        _ => Err(Fault::Value),
    }
}

pub(super) fn write_took(signature: Option<&Signature>, writer: &mut Writer<'_>) {
    writer.u8(signature.is_none().into());
    if let Some(signature) = signature {
        writer.put(&signature.0);
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use crate::wire::{EMPTY_FRAME, LinkMessage, Message, frame};

    const LETTER: Letter<'_> =
        Letter { run: 1, scope: Scope::All, sequence: 3, previous: 2, is_given_up: true, text: "hello" };
    const SIGNATURE: Signature = Signature([7; SIGNATURE_LEN]);
    const KEY: PublicKey = PublicKey([1; KEY_LEN]);

    fn parse(kind: u8, body: &[u8]) -> Result<(), Fault> {
        let mut bytes = EMPTY_FRAME;
        frame::emit(&mut bytes, kind, |writer| writer.put(body));
        LinkMessage::parse(&Message::parse(&bytes)?).map(|_| ())
    }

    #[test]
    fn each_message_is_parsed_as_it_was_emitted() {
        let mail = Mail { key: KEY, signature: SIGNATURE, letter: LETTER };
        let kept = |fate| LinkMessage::Kept(Kept { addressee: KEY, sequence: 3, fate });
        for (kind, message) in [
            (0x3b, LinkMessage::Keeps),
            (0x3c, LinkMessage::Entrust(mail)),
            (0x3d, kept(Fate::Held)),
            (0x3d, kept(Fate::Delivered(SIGNATURE))),
            (0x3d, kept(Fate::NotHeld)),
            (0x3e, LinkMessage::Pass(mail)),
            (0x3f, LinkMessage::Took(Some(SIGNATURE))),
            (0x3f, LinkMessage::Took(None)),
        ] {
            let mut bytes = EMPTY_FRAME;
            message.emit(&mut bytes);
            assert_eq!(bytes[4], kind, "{message:?}");
            assert_eq!(LinkMessage::parse(&Message::parse(&bytes).unwrap()), Ok(message));
        }
    }

    #[test]
    fn numbers_and_flags_without_a_meaning_are_refused() {
        let body = |numbers: [u8; 14]| [&[0; KEY_LEN + SIGNATURE_LEN][..], &numbers, b"hello"].concat();
        for (numbers, expected) in [
            ([0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0], Ok(())),
            ([0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 1], Ok(())),
            ([0, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0], Err(Fault::Value)),
            ([0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0], Err(Fault::Value)),
            ([0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 0], Err(Fault::Value)),
            ([0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1], Err(Fault::Value)),
            ([0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 2], Err(Fault::Value)),
        ] {
            assert_eq!(parse(0x3c, &body(numbers)), expected, "{numbers:?}");
            assert_eq!(parse(0x3e, &body(numbers)), expected, "{numbers:?}");
        }
        assert_eq!(parse(0x3e, &[0; 100]), Err(Fault::Length));
        assert_eq!(parse(0x3d, &[0; KEY_LEN + 5]), Ok(()));
        let fate = |fate: u8, rest: usize| [&[0; KEY_LEN + 4][..], &[fate], &std::vec![0; rest]].concat();
        assert_eq!(parse(0x3d, &fate(1, 64)), Ok(()));
        assert_eq!(parse(0x3d, &fate(1, 63)), Err(Fault::Length));
        assert_eq!(parse(0x3d, &fate(2, 1)), Err(Fault::Length));
        assert_eq!(parse(0x3d, &fate(3, 0)), Err(Fault::Value));
        for (body, expected) in [
            (&[1][..], Ok(())),
            (&[0; 65], Ok(())),
            (&[0; 64], Err(Fault::Length)),
            (&[1, 0], Err(Fault::Length)),
            (&[2], Err(Fault::Value)),
        ] {
            assert_eq!(parse(0x3f, body), expected, "{body:?}");
        }
    }
}
