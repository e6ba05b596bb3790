//! Position in a paged walk over the users.

use super::slot::Slot;
use crate::wire::User;

/// Position of a walk over the users of a registry.
///
/// It may be kept for any time, and joins and leaves do not invalidate it. A user never moves to another
/// slot, so one who is online during the whole walk comes up exactly once; one who joins or leaves meanwhile
/// may come up or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Cursor(usize);

impl Cursor {
    /// Before the first user.
    pub const START: Self = Self(0);
}

/// The users in `slots` from the cursor on, each with the cursor after it.
pub(super) fn walk(slots: &[Slot], from: Cursor) -> impl Iterator<Item = (&User, Cursor)> {
    let ahead = slots.get(from.0..).unwrap_or_default();
    let users = ahead.iter().zip(1..);
    users.filter_map(move |(slot, nth)| Some((slot.user.as_ref()?, Cursor(from.0.saturating_add(nth)))))
}
