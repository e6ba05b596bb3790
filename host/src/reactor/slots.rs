//! Slots with generations (a slot map of bounded size).

use super::token::{Key, SLOTS_MAX};

/// Values by [`Key`]. A freed slot is used again with its next generation.
#[derive(Debug)]
pub(super) struct Slots<T> {
    all: Vec<Slot<T>>,
    free: Vec<usize>,
    limit: usize,
}

#[derive(Debug)]
struct Slot<T> {
    generation: u32,
    content: Option<T>,
}

impl<T> Slots<T> {
    /// At most `limit` slots, and [`SLOTS_MAX`] at most. The address space is reserved; memory is used only
    /// for slots that have been in use.
    pub(super) fn new(limit: usize) -> Self {
        let limit = limit.min(SLOTS_MAX);
        Self { all: Vec::with_capacity(limit), free: Vec::new(), limit }
    }

    pub(super) fn len(&self) -> usize {
        self.all.len() - self.free.len()
    }

    /// The key of the next value; `None` if every slot is taken.
    pub(super) fn vacancy(&self) -> Option<Key> {
        match self.free.last() {
            Some(index) => Some(Key::new(*index, self.all.get(*index)?.generation)),
            None => (self.all.len() < self.limit).then(|| Key::new(self.all.len(), 0)),
        }
    }

    /// Puts a value into the [vacancy](Self::vacancy), which must exist.
    pub(super) fn insert(&mut self, content: T) {
        match self.free.pop() {
            Some(index) => self.all[index].content = Some(content),
            None => self.all.push(Slot { generation: 0, content: Some(content) }),
        }
    }

    pub(super) fn get(&self, key: Key) -> Option<&T> {
        let slot = self.all.get(key.index())?;
        if Key::new(key.index(), slot.generation) == key { slot.content.as_ref() } else { None }
    }

    pub(super) fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        self.slot(key)?.content.as_mut()
    }

    /// Takes a value out.
    pub(super) fn take(&mut self, key: Key) -> Option<T> {
        let slot = self.slot(key)?;
        let content = slot.content.take()?;
        slot.generation = slot.generation.wrapping_add(1);
        self.free.push(key.index());
        Some(content)
    }

    /// Drops a value in place: a move would leave a copy of its secrets behind.
    pub(super) fn remove(&mut self, key: Key) {
        if let Some(slot) = self.slot(key).filter(|slot| slot.content.is_some()) {
            slot.content = None;
            slot.generation = slot.generation.wrapping_add(1);
            self.free.push(key.index());
        }
    }

    /// Puts another value, made of the present one, in its place.
    pub(super) fn change(&mut self, key: Key, change: impl FnOnce(T) -> T) {
        if let Some(slot) = self.slot(key) {
            slot.content = slot.content.take().map(change);
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.all.iter().filter_map(|slot| slot.content.as_ref())
    }

    /// Upper bound of the slots in use.
    pub(super) fn end(&self) -> usize {
        self.all.len()
    }

    /// Key of the value in a slot.
    pub(super) fn key_at(&self, index: usize) -> Option<Key> {
        let slot = self.all.get(index)?;
        slot.content.as_ref().map(|_| Key::new(index, slot.generation))
    }

    fn slot(&mut self, key: Key) -> Option<&mut Slot<T>> {
        let slot = self.all.get_mut(key.index())?;
        (Key::new(key.index(), slot.generation) == key).then_some(slot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn insert(slots: &mut Slots<char>, content: char) -> Key {
        let key = slots.vacancy().unwrap();
        slots.insert(content);
        assert_eq!(slots.get(key), Some(&content));
        key
    }

    #[test]
    fn a_stale_key_finds_no_value() {
        let mut slots = Slots::new(2);
        let [a, b] = ['a', 'b'].map(|content| insert(&mut slots, content));
        slots.remove(a);
        let c = insert(&mut slots, 'c');
        assert_eq!(c.index(), a.index());
        assert_ne!(c, a);
        assert_eq!(slots.get(a), None);
        assert_eq!(slots.get_mut(a), None);
        slots.remove(a);
        assert_eq!((slots.get(b), slots.get(c)), (Some(&'b'), Some(&'c')));
    }

    #[test]
    fn the_number_of_slots_is_bounded() {
        let mut slots = Slots::new(2);
        let [a, b] = ['a', 'b'].map(|content| insert(&mut slots, content));
        assert_eq!((slots.len(), slots.vacancy()), (2, None));
        assert_eq!([0, 1, 2].map(|index| slots.key_at(index)), [Some(a), Some(b), None]);
        slots.remove(b);
        assert_eq!((slots.len(), slots.key_at(b.index())), (1, None));
        assert!(slots.vacancy().is_some());
        assert_eq!(slots.end(), 2);
    }

    #[test]
    fn the_generations_of_a_slot_go_on_after_the_last() {
        let mut slots = Slots::new(1);
        let first = insert(&mut slots, 'a');
        slots.all[0].generation = u32::MAX;
        let last = slots.key_at(0).unwrap();
        slots.remove(last);
        assert_eq!(slots.get(last), None);
        assert_eq!(insert(&mut slots, 'b'), first);
    }
}
