//! Reception: what a node hears of another one's discovery.

use crate::error::Fault;
use crate::wire::cursor::{Reader, Writer};

/// What a node hears of another one's discovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Reception {
    /// It does not look for others.
    NotLooking,
    /// It looks for others, and has heard these messages.
    Looking(Reached),
}

/// Which messages of a node's discovery reach another one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Reached {
    /// Announcements to a group.
    pub multicasts: bool,
    /// Announcements to the broadcast address.
    pub broadcasts: bool,
    /// Answers to searches of a group.
    pub answers: bool,
}

/// Bits of the field.
const LOOKING: u8 = 1;
const MULTICASTS: u8 = 2;
const BROADCASTS: u8 = 4;
const ANSWERS: u8 = 8;

impl Reception {
    /// One byte. A bit without meaning, or one that says what was heard by a node that does not look, is the fault Value.
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        match reader.u8()? {
            0 => Ok(Self::NotLooking),
            bits if bits & LOOKING != 0 && bits & !(LOOKING | MULTICASTS | BROADCASTS | ANSWERS) == 0 => {
                let has = |bit| bits & bit != 0;
                let reached = Reached {
                    multicasts: has(MULTICASTS),
                    broadcasts: has(BROADCASTS),
                    answers: has(ANSWERS),
                };
                Ok(Self::Looking(reached))
            }
            _ => Err(Fault::Value),
        }
    }

    pub(super) fn write(self, writer: &mut Writer<'_>) {
        writer.u8(match self {
            Self::NotLooking => 0,
            Self::Looking(Reached { multicasts, broadcasts, answers }) => {
                let bit = |is_set: bool, bit: u8| if is_set { bit } else { 0 };
                LOOKING | bit(multicasts, MULTICASTS) | bit(broadcasts, BROADCASTS) | bit(answers, ANSWERS)
            }
        });
    }
}

impl Reached {
    /// These and those.
    #[must_use]
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            multicasts: self.multicasts || other.multicasts,
            broadcasts: self.broadcasts || other.broadcasts,
            answers: self.answers || other.answers,
        }
    }
}
