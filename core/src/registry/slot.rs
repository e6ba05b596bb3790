//! Storage of a registry, which the caller owns.

use core::num::NonZeroU32;

use crate::wire::User;

/// Slot for one user, 64 bytes: one cache line of most processors.
///
/// The slots are also the buckets of a hash table with separate chaining: slot *i* holds the head of bucket
/// *i*'s chain, independently of the user in it. So look-ups stay fast in a full table.
#[derive(Clone)]
#[repr(align(64))]
pub struct Slot {
    /// First slot in the chain of the bucket with this slot's number.
    pub(super) head: Option<SlotIndex>,
    /// Next slot in the chain of the user's bucket; without a user, in the free list.
    pub(super) next: Option<SlotIndex>,
    /// Number of users that have left this slot, modulo 2^32.
    pub(super) generation: u32,
    /// The user in this slot.
    pub(super) user: Option<User>,
}

impl Slot {
    /// An unused slot.
    pub const EMPTY: Self = Self { head: None, next: None, generation: 0, user: None };
}

/// Storage for a registry: an array, a boxed or borrowed slice, a vector, or any other row of slots. It must
/// always be the same row.
pub trait Slots: AsRef<[Slot]> + AsMut<[Slot]> {}

impl<S: AsRef<[Slot]> + AsMut<[Slot]>> Slots for S {}

/// Index of a slot, stored plus 1 so that `Option<SlotIndex>` takes 4 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) struct SlotIndex(NonZeroU32);

impl SlotIndex {
    /// Wraps an index; `None` if it does not fit.
    pub(super) fn new(index: usize) -> Option<Self> {
        let number = u32::try_from(index).ok()?.checked_add(1)?;
        NonZeroU32::new(number).map(Self)
    }

    /// The index.
    pub(super) fn get(self) -> usize {
        self.0.get() as usize - 1
    }
}

const _: () = {
    assert!(size_of::<Slot>() == 64);
    assert!(size_of::<Option<SlotIndex>>() == 4);
};
