//! Every message of the protocol: parsed once into this type, and emitted from it.

use core::num::NonZeroU16;

use super::cursor::{Reader, Writer};
use super::items::{Item, ItemWriter, Items, read_port};
use super::{Change, Close, Endpoint, Hello, Name, User, frame};
use crate::error::Fault;
use crate::limits::TEXT_MAX;

/// How the two sides of a chat take turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum Turns {
    /// As in 2015: the caller writes first, and each side again only after it has received a message.
    Linear = 1,
    /// Either side, at any time.
    Free = 2,
}

/// Why a server did not let a user join. The connection stays, for another try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum JoinRefusal {
    /// Another user of that name is online.
    NameTaken = 1,
    /// The registry holds as many users as it can.
    Full = 2,
}

/// Text of at most [`TEXT_MAX`] bytes. White space is kept; control characters may be in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text<'f>(&'f str);

impl<'f> Text<'f> {
    /// `None` if the text is too long for a frame.
    pub fn new(text: &'f str) -> Option<Self> {
        (text.len() <= TEXT_MAX).then_some(Self(text))
    }

    /// The text as the peer wrote it: not yet safe for a terminal.
    pub fn as_str(self) -> &'f str {
        self.0
    }
}

/// One part of the list of users online, in no particular order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListPage<'f> {
    /// Whether the list ends with this page.
    pub last: bool,
    /// How many users are online now.
    pub online: u32,
    /// The users on this page.
    pub users: Items<'f, User>,
}

/// What has changed since the last update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presence<'f> {
    /// How many users are online now.
    pub online: u32,
    /// Changes before the ones told here that the server no longer knew: the list is worth fetching again.
    pub missed: u32,
    /// The changes, oldest first.
    pub changes: Items<'f, Change>,
}

/// A message, borrowing from its frame what is long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message<'f> {
    /// The first frame of each side.
    Hello(Hello<'f>),
    /// Initiator: that it knows the password, as the suite proves it.
    Credentials(&'f [u8]),
    /// Responder: authenticated, with what the suite answers.
    Welcome(&'f [u8]),
    /// The last frame of a side.
    Close(Close),
    /// Nothing, to show that the sender is there.
    KeepAlive,
    /// Client: put me on the list.
    Join {
        /// Under this name.
        name: Name,
        /// My node listens on this port, at the address this connection comes from.
        port: NonZeroU16,
    },
    /// Server: you are on the list.
    Joined {
        /// As reachable here.
        endpoint: Endpoint,
        /// Users online, you included.
        online: u32,
    },
    /// Server: you are not on the list.
    JoinRefused(JoinRefusal),
    /// Client: send me the whole list.
    List,
    /// Server: a part of it.
    ListPage(ListPage<'f>),
    /// Client: tell me, or stop telling me, who comes and goes.
    Subscribe(bool),
    /// Server: who came and went.
    Presence(Presence<'f>),
    /// Caller: may I chat with you?
    Call {
        /// How the caller would take turns.
        turns: Turns,
        /// Who is calling, if they say so. Nobody has checked it.
        from: Option<Name>,
    },
    /// Callee: yes.
    CallAccepted {
        /// How turns are taken: free only if the caller offered it.
        turns: Turns,
    },
    /// Either side of a chat.
    Text(Text<'f>),
}

/// The numbers of the kinds, as they travel.
mod kind {
    pub(super) const HELLO: u8 = 0x01;
    pub(super) const CREDENTIALS: u8 = 0x02;
    pub(super) const WELCOME: u8 = 0x03;
    pub(super) const CLOSE: u8 = 0x04;
    pub(super) const KEEP_ALIVE: u8 = 0x05;
    pub(super) const JOIN: u8 = 0x10;
    pub(super) const JOINED: u8 = 0x11;
    pub(super) const JOIN_REFUSED: u8 = 0x12;
    pub(super) const LIST: u8 = 0x13;
    pub(super) const LIST_PAGE: u8 = 0x14;
    pub(super) const SUBSCRIBE: u8 = 0x15;
    pub(super) const PRESENCE: u8 = 0x16;
    pub(super) const CALL: u8 = 0x20;
    pub(super) const CALL_ACCEPTED: u8 = 0x21;
    pub(super) const TEXT: u8 = 0x22;
}

impl<'f> Message<'f> {
    /// Parses a plain frame, whole: nothing in it is left unchecked.
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
            kind::JOIN => Self::Join { port: read_port(reader)?, name: Name::read(reader)? },
            kind::JOINED => Self::Joined { online: reader.u32()?, endpoint: Endpoint::read(reader)? },
            kind::JOIN_REFUSED => Self::JoinRefused(JoinRefusal::read(reader)?),
            kind::LIST => Self::List,
            kind::LIST_PAGE => Self::ListPage(ListPage {
                last: reader.flag()?,
                online: reader.u32()?,
                users: Items::parse(reader.rest())?,
            }),
            kind::SUBSCRIBE => Self::Subscribe(reader.flag()?),
            kind::PRESENCE => Self::Presence(Presence {
                online: reader.u32()?,
                missed: reader.u32()?,
                changes: Items::parse(reader.rest())?,
            }),
            kind::CALL => Self::Call { turns: Turns::read(reader)?, from: read_caller(reader)? },
            kind::CALL_ACCEPTED => Self::CallAccepted { turns: Turns::read(reader)? },
            kind::TEXT => Self::Text(Text::read(reader)?),
            _ => return Err(Fault::Kind),
        })
    }

    /// Writes the message as a plain frame, over all of `out`.
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
            Self::Join { .. } => kind::JOIN,
            Self::Joined { .. } => kind::JOINED,
            Self::JoinRefused(_) => kind::JOIN_REFUSED,
            Self::List => kind::LIST,
            Self::ListPage(_) => kind::LIST_PAGE,
            Self::Subscribe(_) => kind::SUBSCRIBE,
            Self::Presence(_) => kind::PRESENCE,
            Self::Call { .. } => kind::CALL,
            Self::CallAccepted { .. } => kind::CALL_ACCEPTED,
            Self::Text(_) => kind::TEXT,
        }
    }

    fn write(&self, writer: &mut Writer<'_>) {
        match self {
            Self::Hello(hello) => hello.write(writer),
            Self::Credentials(bytes) | Self::Welcome(bytes) => writer.put(bytes),
            Self::Close(close) => close.write(writer),
            Self::KeepAlive | Self::List => {}
            Self::Join { name, port } => {
                writer.u16(port.get());
                name.write(writer);
            }
            Self::Joined { endpoint, online } => {
                writer.u32(*online);
                endpoint.write(writer);
            }
            Self::JoinRefused(refusal) => writer.u8(*refusal as u8),
            Self::ListPage(page) => {
                writer.u8(page.last.into());
                writer.u32(page.online);
                writer.put(page.users.as_bytes());
            }
            Self::Subscribe(on) => writer.u8((*on).into()),
            Self::Presence(presence) => {
                writer.u32(presence.online);
                writer.u32(presence.missed);
                writer.put(presence.changes.as_bytes());
            }
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

/// Emits a list page whose users `fill` adds, and says whether the list ends here: what `fill` returned.
pub fn emit_list_page(
    out: &mut [u8],
    online: u32,
    fill: impl FnOnce(&mut ItemWriter<'_, '_, User>) -> bool,
) -> bool {
    // `last` stands before the users in the frame, but is known only after them.
    const LAST_AT: usize = crate::limits::HEADER_LEN;
    let last = frame::emit(out, kind::LIST_PAGE, |writer| {
        writer.u8(0);
        writer.u32(online);
        fill(&mut ItemWriter::new(writer))
    });
    if let Some(byte) = out.get_mut(LAST_AT) {
        *byte = last.into();
    }
    last
}

/// Emits a presence update whose changes `fill` adds.
pub fn emit_presence(
    out: &mut [u8],
    online: u32,
    missed: u32,
    fill: impl FnOnce(&mut ItemWriter<'_, '_, Change>),
) {
    frame::emit(out, kind::PRESENCE, |writer| {
        writer.u32(online);
        writer.u32(missed);
        fill(&mut ItemWriter::new(writer));
    });
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

impl JoinRefusal {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        match reader.u8()? {
            1 => Ok(Self::NameTaken),
            2 => Ok(Self::Full),
            _ => Err(Fault::Value),
        }
    }
}

impl<'f> Text<'f> {
    fn read(reader: &mut Reader<'f>) -> Result<Self, Fault> {
        core::str::from_utf8(reader.rest()).map(Self).map_err(|_| Fault::Text)
    }
}

/// A name of length 0 stands for a caller who does not say who they are.
fn read_caller(reader: &mut Reader<'_>) -> Result<Option<Name>, Fault> {
    if reader.peek() == Some(0) {
        reader.u8()?;
        return Ok(None);
    }
    Name::read(reader).map(Some)
}
