//! The messages of a private chat.

use crate::error::Fault;
use crate::limits::TEXT_MAX;
use crate::wire::Name;
use crate::wire::cursor::{Reader, Writer};
use crate::wire::items::Item;

/// Turn-taking of a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum Turns {
    /// As in 2015: the caller writes first, and each side again after it has received a text.
    Linear = 1,
    /// Either side may write at any time.
    Free = 2,
}

/// Text of at most [`TEXT_MAX`] bytes, which may contain control characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text<'f>(&'f str);

impl<'f> Text<'f> {
    /// `None` if the text is longer than [`TEXT_MAX`] bytes.
    pub fn new(text: &'f str) -> Option<Self> {
        (text.len() <= TEXT_MAX).then_some(Self(text))
    }

    /// The text as the peer sent it, not yet [sanitised](crate::wire::sanitise) for a terminal.
    pub fn as_str(self) -> &'f str {
        self.0
    }
}

/// A message of a private chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChatMessage<'f> {
    /// Caller: asks for a chat.
    Call {
        /// The turns that the caller offers.
        turns: Turns,
        /// Name that the caller gives, if any. It is not verified.
        from: Option<Name>,
    },
    /// Callee: accepts the call.
    CallAccepted {
        /// The turns of the chat: free only if the caller offered it.
        turns: Turns,
    },
    /// Either side: a text.
    Text(Text<'f>),
}

/// Kinds of a chat's messages.
mod kind {
    pub(super) const CALL: u8 = 0x20;
    pub(super) const CALL_ACCEPTED: u8 = 0x21;
    pub(super) const TEXT: u8 = 0x22;
}

impl<'f> ChatMessage<'f> {
    pub(super) fn read(kind: u8, reader: &mut Reader<'f>) -> Result<Self, Fault> {
        Ok(match kind {
            kind::CALL => Self::Call { turns: Turns::read(reader)?, from: read_caller(reader)? },
            kind::CALL_ACCEPTED => Self::CallAccepted { turns: Turns::read(reader)? },
            kind::TEXT => Self::Text(Text::read(reader)?),
            _ => return Err(Fault::Kind),
        })
    }

    pub(super) fn kind(&self) -> u8 {
        match self {
            Self::Call { .. } => kind::CALL,
            Self::CallAccepted { .. } => kind::CALL_ACCEPTED,
            Self::Text(_) => kind::TEXT,
        }
    }

    pub(super) fn write(&self, writer: &mut Writer<'_>) {
        match self {
            Self::Call { turns, from } => {
                writer.u8(*turns as u8);
                match from {
                    Some(name) => name.write(writer),
                    None => writer.u8(0),
                }
            }
            Self::CallAccepted { turns } => writer.u8(*turns as u8),
            Self::Text(text) => writer.put(text.0.as_bytes()),
        }
    }
}

impl Turns {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        match reader.u8()? {
            1 => Ok(Self::Linear),
            2 => Ok(Self::Free),
            _ => Err(Fault::Value),
        }
    }
}

impl<'f> Text<'f> {
    fn read(reader: &mut Reader<'f>) -> Result<Self, Fault> {
        core::str::from_utf8(reader.rest()).map(Self).map_err(|_| Fault::Text)
    }
}

/// The caller's name; a length of 0 stands for none.
fn read_caller(reader: &mut Reader<'_>) -> Result<Option<Name>, Fault> {
    if reader.peek() == Some(0) {
        reader.u8()?;
        return Ok(None);
    }
    Name::read(reader).map(Some)
}
