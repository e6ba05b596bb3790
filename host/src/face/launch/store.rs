//! Keeps in a profile what a node is told to store.

use p2pm_core::wire::Name;

use crate::config::profile::{Contacts, Profile, Settings, StoredContact};
use crate::node::{Remembered, Store};

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
    fn store_contacts(&mut self, contacts: &[Remembered]) -> Result<(), String> {
        let others: Vec<_> = self.others.iter().map(|it| (it.known(), it.circle())).collect();
        let ours = contacts.iter().map(|it| (&it.known, &it.circle));
        let contacts = Contacts::new(ours.chain(others.iter().map(|(known, circle)| (known, *circle))));
        self.profile.save_contacts(&contacts).map_err(|error| error.to_string())
    }

    fn store_name(&mut self, name: &Name) -> Result<(), String> {
        let Some(settings) = &mut self.settings else { return Ok(()) };
        settings.name = name.clone();
        self.profile.save_settings(settings).map_err(|error| error.to_string())
    }
}
