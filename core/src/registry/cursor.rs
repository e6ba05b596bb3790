//! Walking the users a page at a time.

use super::slot::Slot;
use crate::wire::User;

/// How far a walk over the users of a registry has come.
///
/// It needs no upkeep and may be kept for any time. A user never moves, so one who is there during the
/// whole walk comes up exactly once, whoever joins or leaves meanwhile; one who is not may come up or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Cursor(usize);

impl Cursor {
    /// Before the first user.
    pub const START: Self = Self(0);
}

/// The users in `slots` from the cursor on, each with the cursor that comes after it.
pub(super) fn walk(slots: &[Slot], from: Cursor) -> impl Iterator<Item = (&User, Cursor)> {
    let ahead = slots.get(from.0..).unwrap_or_default();
    let users = ahead.iter().zip(1..);
    users.filter_map(move |(slot, nth)| Some((slot.user.as_ref()?, Cursor(from.0.saturating_add(nth)))))
}
