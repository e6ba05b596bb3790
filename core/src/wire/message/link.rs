//! The messages of a link between two nodes.

use core::num::NonZeroU16;

use super::letter::{read_took, write_took};
use super::{Answer, Kept, Mail, Message, Offer, Reception, TransferId};
use crate::error::Fault;
use crate::limits::{KEY_LEN, LINK_TEXT_MAX, PART_MAX};
use crate::wire::cursor::{Reader, Writer};
use crate::wire::items::{Item, ItemWriter, Items};
use crate::wire::{Endpoint, Name, Proof, PublicKey, Signature, frame};

/// A frame of a link, whose body is not parsed yet: see [`LinkMessage::parse`].
///
/// The parser is large, and only links contain it. Elsewhere such a frame is out of place, whatever its body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkFrame<'f> {
    kind: Kind,
    body: &'f [u8],
}

/// A message of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkMessage<'f> {
    /// Either side, first: whose node this is.
    Introduce(Introduction),
    /// Either side: the name that its user goes by, once the other side is introduced, and each time it changes.
    Name(Name),
    /// Either side: the other node is accepted.
    Admit {
        /// Sequence number of the last message that was received from the other node, in its present run; 0 for none.
        heard: u32,
    },
    /// Either side: a text, or a part of it.
    Say(Part<'f>),
    /// Either side: every message up to this sequence number has been received.
    Receipt {
        /// Sequence number of a message of the receiver's, in its present run.
        sequence: u32,
    },
    /// Either side: nodes that the sender is linked with.
    Roster(Items<'f, Neighbour>),
    /// Either side: what do you hear of my discovery?
    AskReception,
    /// Either side: what the sender hears of the receiver's discovery.
    Reception(Reception),
    /// Sender of a file: an offer.
    Offer(Offer<'f>),
    /// Receiver of a file: the answer to an offer.
    Answer(Answer),
    /// Sender of a file: the offer holds no more.
    Withdraw(TransferId),
    /// Keeper: texts for those who are away may be entrusted to it.
    Keeps,
    /// Author, to a keeper: a text for somebody who is away.
    Entrust(Mail<'f>),
    /// Keeper, to the author: what has become of such a text.
    Kept(Kept),
    /// Keeper, to the addressee: a text that was entrusted to it.
    Pass(Mail<'f>),
    /// Addressee, to the keeper: the text that was passed last is received, by this signature, or it is not taken.
    Took(Option<Signature>),
}

/// Introduction of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Introduction {
    /// The node's key.
    pub key: PublicKey,
    /// Port on which it listens for links, if it does.
    pub port: Option<NonZeroU16>,
    /// Longest text that it takes, in bytes.
    pub text_max: u16,
    /// Random number of this run of the node. Sequence numbers begin anew with each run.
    pub run: u32,
    /// Proof that the sender holds the key.
    pub proof: Proof,
}

/// To whom a text is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum Scope {
    /// To the receiver alone.
    One = 1,
    /// To everyone in the circle.
    All = 2,
}

/// A text of at most [`LINK_TEXT_MAX`] bytes, or a part of one that is longer than a frame. Each part is UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part<'f> {
    /// To whom the text is said.
    pub scope: Scope,
    /// Sequence number of the message.
    pub sequence: u32,
    /// Sequence number of the message to the same node before it, or 0 if there is none or that one was received: whether one
    /// is missing.
    pub previous: u32,
    /// Length of the whole text, in bytes.
    pub total: u16,
    /// Bytes of the text before this part.
    pub offset: u16,
    /// The part, as the peer sent it, not yet [sanitised](crate::wire::sanitise). At most [`PART_MAX`] bytes.
    pub text: &'f str,
}

/// A node that the sender of a roster is linked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Neighbour {
    /// Its key.
    pub key: PublicKey,
    /// Where it listens, as far as the sender knows.
    pub endpoint: Endpoint,
}

/// Kinds of a link's messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Kind {
    Introduce = 0x30,
    Name = 0x31,
    Admit = 0x32,
    Say = 0x33,
    Receipt = 0x34,
    Roster = 0x35,
    AskReception = 0x36,
    Reception = 0x37,
    Offer = 0x38,
    Answer = 0x39,
    Withdraw = 0x3a,
    Keeps = 0x3b,
    Entrust = 0x3c,
    Kept = 0x3d,
    Pass = 0x3e,
    Took = 0x3f,
}

impl<'f> LinkFrame<'f> {
    pub(super) fn read(kind: u8, reader: &mut Reader<'f>) -> Result<Self, Fault> {
        Ok(Self { kind: Kind::new(kind)?, body: reader.rest() })
    }

    pub(super) fn kind(&self) -> u8 {
        self.kind as u8
    }

    pub(super) fn body(&self) -> &'f [u8] {
        self.body
    }
}

impl Kind {
    fn new(kind: u8) -> Result<Self, Fault> {
        Ok(match kind {
            0x30 => Self::Introduce,
            0x31 => Self::Name,
            0x32 => Self::Admit,
            0x33 => Self::Say,
            0x34 => Self::Receipt,
            0x35 => Self::Roster,
            0x36 => Self::AskReception,
            0x37 => Self::Reception,
            0x38 => Self::Offer,
            0x39 => Self::Answer,
            0x3a => Self::Withdraw,
            0x3b => Self::Keeps,
            0x3c => Self::Entrust,
            0x3d => Self::Kept,
            0x3e => Self::Pass,
            0x3f => Self::Took,
            _ => return Err(Fault::Kind),
        })
    }
}

impl<'f> LinkMessage<'f> {
    /// Parses a message of a link and validates every byte of it; any other message is out of place.
    pub fn parse(message: &Message<'f>) -> Result<Self, Fault> {
        let Message::Link(frame) = message else { return Err(Fault::State) };
        let mut reader = Reader::new(frame.body);
        let message = Self::read(frame.kind, &mut reader)?;
        reader.finish()?;
        Ok(message)
    }

    fn read(kind: Kind, reader: &mut Reader<'f>) -> Result<Self, Fault> {
        Ok(match kind {
            Kind::Introduce => Self::Introduce(Introduction::read(reader)?),
            Kind::Name => Self::Name(Name::read(reader)?),
            Kind::Admit => Self::Admit { heard: reader.u32()? },
            Kind::Say => Self::Say(Part::read(reader)?),
            Kind::Receipt => Self::Receipt { sequence: reader.u32()? },
            Kind::Roster => Self::Roster(Items::parse(reader.rest())?),
            Kind::AskReception => Self::AskReception,
            Kind::Reception => Self::Reception(Reception::read(reader)?),
            Kind::Offer => Self::Offer(Offer::read(reader)?),
            Kind::Answer => Self::Answer(Answer::read(reader)?),
            Kind::Withdraw => Self::Withdraw(TransferId::read(reader)?),
            Kind::Keeps => Self::Keeps,
            Kind::Entrust => Self::Entrust(Mail::read(reader)?),
            Kind::Kept => Self::Kept(Kept::read(reader)?),
            Kind::Pass => Self::Pass(Mail::read(reader)?),
            Kind::Took => Self::Took(read_took(reader)?),
        })
    }

    /// Emits the message as a plain frame, over the whole length of `out`.
    pub fn emit(&self, out: &mut [u8]) {
        frame::emit(out, self.kind() as u8, |writer| self.write(writer));
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Introduce(_) => Kind::Introduce,
            Self::Name(_) => Kind::Name,
            Self::Admit { .. } => Kind::Admit,
            Self::Say(_) => Kind::Say,
            Self::Receipt { .. } => Kind::Receipt,
            Self::Roster(_) => Kind::Roster,
            Self::AskReception => Kind::AskReception,
            Self::Reception(_) => Kind::Reception,
            Self::Offer(_) => Kind::Offer,
            Self::Answer(_) => Kind::Answer,
            Self::Withdraw(_) => Kind::Withdraw,
            Self::Keeps => Kind::Keeps,
            Self::Entrust(_) => Kind::Entrust,
            Self::Kept(_) => Kind::Kept,
            Self::Pass(_) => Kind::Pass,
            Self::Took(_) => Kind::Took,
        }
    }

    fn write(&self, writer: &mut Writer<'_>) {
        match self {
            Self::Introduce(introduction) => introduction.write(writer),
            Self::Name(name) => name.write(writer),
            Self::Admit { heard } => writer.u32(*heard),
            Self::Say(part) => part.write(writer),
            Self::Receipt { sequence } => writer.u32(*sequence),
            Self::Roster(neighbours) => writer.put(neighbours.as_bytes()),
            Self::AskReception | Self::Keeps => {}
            Self::Reception(reception) => reception.write(writer),
            Self::Offer(offer) => offer.write(writer),
            Self::Answer(answer) => answer.write(writer),
            Self::Withdraw(id) => writer.put(&id.0),
            Self::Entrust(mail) | Self::Pass(mail) => mail.write(writer),
            Self::Kept(kept) => kept.write(writer),
            Self::Took(signature) => write_took(signature.as_ref(), writer),
        }
    }
}

/// Emits a roster with the neighbours that `fill` adds.
pub fn emit_roster(out: &mut [u8], fill: impl FnOnce(&mut ItemWriter<'_, '_, Neighbour>)) {
    frame::emit(out, Kind::Roster as u8, |writer| fill(&mut ItemWriter::new(writer)));
}

impl Introduction {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        Ok(Self {
            key: PublicKey::read(reader)?,
            port: NonZeroU16::new(reader.u16()?),
            text_max: reader.u16()?,
            run: reader.u32()?,
            proof: Proof(reader.array()?),
        })
    }

    fn write(&self, writer: &mut Writer<'_>) {
        self.key.write(writer);
        writer.u16(self.port.map_or(0, NonZeroU16::get));
        writer.u16(self.text_max);
        writer.u32(self.run);
        writer.put(&self.proof.0);
    }
}

impl Scope {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        match reader.u8()? {
            1 => Ok(Self::One),
            2 => Ok(Self::All),
            _ => Err(Fault::Value),
        }
    }
}

impl<'f> Part<'f> {
    /// Bytes of the text up to the end of this part.
    pub(crate) fn end(&self) -> u16 {
        // Not more than the total, or it is not sound.
        let len = u16::try_from(self.text.len()).unwrap_or(u16::MAX);
        self.offset.saturating_add(len)
    }

    /// Whether the text ends with this part.
    pub fn is_last(&self) -> bool {
        self.end() == self.total
    }

    /// A part lies within its text, and carries some of it; only an empty text has an empty part. Messages to a node
    /// are numbered upwards from 1.
    fn is_sound(&self) -> bool {
        let carries = !self.text.is_empty() || self.total == 0;
        carries
            && self.end() <= self.total
            && usize::from(self.total) <= LINK_TEXT_MAX
            && self.previous < self.sequence
    }

    fn read(reader: &mut Reader<'f>) -> Result<Self, Fault> {
        let (scope, sequence, previous) = (Scope::read(reader)?, reader.u32()?, reader.u32()?);
        let (total, offset) = (reader.u16()?, reader.u16()?);
        let text = core::str::from_utf8(reader.rest()).map_err(|_| Fault::Text)?;
        let part = Self { scope, sequence, previous, total, offset, text };
        if part.is_sound() { Ok(part) } else { Err(Fault::Value) }
    }

    fn write(&self, writer: &mut Writer<'_>) {
        writer.u8(self.scope as u8);
        writer.u32(self.sequence);
        writer.u32(self.previous);
        writer.u16(self.total);
        writer.u16(self.offset);
        writer.put(self.text.as_bytes());
    }
}

const _: () = assert!(PART_MAX + 1 + 4 + 4 + 2 + 2 == crate::limits::BODY_MAX);

impl Item for Neighbour {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        Ok(Self { key: PublicKey::read(reader)?, endpoint: Endpoint::read(reader)? })
    }

    fn write(&self, writer: &mut Writer<'_>) {
        self.key.write(writer);
        self.endpoint.write(writer);
    }

    fn wire_len(&self) -> usize {
        KEY_LEN + self.endpoint.wire_len()
    }
}
