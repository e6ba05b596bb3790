//! What the user has answered before, to be offered again. It goes with the program.

use std::collections::HashMap;

use p2pm_core::suite::Password;

use super::state::{Goal, Target};
use crate::config::address::Address;

/// The last address of each kind, and every password that was typed and was not wrong.
#[derive(Default)]
pub(super) struct Memory {
    addresses: HashMap<Goal, Address>,
    /// A password belongs to an address: a name is whoever's who takes it.
    passwords: HashMap<Target, Password>,
}

impl Memory {
    /// The last address that was to be reached so.
    pub(super) fn address(&self, goal: Goal) -> Option<&Address> {
        self.addresses.get(&goal)
    }

    /// The password that was typed for this target last.
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
