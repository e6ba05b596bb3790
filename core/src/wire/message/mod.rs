//! The messages of the protocol: parsed once into [`Message`], and emitted from it.
//!
//! Each service has a type of its own and a range of kinds: a new service is a new file here. A link's messages are
//! parsed by links alone, and a transfer's by transfers.

mod chat;
mod community;
mod letter;
mod link;
mod offer;
mod reception;
mod transfer;

pub use self::chat::{ChatMessage, Text, Turns};
pub use self::community::{CommunityMessage, JoinRefusal, ListPage, Presence, emit_list_page, emit_presence};
pub use self::letter::{Fate, Kept, Letter, Mail};
pub use self::link::{Introduction, LinkFrame, LinkMessage, Neighbour, Part, Scope, emit_roster};
pub use self::offer::{
    Answer, Attributes, Cipher, Ciphers, FrameLen, Goods, GoodsKind, Offer, Refusal, Taking, TransferId,
    TransferSecret, Verdict,
};
pub use self::reception::{Reached, Reception};
pub use self::transfer::{Extent, TransferFrame, TransferMessage, emit_data};
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
    /// A message of a link, not yet parsed.
    Link(LinkFrame<'f>),
    /// A message of a transfer, not yet parsed.
    Transfer(TransferFrame<'f>),
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
    pub(super) const TRANSFER: RangeInclusive<u8> = 0x40..=0x4f;
}

impl<'f> Message<'f> {
    /// Parses a plain frame and validates every byte of it, except the body of a link's or a transfer's message.
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
            kind if kind::LINK.contains(&kind) => Self::Link(LinkFrame::read(kind, reader)?),
            kind if kind::TRANSFER.contains(&kind) => Self::Transfer(TransferFrame::read(kind, reader)?),
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
            Self::Link(frame) => frame.kind(),
            Self::Transfer(frame) => frame.kind(),
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
            Self::Link(frame) => writer.put(frame.body()),
            Self::Transfer(frame) => writer.put(frame.body()),
        }
    }
}

impl<'f> From<CommunityMessage<'f>> for Message<'f> {
    fn from(message: CommunityMessage<'f>) -> Self {
        Self::Community(message)
    }
}

impl<'f> From<ChatMessage<'f>> for Message<'f> {
    fn from(message: ChatMessage<'f>) -> Self {
        Self::Chat(message)
    }
}

#[cfg(test)]
mod tests {
    use core::net::Ipv4Addr;
    use core::num::NonZeroU16;

    use super::*;
    use crate::limits::KEY_LEN;
    use crate::wire::{EMPTY_FRAME, Endpoint, Name, Service, SuiteId};

    fn assert_kind(kind: u8, message: impl Into<Message<'static>>) {
        let (message, mut frame) = (message.into(), EMPTY_FRAME);
        message.emit(&mut frame);
        assert_eq!(frame[4], kind, "{message:?}");
        assert_eq!(Message::parse(&frame), Ok(message));
    }

    #[test]
    fn each_message_has_its_kind_and_is_parsed_as_it_was_emitted() {
        let port = NonZeroU16::new(5460).unwrap();
        let endpoint = Endpoint::new(Ipv4Addr::LOCALHOST.into(), port);
        let name: Name = "katie".parse().unwrap();
        assert_kind(0x01, Message::Hello(Hello::new(SuiteId::Xor, Service::Chat, [7; 32])));
        assert_kind(0x02, Message::Credentials(b"sesame"));
        assert_kind(0x03, Message::Welcome(b"proof"));
        assert_kind(0x04, Message::Close(Close::Busy));
        assert_kind(0x05, Message::KeepAlive);
        assert_kind(0x10, CommunityMessage::Join { name: name.clone(), port });
        assert_kind(0x11, CommunityMessage::Joined { endpoint, online: 70_000 });
        assert_kind(0x12, CommunityMessage::JoinRefused(JoinRefusal::NameTaken));
        assert_kind(0x12, CommunityMessage::JoinRefused(JoinRefusal::Full));
        assert_kind(0x13, CommunityMessage::List);
        assert_kind(0x15, CommunityMessage::Subscribe(true));
        assert_kind(0x15, CommunityMessage::Subscribe(false));
        assert_kind(0x20, ChatMessage::Call { turns: Turns::Free, from: Some(name) });
        assert_kind(0x20, ChatMessage::Call { turns: Turns::Linear, from: None });
        assert_kind(0x21, ChatMessage::CallAccepted { turns: Turns::Free });
        assert_kind(0x22, ChatMessage::Text(Text::new("dinner?").unwrap()));
    }

    #[test]
    fn other_kinds_are_refused() {
        for kind in 0..=u8::MAX {
            let mut frame = EMPTY_FRAME;
            frame::emit(&mut frame, kind, |_| ());
            let is_known =
                matches!(kind, 0x01..=0x05 | 0x10..=0x16 | 0x20..=0x22 | 0x30..=0x3f | 0x40..=0x45);
            assert_eq!(Message::parse(&frame) != Err(Fault::Kind), is_known, "{kind:#x}");
        }
    }

    #[test]
    fn only_a_link_judges_the_body_of_its_message() {
        let parse = |kind, body: &[u8]| {
            let mut frame = EMPTY_FRAME;
            frame::emit(&mut frame, kind, |writer| writer.put(body));
            let message = Message::parse(&frame);
            assert!(matches!(message, Ok(Message::Link(_))), "{kind:#x}: {message:?}");
            message.and_then(|message| LinkMessage::parse(&message).map(|_| ()))
        };
        assert_eq!(parse(0x30, b""), Err(Fault::Length));
        assert_eq!(parse(0x31, b"\x01\0"), Err(Fault::Name));
        assert_eq!(parse(0x32, b"\0\0\0\0\0"), Err(Fault::Length));
        assert_eq!(parse(0x33, b"\x03"), Err(Fault::Value));
        assert_eq!(parse(0x34, b"\0\0\0"), Err(Fault::Length));
        assert_eq!(parse(0x34, b"\0\0\0\x01"), Ok(()));
        assert_eq!(parse(0x35, &[7; KEY_LEN + 1]), Err(Fault::Endpoint));
        assert_eq!(parse(0x36, b"\0"), Err(Fault::Length));
        for bits in 0..=u8::MAX {
            let is_sound = matches!(bits, 0 | 1 | 3 | 5 | 7 | 9 | 11 | 13 | 15);
            assert_eq!(parse(0x37, &[bits]), if is_sound { Ok(()) } else { Err(Fault::Value) }, "{bits:#x}");
        }
        assert_eq!(parse(0x3b, b"\0"), Err(Fault::Length));
        assert_eq!(LinkMessage::parse(&Message::KeepAlive), Err(Fault::State));
    }

    #[test]
    fn a_body_ends_with_its_last_field() {
        let mut frame = EMPTY_FRAME;
        frame::emit(&mut frame, kind::KEEP_ALIVE, |writer| writer.u8(0));
        assert_eq!(Message::parse(&frame), Err(Fault::Length));
    }
}
