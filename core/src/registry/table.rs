//! Hash table of users by name and by slot; its chains and its free list run through the buckets.

use siphasher::sip::SipHasher13;

use super::ClaimError;
use super::slot::{Bucket, Slot, SlotIndex, Storage, Tag, Tagged};
use crate::limits::USERS_MAX;
use crate::wire::{Name, User};

/// Slot with generation: identifies one stay of one user in a registry.
///
/// It is stale once that user is released, even if the slot has another user by then. (The generation wraps
/// after 2^32 releases of the slot.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct UserId {
    index: SlotIndex,
    generation: u32,
}

/// The users of a registry. Only a walk takes time in proportion to their number.
pub(super) struct Table<S> {
    storage: S,
    key: [u8; 16],
    /// Head of the free list: the slot that was released last.
    free: Option<SlotIndex>,
    /// Upper bound of the slots used since the table was last empty.
    touched: usize,
    len: usize,
}

impl<S> Table<S> {
    /// A table over slots and buckets that are all empty.
    pub(super) const fn new(storage: S, key: [u8; 16]) -> Self {
        Self { storage, key, free: None, touched: 0, len: 0 }
    }

    /// Number of users.
    pub(super) const fn len(&self) -> usize {
        self.len
    }
}

impl<S: Storage> Table<S> {
    /// Most users.
    pub(super) fn capacity(&self) -> usize {
        let (slots, buckets) = self.storage.rows();
        slots.len().min(buckets.len()).min(USERS_MAX)
    }

    /// The slots that may hold users.
    pub(super) fn touched(&self) -> &[Slot] {
        self.rows().0.get(..self.touched).unwrap_or_default()
    }

    /// The user with this id; `None` if the id is stale.
    pub(super) fn get(&self, id: UserId) -> Option<&User> {
        let slot = self.rows().0.get(id.index.get())?;
        slot.user.as_ref().filter(|_| slot.generation == id.generation)
    }

    /// The user with this name.
    pub(super) fn find(&self, name: &Name) -> Option<UserId> {
        let (slots, buckets) = self.rows();
        let (bucket, tag) = self.bucket_and_tag(name);
        let mut next = buckets.get(bucket)?.head;
        while let Some(tagged) = next {
            let index = tagged.index()?;
            if tagged.tag() == tag
                && let slot = slots.get(index.get())?
                && slot.user.as_ref().is_some_and(|user| user.name == *name)
            {
                return Some(UserId { index, generation: slot.generation });
            }
            next = buckets.get(index.get())?.next;
        }
        None
    }

    /// Puts a user into a free slot.
    pub(super) fn insert(&mut self, user: User) -> Result<UserId, ClaimError> {
        if self.find(&user.name).is_some() {
            return Err(ClaimError::NameTaken);
        }
        let index = self.take_free().ok_or(ClaimError::Full)?;
        let id = self.chain(index, user).ok_or(ClaimError::Full)?;
        self.len += 1;
        Ok(id)
    }

    /// Removes a user and frees its slot; `None` if the id is stale.
    pub(super) fn remove(&mut self, id: UserId) -> Option<User> {
        let (bucket, _) = self.bucket_and_tag(&self.get(id)?.name);
        self.unchain(bucket, id.index)?;
        let free = self.free.replace(id.index);
        let (slots, buckets) = self.rows_mut();
        buckets.get_mut(id.index.get())?.next = free.map(|index| index.tagged(Tag::default()));
        let slot = slots.get_mut(id.index.get())?;
        let user = slot.user.take()?;
        slot.generation = slot.generation.wrapping_add(1);
        self.len -= 1;
        if self.len == 0 {
            // An empty table starts afresh, so that a walk does not pass slots used earlier.
            (self.free, self.touched) = (None, 0);
        }
        Some(user)
    }

    /// Takes a slot from the free list, or the first one never used.
    fn take_free(&mut self) -> Option<SlotIndex> {
        if let Some(index) = self.free {
            let (_, buckets) = self.rows();
            self.free = buckets.get(index.get())?.next.and_then(Tagged::index);
            return Some(index);
        }
        if self.touched == self.capacity() {
            return None;
        }
        let index = SlotIndex::new(self.touched);
        self.touched += 1;
        index
    }

    /// Puts a user into a slot, and the slot at the head of its bucket's chain.
    fn chain(&mut self, index: SlotIndex, user: User) -> Option<UserId> {
        let (bucket, tag) = self.bucket_and_tag(&user.name);
        let (slots, buckets) = self.rows_mut();
        let second = buckets.get_mut(bucket)?.head.replace(index.tagged(tag));
        buckets.get_mut(index.get())?.next = second;
        let slot = slots.get_mut(index.get())?;
        slot.user = Some(user);
        Some(UserId { index, generation: slot.generation })
    }

    /// Removes a slot from the chain of its bucket.
    fn unchain(&mut self, bucket: usize, index: SlotIndex) -> Option<()> {
        let (_, buckets) = self.rows_mut();
        let after = buckets.get(index.get())?.next;
        let mut next = &mut buckets.get_mut(bucket)?.head;
        while let Some(before) = next.and_then(Tagged::index).filter(|&before| before != index) {
            next = &mut buckets.get_mut(before.get())?.next;
        }
        *next = after;
        Some(())
    }

    /// Bucket and tag of a name. The hash is keyed, so that attackers cannot choose names of one bucket.
    fn bucket_and_tag(&self, name: &Name) -> (usize, Tag) {
        let hash = SipHasher13::new_with_key(&self.key).hash(name.as_str().as_bytes());
        // Maps the upper half of the hash to the buckets by multiplication and shift: as uniform as a remainder,
        // without the 64-bit division that small processors lack.
        let bucket = (((hash >> 32) * self.capacity() as u64) >> 32) as usize;
        (bucket, Tag::new(hash))
    }

    fn rows(&self) -> (&[Slot], &[Bucket]) {
        let capacity = self.capacity();
        let (slots, buckets) = self.storage.rows();
        (slots.get(..capacity).unwrap_or_default(), buckets.get(..capacity).unwrap_or_default())
    }

    fn rows_mut(&mut self) -> (&mut [Slot], &mut [Bucket]) {
        let capacity = self.capacity();
        let (slots, buckets) = self.storage.rows_mut();
        (slots.get_mut(..capacity).unwrap_or_default(), buckets.get_mut(..capacity).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::format;

    use super::*;
    use crate::registry::Bucket;

    #[test]
    fn names_are_spread_over_all_buckets() {
        let table = Table::new(([Slot::EMPTY; 16], [Bucket::EMPTY; 16]), [7; 16]);
        let mut names = [0; 16];
        for number in 0..1600 {
            let (bucket, _) = table.bucket_and_tag(&format!("user {number}").parse().unwrap());
            names[bucket] += 1;
        }
        assert!(names.iter().all(|names| (50..200).contains(names)), "{names:?}");
    }
}
