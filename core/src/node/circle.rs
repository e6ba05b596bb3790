//! The circles that a node is in.

use super::{Node, Storage};
use crate::channel::CircleNumber;
use crate::door::Door;

/// Index of a circle in its node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct CircleId(pub(crate) u8);

impl CircleId {
    /// The circle that a node has joined first.
    pub const FIRST: Self = Self(0);
}

/// A circle that a node is in.
pub struct Circle<G> {
    pub(super) number: CircleNumber,
    pub(super) door: Door<G>,
}

/// Why a node does not join a circle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum JoinError {
    /// It is in as many already as it has [room](Storage::Circles) for.
    TooMany,
    /// It is in one with the same number. A Hello tells circles apart by it, so both could not be listened for.
    SameNumber,
}

impl<M: Storage> Node<M> {
    /// Joins a circle, whose passphrase is that of the door.
    pub fn join(&mut self, number: CircleNumber, door: Door<M::Guessers>) -> Result<CircleId, JoinError> {
        if self.circles().any(|circle| circle.number == number) {
            return Err(JoinError::SameNumber);
        }
        let index = self.circles.push(Some(Circle { number, door })).map_err(|_| JoinError::TooMany)?;
        u8::try_from(index).map(CircleId).map_err(|_| JoinError::TooMany)
    }

    /// The circles that it is in. Their indices are those of [`CircleId`].
    pub(super) fn circles(&self) -> impl Iterator<Item = &Circle<M::Guessers>> {
        self.circles.used().iter().flatten()
    }

    pub(super) fn circle_mut(&mut self, index: u8) -> Option<&mut Circle<M::Guessers>> {
        self.circles.used_mut().get_mut(usize::from(index))?.as_mut()
    }
}

impl core::fmt::Display for JoinError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::TooMany => "it is in as many circles as it can be",
            Self::SameNumber => "it is in a circle of the same number",
        })
    }
}

impl core::error::Error for JoinError {}
