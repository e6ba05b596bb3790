//! Keeps in a profile what a node is told to store.

use crate::config::profile::{Contacts, Profile, Sends, Settings, StoredContact, Unsent};
use crate::node::{Changes, Lasting, Store};

/// A profile that a node runs with.
pub(super) struct ProfileStore {
    profile: Profile,
    /// `None` if the node runs with what the command line says alone.
    settings: Option<Settings>,
    /// Contacts of circles that the node is not in.
    others: Vec<StoredContact>,
}

impl ProfileStore {
    pub(super) fn new(profile: Profile, settings: Option<Settings>, others: Vec<StoredContact>) -> Self {
        Self { profile, settings, others }
    }
}

impl Store for ProfileStore {
    fn store_contacts(&mut self, contacts: Lasting<'_, '_>) -> Result<(), String> {
        let mut all = Contacts::new(contacts);
        all.add_others(&self.others);
        self.profile.save_contacts(&all).map_err(|error| error.to_string())
    }

    fn store_sends(&mut self, sends: Vec<Unsent>) -> Result<(), String> {
        self.profile.save_sends(&Sends::new(sends)).map_err(|error| error.to_string())
    }

    fn store_changes(&mut self, changes: Changes) -> Result<(), String> {
        let Some(settings) = &mut self.settings else { return Ok(()) };
        let Changes { name, policy, folder } = changes;
        settings.name = name.unwrap_or_else(|| settings.name.clone());
        settings.policy = policy.unwrap_or(settings.policy);
        settings.folder = folder.or(settings.folder.take());
        self.profile.save_settings(settings).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use p2pm_core::node::{Known, Trust};
    use p2pm_core::wire::{Name, PublicKey};
    use tempfile::TempDir;

    use super::*;
    use crate::config::profile::{Homes, ProfileName};

    fn met(key: u8, circle: &str) -> (Known, Name) {
        let known = Known { trust: Some(Trust::Accepted), ..Known::of(PublicKey([key; 32])) };
        (known, circle.parse().unwrap())
    }

    #[test]
    fn who_was_met_in_two_circles_is_stored_once() {
        let dir = TempDir::new().unwrap();
        let homes = Homes { config: dir.path().join("config"), data: dir.path().join("data") };
        let profile = Profile::open(&homes, &ProfileName::default()).unwrap();
        let others = [1, 2].map(|key| met(key, "home"));
        let all = Contacts::new(others.iter().map(|(known, circle)| (known, circle)));
        let mut store = ProfileStore::new(profile, None, all.iter().cloned().collect());
        let (known, circle) = met(2, "work");
        store.store_contacts(&mut std::iter::once((&known, &circle))).unwrap();
        let stored = store.profile.contacts().unwrap();
        let stored: Vec<_> = stored.iter().map(|it| (it.known().key.0[0], it.circle().as_str())).collect();
        assert_eq!(stored, [(2, "work"), (1, "home")]);
    }
}
