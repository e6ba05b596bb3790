//! State that all sessions of a community share.

use crate::door::{Door, Guesser, Guessers, ManyGuesses};
use crate::limits::GUESSER_WAYS;
use crate::registry::{RegistryInner, Storage};

/// Door and registry of a community, shared by all its sessions.
pub struct Hall<M: Storage, G = [Guesser; GUESSER_WAYS]> {
    pub(super) door: Door<G>,
    pub(super) registry: RegistryInner<M>,
}

impl<M: Storage, G: Guessers> Hall<M, G> {
    /// A community that admits authenticated peers until its registry is full.
    pub fn new(door: Door<G>, registry: RegistryInner<M>) -> Self {
        Self { door, registry }
    }

    /// See [`Door::take_warning`].
    pub fn take_warning(&mut self) -> Option<ManyGuesses> {
        self.door.take_warning()
    }

    /// The users online.
    pub fn registry(&self) -> &RegistryInner<M> {
        &self.registry
    }
}
