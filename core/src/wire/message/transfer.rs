//! The messages of a transfer.

use super::Message;
use crate::error::Fault;
use crate::limits::HASH_LEN;
use crate::wire::cursor::{Reader, Writer};
use crate::wire::frame;

/// A frame of a transfer, whose body is not parsed yet: see [`TransferMessage::parse`].
///
/// Only transfers contain the parser. Elsewhere such a frame is out of place, whatever its body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransferFrame<'f> {
    kind: Kind,
    body: &'f [u8],
}

/// A message of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransferMessage<'f> {
    /// Receiver, first, and after each [`Differs`](Self::Differs): what it has of the stream.
    Have(Extent),
    /// Sender: what the receiver has is the beginning of the stream, and the rest follows.
    Proceed,
    /// Sender: what the receiver has is not the beginning of the stream.
    Differs,
    /// Sender: the next bytes of the stream, at least one.
    Data(&'f [u8]),
    /// Sender, last: the stream is over.
    End(Extent),
    /// Receiver, last: the stream is whole, and stored so that it outlasts a power cut.
    Stored,
}

/// A beginning of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Its length, in bytes.
    pub length: u64,
    /// Its hash: see [`Chain`](crate::transfer::Chain).
    pub hash: [u8; HASH_LEN],
}

/// Kinds of a transfer's messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Kind {
    Have = 0x40,
    Proceed = 0x41,
    Differs = 0x42,
    Data = 0x43,
    End = 0x44,
    Stored = 0x45,
}

impl Kind {
    fn new(kind: u8) -> Result<Self, Fault> {
        Ok(match kind {
            0x40 => Self::Have,
            0x41 => Self::Proceed,
            0x42 => Self::Differs,
            0x43 => Self::Data,
            0x44 => Self::End,
            0x45 => Self::Stored,
            _ => return Err(Fault::Kind),
        })
    }
}

impl<'f> TransferFrame<'f> {
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

impl<'f> TransferMessage<'f> {
    /// Parses a message of a transfer and validates every byte of it; any other message is out of place.
    pub fn parse(message: &Message<'f>) -> Result<Self, Fault> {
        let Message::Transfer(frame) = message else { return Err(Fault::State) };
        let mut reader = Reader::new(frame.body);
        let message = Self::read(frame.kind, &mut reader)?;
        reader.finish()?;
        Ok(message)
    }

    fn read(kind: Kind, reader: &mut Reader<'f>) -> Result<Self, Fault> {
        Ok(match kind {
            Kind::Have => Self::Have(Extent::read(reader)?),
            Kind::Proceed => Self::Proceed,
            Kind::Differs => Self::Differs,
            Kind::Data if reader.is_empty() => return Err(Fault::Length),
            Kind::Data => Self::Data(reader.rest()),
            Kind::End => Self::End(Extent::read(reader)?),
            Kind::Stored => Self::Stored,
        })
    }

    /// Emits the message as a plain frame, over the whole length of `out`.
    pub fn emit(&self, out: &mut [u8]) {
        frame::emit(out, self.kind() as u8, |writer| self.write(writer));
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Have(_) => Kind::Have,
            Self::Proceed => Kind::Proceed,
            Self::Differs => Kind::Differs,
            Self::Data(_) => Kind::Data,
            Self::End(_) => Kind::End,
            Self::Stored => Kind::Stored,
        }
    }

    fn write(&self, writer: &mut Writer<'_>) {
        match self {
            Self::Have(extent) | Self::End(extent) => extent.write(writer),
            Self::Data(bytes) => writer.put(bytes),
            Self::Proceed | Self::Differs | Self::Stored => {}
        }
    }
}

impl Extent {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        Ok(Self { length: reader.u64()?, hash: reader.array()? })
    }

    fn write(&self, writer: &mut Writer<'_>) {
        writer.u64(self.length);
        writer.put(&self.hash);
    }
}

/// Emits [`TransferMessage::Data`] with the bytes that `fill` puts at the beginning of its room, as many as it returns.
pub fn emit_data<E>(out: &mut [u8], fill: impl FnOnce(&mut [u8]) -> Result<usize, E>) -> Result<usize, E> {
    frame::emit(out, Kind::Data as u8, |writer| writer.fill(fill))
}
