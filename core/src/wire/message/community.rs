//! The messages of a community.

use core::fmt;
use core::num::NonZeroU16;

use crate::error::Fault;
use crate::limits::HEADER_LEN;
use crate::wire::cursor::{Reader, Writer};
use crate::wire::items::{Item, ItemWriter, Items, read_port};
use crate::wire::{Change, Endpoint, Name, User, frame};

/// Why a server refused a join. The connection stays open for another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum JoinRefusal {
    /// Another user online has that name.
    NameTaken = 1,
    /// The registry is full.
    Full = 2,
}

impl fmt::Display for JoinRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NameTaken => "somebody online has this name",
            Self::Full => "the community is full",
        })
    }
}

/// One page of the list of users online, in no particular order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListPage<'f> {
    /// Whether this is the last page.
    pub last: bool,
    /// Number of users online now.
    pub online: u32,
    /// The users on this page.
    pub users: Items<'f, User>,
}

/// Presence changes since the last update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presence<'f> {
    /// Number of users online now.
    pub online: u32,
    /// Number of older changes that the server has dropped; if it is not 0, the list should be requested
    /// again.
    pub missed: u32,
    /// The changes, oldest first.
    pub changes: Items<'f, Change>,
}

/// A message of a community.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommunityMessage<'f> {
    /// Client: asks to be put on the list of users online.
    Join {
        /// Name of the user, unique among the users online.
        name: Name,
        /// Port of the user's node, at the source address of this connection.
        port: NonZeroU16,
    },
    /// Server: the join is accepted.
    Joined {
        /// Endpoint of the user's node as the server sees it.
        endpoint: Endpoint,
        /// Number of users online, this one included.
        online: u32,
    },
    /// Server: the join is refused.
    JoinRefused(JoinRefusal),
    /// Client: requests the whole list.
    List,
    /// Server: a page of the list.
    ListPage(ListPage<'f>),
    /// Client: subscribes to presence changes, or unsubscribes.
    Subscribe(bool),
    /// Server: presence changes.
    Presence(Presence<'f>),
}

/// Kinds of a community's messages.
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

/// Emits a list page with the users that `fill` adds; returns what `fill` returned: whether it is the last
/// page.
pub fn emit_list_page(
    out: &mut [u8],
    online: u32,
    fill: impl FnOnce(&mut ItemWriter<'_, '_, User>) -> bool,
) -> bool {
    // `last` precedes the users in the frame, but is known only after them.
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

/// Emits a presence update with the changes that `fill` adds.
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
