//! The meeting hall itself: what all its sessions share.

use crate::door::{Door, Guesser, Guessers, ManyGuesses};
use crate::limits::GUESSER_WAYS;
use crate::registry::{RegistryInner, Slots};

/// A password and a registry of who is online. A thousand sessions share one.
pub struct Hall<M: Slots, G = [Guesser; GUESSER_WAYS]> {
    pub(super) door: Door<G>,
    pub(super) registry: RegistryInner<M>,
}

impl<M: Slots, G: Guessers> Hall<M, G> {
    /// A hall that lets in whoever gets past the door, until the registry is full.
    pub fn new(door: Door<G>, registry: RegistryInner<M>) -> Self {
        Self { door, registry }
    }

    /// See [`Door::take_warning`].
    pub fn take_warning(&mut self) -> Option<ManyGuesses> {
        self.door.take_warning()
    }

    /// Who is online.
    pub fn registry(&self) -> &RegistryInner<M> {
        &self.registry
    }
}
