//! Attacker in the middle of a connection, who sees all frames and can change them.
//!
//! [`Middle`] decides what happens to a frame. The frames are carried by [`meet`] on virtual time, or by
//! [`Relay`] between real programs.

mod linker;
mod mortal;
mod parties;
mod relay;
mod virtual_time;

pub use linker::Linker;
pub use mortal::{MortalServer, RESIDENTS, crowded_host};
pub use parties::{Chatter, Host, Member, NAME, PASSWORD, Party, RESIDENT, Report, Wish};
pub use relay::{Relay, Source, converse};
pub use virtual_time::meet;

use p2pm_core::wire::Frame;

/// Side of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// The connecting side.
    Initiator,
    /// The listening side.
    Responder,
}

impl Side {
    /// Both sides.
    pub const BOTH: [Self; 2] = [Self::Initiator, Self::Responder];

    /// The other side.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Initiator => Self::Responder,
            Self::Responder => Self::Initiator,
        }
    }
}

/// Position of a frame in a connection: the frame with this number, from 0, that a side sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FramePosition {
    /// Side that sends it.
    pub from: Side,
    /// Number of frames sent by it before.
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

/// Manipulation of a frame.
#[derive(Clone, Debug)]
pub enum Deed {
    /// The bits of a mask are inverted in one byte.
    Flip {
        /// Index of the byte.
        byte: usize,
        /// Mask of the bits.
        mask: u8,
    },
    /// It is dropped.
    Drop,
    /// It is duplicated.
    Repeat,
    /// It is swapped with the next one of its side.
    Swap,
    /// Only this many bytes of it arrive, followed by the next frame.
    Truncate(usize),
    /// Only this many bytes of it arrive, then both ends lose the connection.
    Cut(usize),
    /// It is sent back to its sender, and not on.
    Reflect,
    /// It is replaced by this frame.
    Replace(Box<Frame>),
}

/// Output of the attacker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handed {
    /// Bytes for this side.
    Bytes(Side, Vec<u8>),
    /// End of the connection, for both sides.
    End,
}

/// An attacker and its manipulations.
#[derive(Debug, Default)]
pub struct Middle {
    deeds: Vec<(FramePosition, Deed)>,
    seen: [Vec<Frame>; 2],
    held: [Option<Frame>; 2],
}

impl Middle {
    /// An attacker that performs these manipulations, and no others.
    pub fn new(deeds: impl IntoIterator<Item = (FramePosition, Deed)>) -> Self {
        Self { deeds: deeds.into_iter().collect(), ..Self::default() }
    }

    /// An attacker that replaces the frames of a side by recorded ones.
    pub fn replaying(side: Side, recorded: &[Frame]) -> Self {
        let deed = |(number, frame): (usize, &Frame)| {
            (FramePosition { from: side, number }, Deed::Replace(Box::new(*frame)))
        };
        Self::new(recorded.iter().enumerate().map(deed))
    }

    /// Frames that this side has sent.
    pub fn seen(&self, side: Side) -> &[Frame] {
        &self.seen[side as usize]
    }

    /// Handles the next frame of this side.
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
