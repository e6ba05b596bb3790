//! Users by name and by slot: a hash table whose chains and free list run through the slots.

use siphasher::sip::SipHasher13;

use super::ClaimError;
use super::slot::{Slot, SlotIndex, Slots};
use crate::limits::USERS_MAX;
use crate::wire::{Name, User};

/// One stay of one user in a registry.
///
/// It means nobody from the moment that user is released, even when somebody else has the slot by then.
/// (Until the slot has been released 2^32 times more.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct UserId {
    index: SlotIndex,
    generation: u32,
}

/// The users of a registry. No operation but walking depends on how many there are.
pub(super) struct Table<S> {
    slots: S,
    key: [u8; 16],
    /// The slot that was vacated last; each one links to the one vacated before it.
    free: Option<SlotIndex>,
    /// Only slots below this index have ever held a user since the table was last empty.
    touched: usize,
    len: usize,
}

impl<S> Table<S> {
    /// A table over slots that are all [`Slot::EMPTY`].
    pub(super) const fn new(slots: S, key: [u8; 16]) -> Self {
        Self { slots, key, free: None, touched: 0, len: 0 }
    }

    /// How many users there are.
    pub(super) const fn len(&self) -> usize {
        self.len
    }
}

impl<S: Slots> Table<S> {
    /// How many users there can be.
    pub(super) fn capacity(&self) -> usize {
        self.slots().len()
    }

    /// The slots among which all users are.
    pub(super) fn touched(&self) -> &[Slot] {
        self.slots().get(..self.touched).unwrap_or_default()
    }

    /// The user with this id, while they stay.
    pub(super) fn get(&self, id: UserId) -> Option<&User> {
        let slot = self.slots().get(id.index.get())?;
        slot.user.as_ref().filter(|_| slot.generation == id.generation)
    }

    /// The user with this name.
    pub(super) fn find(&self, name: &Name) -> Option<UserId> {
        let slots = self.slots();
        let mut link = slots.get(self.bucket(name))?.head;
        while let Some(index) = link {
            let slot = slots.get(index.get())?;
            if slot.user.as_ref().is_some_and(|user| user.name == *name) {
                return Some(UserId { index, generation: slot.generation });
            }
            link = slot.next;
        }
        None
    }

    /// Gives a user a slot.
    pub(super) fn insert(&mut self, user: User) -> Result<UserId, ClaimError> {
        if self.find(&user.name).is_some() {
            return Err(ClaimError::NameTaken);
        }
        let index = self.take_free().ok_or(ClaimError::Full)?;
        let id = self.chain(index, user).ok_or(ClaimError::Full)?;
        self.len += 1;
        Ok(id)
    }

    /// Vacates a user's slot.
    pub(super) fn remove(&mut self, id: UserId) -> Option<User> {
        let bucket = self.bucket(&self.get(id)?.name);
        self.unchain(bucket, id.index)?;
        let free = self.free;
        let slot = self.slots_mut().get_mut(id.index.get())?;
        let user = slot.user.take()?;
        slot.generation = slot.generation.wrapping_add(1);
        slot.next = free;
        self.free = Some(id.index);
        self.len -= 1;
        if self.len == 0 {
            // With nobody left a walk need not pass the slots that were in use once.
            (self.free, self.touched) = (None, 0);
        }
        Some(user)
    }

    /// A slot without a user, taken off the free list or from beyond the touched ones.
    fn take_free(&mut self) -> Option<SlotIndex> {
        if let Some(index) = self.free {
            self.free = self.slots().get(index.get())?.next;
            return Some(index);
        }
        if self.touched == self.capacity() {
            return None;
        }
        let index = SlotIndex::new(self.touched);
        self.touched += 1;
        index
    }

    /// Puts a user into a free slot, and the slot first into the chain of its bucket.
    fn chain(&mut self, index: SlotIndex, user: User) -> Option<UserId> {
        let bucket = self.bucket(&user.name);
        let slots = self.slots_mut();
        let second = slots.get_mut(bucket)?.head.replace(index);
        let slot = slots.get_mut(index.get())?;
        slot.next = second;
        slot.user = Some(user);
        Some(UserId { index, generation: slot.generation })
    }

    /// Takes a slot out of the chain of its bucket.
    fn unchain(&mut self, bucket: usize, index: SlotIndex) -> Option<()> {
        let slots = self.slots_mut();
        let after = slots.get(index.get())?.next;
        let mut link = &mut slots.get_mut(bucket)?.head;
        while let Some(before) = link.filter(|&linked| linked != index) {
            link = &mut slots.get_mut(before.get())?.next;
        }
        *link = after;
        Some(())
    }

    /// Which chain a name belongs to. The key keeps strangers from choosing names that share one.
    fn bucket(&self, name: &Name) -> usize {
        let hash = SipHasher13::new_with_key(&self.key).hash(name.as_str().as_bytes());
        // The upper half of the hash, read as a fraction of 2^32, scaled to the number of buckets:
        // spread as evenly as by a remainder, without the division that small processors lack.
        (((hash >> 32) * self.capacity() as u64) >> 32) as usize
    }

    fn slots(&self) -> &[Slot] {
        let slots = self.slots.as_ref();
        slots.get(..USERS_MAX).unwrap_or(slots)
    }

    fn slots_mut(&mut self) -> &mut [Slot] {
        let capacity = self.capacity();
        self.slots.as_mut().get_mut(..capacity).unwrap_or_default()
    }
}
