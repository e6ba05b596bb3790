//! The memory of a registry, which its caller owns.

use core::num::NonZeroU32;

use crate::wire::User;

/// Room for one user, 64 bytes: a cache line of most processors, so that to look at a user is to fetch one.
///
/// The slots are also the buckets of a hash table with separate chaining: slot *i* holds the head of
/// bucket *i*'s chain, whoever the user in it is. So the table may be full and still answer at once.
#[derive(Clone)]
#[repr(align(64))]
pub struct Slot {
    /// The first user of the bucket with this slot's number.
    pub(super) head: Option<SlotIndex>,
    /// What follows in the chain of the user's bucket; without a user, in the list of free slots.
    pub(super) next: Option<SlotIndex>,
    /// How many users have left this slot.
    pub(super) generation: u32,
    /// Who is here.
    pub(super) user: Option<User>,
}

impl Slot {
    /// A slot that nobody has used yet.
    pub const EMPTY: Self = Self { head: None, next: None, generation: 0, user: None };
}

/// Storage for a registry: an array, a boxed or borrowed slice, a vector, anything that is a row of slots.
/// It must always be the same row.
pub trait Slots: AsRef<[Slot]> + AsMut<[Slot]> {}

impl<S: AsRef<[Slot]> + AsMut<[Slot]>> Slots for S {}

/// The number of a slot, kept counted from 1 so that `Option<SlotIndex>` takes 4 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) struct SlotIndex(NonZeroU32);

impl SlotIndex {
    /// The number of the slot at this index.
    pub(super) fn new(index: usize) -> Option<Self> {
        let number = u32::try_from(index).ok()?.checked_add(1)?;
        NonZeroU32::new(number).map(Self)
    }

    /// The index of the slot here.
    pub(super) fn get(self) -> usize {
        self.0.get() as usize - 1
    }
}

const _: () = {
    assert!(size_of::<Slot>() == 64);
    assert!(size_of::<Option<SlotIndex>>() == 4);
};
