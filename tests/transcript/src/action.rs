//! Actions of an end.

use core::net::IpAddr;
use core::num::NonZeroU16;

use embedded_io::{Read, Write};
use p2pm_core::limits::{ENTROPY_LEN, TEXT_MAX};
use p2pm_core::time::Instant;
use p2pm_core::wire::{Name, Turns};

use crate::Error;
use crate::bytes::{Reader, Writer};

/// Action of an end. The documentation of each gives its number and, in order, its arguments in a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action<'a> {
    /// 1. A connection to a community server is open.
    Client {
        /// Its entropy.
        entropy: [u8; ENTROPY_LEN],
    },
    /// 2. A connection to the community server was accepted.
    Session {
        /// Its entropy.
        entropy: [u8; ENTROPY_LEN],
        /// Address of the peer.
        from: IpAddr,
    },
    /// 3. A connection to a node is open.
    Caller {
        /// Its entropy.
        entropy: [u8; ENTROPY_LEN],
        /// The turns offered.
        offer: Turns,
        /// Name of the caller, as bytes; empty if there is none.
        name: Option<Name>,
    },
    /// 4. A connection to the node was accepted.
    Callee {
        /// Its entropy.
        entropy: [u8; ENTROPY_LEN],
        /// Address of the peer.
        from: IpAddr,
    },
    /// 5. Nothing but a poll.
    Poll,
    /// 6. A client joins.
    Join {
        /// Name of the user.
        name: Name,
        /// Port of the user's node.
        port: NonZeroU16,
    },
    /// 7. A client subscribes.
    Subscribe,
    /// 8. A client requests the list.
    List,
    /// 9. A callee accepts.
    Accept(Turns),
    /// 10. One side of a chat sends this text.
    Text(&'a str),
    /// 11. A client, a caller or one side of a chat leaves.
    Quit,
    /// 12. A session or a callee is closed as refused.
    Refuse,
    /// 13. A callee is in another chat.
    Busy,
}

impl<'a> Action<'a> {
    /// Writes the beginning of a step: this action, on this line, at this time. The step's [`crate::Tail`]
    /// must follow.
    pub fn write(&self, line: u8, now: Instant, to: impl Write) -> Result<(), Error> {
        let mut to = Writer::new(to);
        to.put(&[self.number(), line])?;
        to.put(&now.as_millis().to_be_bytes())?;
        match self {
            Self::Client { entropy } => to.put(entropy),
            Self::Session { entropy, from } | Self::Callee { entropy, from } => {
                to.put(entropy)?;
                to.address(*from)
            }
            Self::Caller { entropy, offer, name } => {
                to.put(entropy)?;
                to.put(&[*offer as u8])?;
                to.name(name.as_ref())
            }
            Self::Join { name, port } => {
                to.name(Some(name))?;
                to.port(*port)
            }
            Self::Accept(turns) => to.put(&[*turns as u8]),
            Self::Text(text) => to.bytes(text.as_bytes(), "text"),
            Self::Poll | Self::Subscribe | Self::List | Self::Quit | Self::Refuse | Self::Busy => Ok(()),
        }
    }

    /// Reads the arguments of the action with this number.
    pub(crate) fn read(
        number: u8,
        from: &mut Reader<impl Read>,
        text: &'a mut [u8; TEXT_MAX],
    ) -> Result<Self, Error> {
        Ok(match number {
            1 => Self::Client { entropy: from.array()? },
            2 => Self::Session { entropy: from.array()?, from: from.address()? },
            3 => Self::Caller { entropy: from.array()?, offer: from.turns()?, name: from.name()? },
            4 => Self::Callee { entropy: from.array()?, from: from.address()? },
            5 => Self::Poll,
            6 => Self::Join { name: from.name()?.ok_or(Error::Field("name"))?, port: from.port()? },
            7 => Self::Subscribe,
            8 => Self::List,
            9 => Self::Accept(from.turns()?),
            10 => {
                let text = from.bytes(text, "text")?;
                Self::Text(str::from_utf8(text).map_err(|_| Error::Field("text"))?)
            }
            11 => Self::Quit,
            12 => Self::Refuse,
            13 => Self::Busy,
            _ => return Err(Error::Action(number)),
        })
    }

    fn number(&self) -> u8 {
        match self {
            Self::Client { .. } => 1,
            Self::Session { .. } => 2,
            Self::Caller { .. } => 3,
            Self::Callee { .. } => 4,
            Self::Poll => 5,
            Self::Join { .. } => 6,
            Self::Subscribe => 7,
            Self::List => 8,
            Self::Accept(_) => 9,
            Self::Text(_) => 10,
            Self::Quit => 11,
            Self::Refuse => 12,
            Self::Busy => 13,
        }
    }
}
