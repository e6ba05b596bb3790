//! Somebody in the middle of a connection, who sees all of it, and does what they like to it.
//!
//! [`Middle`] decides what becomes of a frame. What carries the frames is another's affair: [`meet`] does it in
//! virtual time, [`Relay`] between real programs.

mod mortal;
mod parties;
mod relay;
mod virtual_time;

pub use mortal::{MortalServer, RESIDENTS, crowded_host};
pub use parties::{Chatter, Host, Member, NAME, PASSWORD, Party, RESIDENT, Report};
pub use relay::{Relay, Source, converse};
pub use virtual_time::meet;

use p2pm_core::wire::Frame;

/// An end of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The one that connects.
    Initiator,
    /// The one that listens.
    Responder,
}

impl Side {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::Initiator, Self::Responder];

    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Initiator => Self::Responder,
            Self::Responder => Self::Initiator,
        }
    }
}

/// A frame of a connection: the one with this number, from 0, that this side sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FramePosition {
    /// Who sends it.
    pub from: Side,
    /// How many it has sent before.
    pub number: usize,
}

/// The initiator's frame of this number.
pub const fn initiators(number: usize) -> FramePosition {
    FramePosition { from: Side::Initiator, number }
}

/// The responder's frame of this number.
pub const fn responders(number: usize) -> FramePosition {
    FramePosition { from: Side::Responder, number }
}

/// What is done to a frame.
#[derive(Clone, Debug)]
pub enum Deed {
    /// The bits of this mask change in one of its bytes.
    Flip {
        /// Which byte.
        byte: usize,
        /// Which bits of it.
        mask: u8,
    },
    /// It never arrives.
    Drop,
    /// It arrives twice.
    Repeat,
    /// It arrives after the next one of its side.
    Swap,
    /// Only so many bytes of it arrive; whatever comes next follows upon them.
    Truncate(usize),
    /// Only so many bytes of it arrive, and both ends lose the connection.
    Cut(usize),
    /// It goes back to its sender, and to nobody else.
    Reflect,
    /// This one arrives in its place.
    Replace(Box<Frame>),
}

/// What the one in the middle hands out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handed {
    /// Bytes, to this side.
    Bytes(Side, Vec<u8>),
    /// The end of the connection, to both sides.
    End,
}

/// Somebody in the middle, with what they have in mind.
#[derive(Debug, Default)]
pub struct Middle {
    deeds: Vec<(FramePosition, Deed)>,
    seen: [Vec<Frame>; 2],
    held: [Option<Frame>; 2],
}

impl Middle {
    /// One who does this, and nothing else.
    pub fn new(deeds: impl IntoIterator<Item = (FramePosition, Deed)>) -> Self {
        Self { deeds: deeds.into_iter().collect(), ..Self::default() }
    }

    /// One who puts a session that was recorded in place of what this side says.
    pub fn replaying(side: Side, recorded: &[Frame]) -> Self {
        let deed = |(number, frame): (usize, &Frame)| {
            (FramePosition { from: side, number }, Deed::Replace(Box::new(*frame)))
        };
        Self::new(recorded.iter().enumerate().map(deed))
    }

    /// The frames that this side has sent.
    pub fn seen(&self, side: Side) -> &[Frame] {
        &self.seen[side as usize]
    }

    /// What becomes of the next frame of this side.
    pub fn pass(&mut self, from: Side, frame: &Frame) -> Vec<Handed> {
        let place = FramePosition { from, number: self.seen[from as usize].len() };
        self.seen[from as usize].push(*frame);
        let late = self.held[from as usize].take();
        let deed = self.deeds.iter().find(|(at, _)| *at == place).map(|(_, deed)| deed);
        let on = |bytes: &[u8]| Handed::Bytes(from.other(), bytes.to_vec());
        let mut handed = match deed {
            None => vec![on(frame)],
            Some(Deed::Flip { byte, mask }) => {
                let mut changed = *frame;
                changed[*byte] ^= mask;
                vec![on(&changed)]
            }
            Some(Deed::Drop) => Vec::new(),
            Some(Deed::Repeat) => vec![on(frame), on(frame)],
            Some(Deed::Swap) => {
                self.held[from as usize] = Some(*frame);
                Vec::new()
            }
            Some(Deed::Truncate(bytes)) => vec![on(&frame[..*bytes])],
            Some(Deed::Cut(bytes)) => vec![on(&frame[..*bytes]), Handed::End],
            Some(Deed::Reflect) => vec![Handed::Bytes(from, frame.to_vec())],
            Some(Deed::Replace(other)) => vec![on(&other[..])],
        };
        handed.extend(late.map(|frame| on(&frame)));
        handed
    }
}
