//! All connections, by slot.

use p2pm_core::suite::Suite;

use super::connection::Connection;

/// Connections in numbered slots, a bounded number of them. A slot is taken again once it is free: whoever
/// keeps its number must live with finding another connection there.
pub(super) struct Connections<S: Suite> {
    slots: Vec<Option<Connection<S>>>,
    free: Vec<usize>,
    limit: usize,
}

impl<S: Suite> Connections<S> {
    /// Room for `limit` connections. The system gives memory to those slots only that have been used.
    pub(super) fn new(limit: usize) -> Self {
        Self { slots: Vec::with_capacity(limit), free: Vec::new(), limit }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.slots.len() == self.free.len()
    }

    pub(super) fn is_full(&self) -> bool {
        self.slots.len() - self.free.len() >= self.limit
    }

    /// All connections are in slots below this one.
    pub(super) fn end(&self) -> usize {
        self.slots.len()
    }

    /// The slot that the next connection gets.
    pub(super) fn vacancy(&self) -> usize {
        self.free.last().copied().unwrap_or(self.slots.len())
    }

    /// Puts a connection into the [vacancy](Self::vacancy).
    pub(super) fn insert(&mut self, connection: Connection<S>) {
        match self.free.pop() {
            Some(slot) => self.slots[slot] = Some(connection),
            None => self.slots.push(Some(connection)),
        }
    }

    pub(super) fn get(&self, slot: usize) -> Option<&Connection<S>> {
        self.slots.get(slot)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, slot: usize) -> Option<&mut Connection<S>> {
        self.slots.get_mut(slot)?.as_mut()
    }

    /// Drops a connection where it is: moved, it would leave its keys behind.
    pub(super) fn remove(&mut self, slot: usize) {
        if let Some(place) = self.slots.get_mut(slot).filter(|place| place.is_some()) {
            *place = None;
            self.free.push(slot);
        }
    }
}
