//! The messages of the protocol: parsed once into [`Message`], and emitted from it.
//!
//! Each service has a type of its own and a range of kinds: a new service is a new file here.

mod chat;
mod community;
mod link;

pub use self::chat::{ChatMessage, Text, Turns};
pub use self::community::{CommunityMessage, JoinRefusal, ListPage, Presence, emit_list_page, emit_presence};
pub use self::link::{Introduction, LinkMessage, MessageId, Neighbour, Part, Scope, emit_roster};
use super::cursor::{Reader, Writer};
use super::{Close, Hello, frame};
use crate::error::Fault;

/// A message, which borrows its long fields from the frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message<'f> {
    /// First frame of each side.
    Hello(Hello<'f>),
    /// Initiator: proof of the password, defined by the suite.
    Credentials(&'f [u8]),
    /// Responder: acceptance of the credentials, with the suite's proof.
    Welcome(&'f [u8]),
    /// Last frame of a side, with the reason.
    Close(Close),
    /// Sign of life without content.
    KeepAlive,
    /// A message of a community.
    Community(CommunityMessage<'f>),
    /// A message of a private chat.
    Chat(ChatMessage<'f>),
    /// A message of a link.
    Link(LinkMessage<'f>),
}

/// Kinds that every service has, and the range of kinds of each service.
mod kind {
    use core::ops::RangeInclusive;

    pub(super) const HELLO: u8 = 0x01;
    pub(super) const CREDENTIALS: u8 = 0x02;
    pub(super) const WELCOME: u8 = 0x03;
    pub(super) const CLOSE: u8 = 0x04;
    pub(super) const KEEP_ALIVE: u8 = 0x05;

    pub(super) const COMMUNITY: RangeInclusive<u8> = 0x10..=0x1f;
    pub(super) const CHAT: RangeInclusive<u8> = 0x20..=0x2f;
    pub(super) const LINK: RangeInclusive<u8> = 0x30..=0x3f;
}

impl<'f> Message<'f> {
    /// Parses a plain frame and validates every byte of it.
    pub fn parse(frame: &'f [u8]) -> Result<Self, Fault> {
        let (kind, body) = frame::parse(frame)?;
        let mut reader = Reader::new(body);
        let message = Self::read(kind, &mut reader)?;
        reader.finish()?;
        Ok(message)
    }

    fn read(kind: u8, reader: &mut Reader<'f>) -> Result<Self, Fault> {
        Ok(match kind {
            kind::HELLO => Self::Hello(Hello::read(reader)?),
            kind::CREDENTIALS => Self::Credentials(reader.rest()),
            kind::WELCOME => Self::Welcome(reader.rest()),
            kind::CLOSE => Self::Close(Close::read(reader)?),
            kind::KEEP_ALIVE => Self::KeepAlive,
            kind if kind::COMMUNITY.contains(&kind) => Self::Community(CommunityMessage::read(kind, reader)?),
            kind if kind::CHAT.contains(&kind) => Self::Chat(ChatMessage::read(kind, reader)?),
            kind if kind::LINK.contains(&kind) => Self::Link(LinkMessage::read(kind, reader)?),
            _ => return Err(Fault::Kind),
        })
    }

    /// Emits the message as a plain frame, over the whole length of `out`.
    pub fn emit(&self, out: &mut [u8]) {
        frame::emit(out, self.kind(), |writer| self.write(writer));
    }

    fn kind(&self) -> u8 {
        match self {
            Self::Hello(_) => kind::HELLO,
            Self::Credentials(_) => kind::CREDENTIALS,
            Self::Welcome(_) => kind::WELCOME,
            Self::Close(_) => kind::CLOSE,
            Self::KeepAlive => kind::KEEP_ALIVE,
            Self::Community(message) => message.kind(),
            Self::Chat(message) => message.kind(),
            Self::Link(message) => message.kind(),
        }
    }

    fn write(&self, writer: &mut Writer<'_>) {
        match self {
            Self::Hello(hello) => hello.write(writer),
            Self::Credentials(bytes) | Self::Welcome(bytes) => writer.put(bytes),
            Self::Close(close) => close.write(writer),
            Self::KeepAlive => {}
            Self::Community(message) => message.write(writer),
            Self::Chat(message) => message.write(writer),
            Self::Link(message) => message.write(writer),
        }
    }
}

impl<'f> From<CommunityMessage<'f>> for Message<'f> {
    fn from(message: CommunityMessage<'f>) -> Self {
        Self::Community(message)
    }
}

impl<'f> From<LinkMessage<'f>> for Message<'f> {
    fn from(message: LinkMessage<'f>) -> Self {
        Self::Link(message)
    }
}

impl<'f> From<ChatMessage<'f>> for Message<'f> {
    fn from(message: ChatMessage<'f>) -> Self {
        Self::Chat(message)
    }
}
