//! Storage of a registry, which the caller owns.

use core::num::NonZeroU32;

use crate::limits::USERS_MAX;
use crate::wire::User;

/// Slot for one user, 56 bytes.
#[derive(Clone)]
pub struct Slot {
    /// Number of users that have left this slot, modulo 2^32.
    pub(super) generation: u32,
    /// The user in this slot.
    pub(super) user: Option<User>,
}

/// Bucket of a hash table with separate chaining, and the link of one slot in its chain: 8 bytes.
///
/// There are as many buckets as slots, so that a look-up in a full registry passes few users. They are a row of their
/// own, so that a look-up of one user among [`USERS_MAX`] reads one slot, and the rest from the processor's cache.
#[derive(Clone)]
pub struct Bucket {
    /// First slot in the chain of the bucket with this number.
    pub(super) head: Option<Tagged>,
    /// Slot after the one with this number, in the chain of its user's bucket; without a user, in the free list.
    pub(super) next: Option<Tagged>,
}

impl Slot {
    /// An unused slot.
    pub const EMPTY: Self = Self { generation: 0, user: None };
}

impl Bucket {
    /// An unused bucket.
    pub const EMPTY: Self = Self { head: None, next: None };
}

/// Storage for a registry: a row of slots, and one of as many buckets. They must always be the same rows.
pub trait Storage {
    /// The rows.
    fn rows(&self) -> (&[Slot], &[Bucket]);

    /// The rows, to be changed.
    fn rows_mut(&mut self) -> (&mut [Slot], &mut [Bucket]);
}

/// Storage for `USERS` users in itself.
pub type Inline<const USERS: usize> = ([Slot; USERS], [Bucket; USERS]);

/// Arrays, boxed or borrowed slices, vectors, or any other rows.
impl<S, B> Storage for (S, B)
where
    S: AsRef<[Slot]> + AsMut<[Slot]>,
    B: AsRef<[Bucket]> + AsMut<[Bucket]>,
{
    fn rows(&self) -> (&[Slot], &[Bucket]) {
        (self.0.as_ref(), self.1.as_ref())
    }

    fn rows_mut(&mut self) -> (&mut [Slot], &mut [Bucket]) {
        (self.0.as_mut(), self.1.as_mut())
    }
}

/// Index of a slot, stored plus 1 so that `Option<SlotIndex>` takes 4 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) struct SlotIndex(NonZeroU32);

impl SlotIndex {
    /// Wraps an index; `None` from [`USERS_MAX`] on.
    pub(super) fn new(index: usize) -> Option<Self> {
        let number = u32::try_from(index).ok().filter(|_| index < USERS_MAX)?.checked_add(1)?;
        NonZeroU32::new(number).map(Self)
    }

    /// The index.
    pub(super) fn get(self) -> usize {
        self.0.get() as usize - 1
    }

    /// The index with a tag.
    pub(super) fn tagged(self, tag: Tag) -> Tagged {
        Tagged(self.0 | tag.0 << INDEX_BITS)
    }
}

/// Some bits of the hash of a name. A slot with another tag need not be looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tag(u32);

impl Tag {
    /// The tag of a hash: the upper bits of its lower half, on which no bucket depends.
    pub(super) const fn new(hash: u64) -> Self {
        Self((hash << 32 >> (32 + INDEX_BITS)) as u32)
    }
}

/// Index of a slot, and the tag of the user in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tagged(NonZeroU32);

impl Tagged {
    /// The index. `None` cannot occur, since the lower bits are those of a [`SlotIndex`].
    pub(super) fn index(self) -> Option<SlotIndex> {
        NonZeroU32::new(self.0.get() & ((1 << INDEX_BITS) - 1)).map(SlotIndex)
    }

    /// The tag.
    pub(super) fn tag(self) -> Tag {
        Tag(self.0.get() >> INDEX_BITS)
    }
}

/// Bits of a [`SlotIndex`].
const INDEX_BITS: u32 = 17;

const _: () = {
    assert!(size_of::<Slot>() == 56);
    assert!(size_of::<Bucket>() == 8);
    assert!(size_of::<Option<SlotIndex>>() == 4);
    assert!(USERS_MAX < 1 << INDEX_BITS);
};
