//! Stories of nodes that are not recorded: the nodes are all on the machine that plays, and whatever is random in them
//! follows from a seed. What they send each other is emitted, and what they are told, in words.

mod circle;
mod discovery;
mod log;
mod pipe;
mod random;

use embedded_io::{Read, Write};

use self::log::Log;
use self::random::Random;
use crate::Error;
use crate::bytes::{Reader, Writer};

/// A story, which a part of a recording may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Story {
    /// Nodes of a circle: links from the first Hello to the goodbye, and what is said and offered over them.
    Circle = b'C',
    /// Nodes on a network that find each other, and lose each other, among datagrams that are none.
    Discovery = b'D',
}

impl Story {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Circle, Self::Discovery];

    /// Writes a part of a recording: this story, with this seed.
    pub fn write(self, seed: u64, to: impl Write) -> Result<(), Error> {
        let mut to = Writer::new(to);
        to.put(&[self as u8])?;
        to.put(&seed.to_be_bytes())
    }

    /// The story that a part with this first byte is.
    pub(crate) fn of(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|story| *story as u8 == byte)
    }

    /// Plays it; returns the number of ends of its conversations.
    #[inline(never)]
    pub(crate) fn play(
        self,
        recording: &mut Reader<impl Read>,
        emission: &mut Writer<impl Write>,
    ) -> Result<u32, Error> {
        let mut random = Random::new(recording.u64()?);
        let mut log = Log::new(emission);
        let ends = match self {
            Self::Circle => circle::play(&mut random, &mut log)?,
            Self::Discovery => discovery::play(&mut random, &mut log)?,
        };
        log.finish().map(|()| ends)
    }
}
