//! The messages of the meeting place.

use core::num::NonZeroU16;

use crate::error::Fault;
use crate::limits::HEADER_LEN;
use crate::wire::cursor::{Reader, Writer};
use crate::wire::items::{Item, ItemWriter, Items, read_port};
use crate::wire::{Change, Endpoint, Name, User, frame};

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

/// A message of the meeting place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommunityMessage<'f> {
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
}

/// The numbers of the kinds, as they travel.
mod kind {
    pub(super) const JOIN: u8 = 0x10;
    pub(super) const JOINED: u8 = 0x11;
    pub(super) const JOIN_REFUSED: u8 = 0x12;
    pub(super) const LIST: u8 = 0x13;
    pub(super) const LIST_PAGE: u8 = 0x14;
    pub(super) const SUBSCRIBE: u8 = 0x15;
    pub(super) const PRESENCE: u8 = 0x16;
}

impl<'f> CommunityMessage<'f> {
    pub(super) fn read(kind: u8, reader: &mut Reader<'f>) -> Result<Self, Fault> {
        Ok(match kind {
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
            _ => return Err(Fault::Kind),
        })
    }

    pub(super) fn kind(&self) -> u8 {
        match self {
            Self::Join { .. } => kind::JOIN,
            Self::Joined { .. } => kind::JOINED,
            Self::JoinRefused(_) => kind::JOIN_REFUSED,
            Self::List => kind::LIST,
            Self::ListPage(_) => kind::LIST_PAGE,
            Self::Subscribe(_) => kind::SUBSCRIBE,
            Self::Presence(_) => kind::PRESENCE,
        }
    }

    pub(super) fn write(&self, writer: &mut Writer<'_>) {
        match self {
            Self::Join { name, port } => {
                writer.u16(port.get());
                name.write(writer);
            }
            Self::Joined { endpoint, online } => {
                writer.u32(*online);
                endpoint.write(writer);
            }
            Self::JoinRefused(refusal) => writer.u8(*refusal as u8),
            Self::List => {}
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
    const LAST_AT: usize = HEADER_LEN;
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

impl JoinRefusal {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        match reader.u8()? {
            1 => Ok(Self::NameTaken),
            2 => Ok(Self::Full),
            _ => Err(Fault::Value),
        }
    }
}
