//! Previous answers of the user, to be offered again. Kept in memory only.

use std::collections::HashMap;

use p2pm_core::suite::Password;

use super::state::{Goal, Target};
use crate::config::address::Address;

/// The last address for each goal, and every password typed that was not wrong.
#[derive(Default)]
pub(super) struct Memory {
    addresses: HashMap<Goal, Address>,
    /// By address, not by name: anybody can take a name.
    passwords: HashMap<Target, Password>,
}

impl Memory {
    /// The last address for this goal.
    pub(super) fn address(&self, goal: Goal) -> Option<&Address> {
        self.addresses.get(&goal)
    }

    /// The last password typed for this target.
    pub(super) fn password(&self, target: &Target) -> Option<&Password> {
        self.passwords.get(target)
    }

    pub(super) fn remember_address(&mut self, target: &Target) {
        self.addresses.insert(target.goal, target.address.clone());
    }

    pub(super) fn remember_password(&mut self, target: &Target, password: Password) {
        self.passwords.insert(target.clone(), password);
    }

    pub(super) fn forget_password(&mut self, target: &Target) {
        self.passwords.remove(target);
    }
}
