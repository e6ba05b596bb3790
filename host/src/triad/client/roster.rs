//! The list of who is online, as the user sees it.

use p2pm_core::wire::{Name, User};

/// The last list, as it was numbered on the screen, and who has come since.
#[derive(Debug, Default)]
pub(super) struct Roster {
    /// `None` for who has gone.
    users: Vec<Option<User>>,
}

impl Roster {
    /// A whole new list, numbered from 1.
    pub(super) fn replace(&mut self, users: Vec<User>) {
        self.users = users.into_iter().map(Some).collect();
    }

    /// Who came while the list was on its way may be on it already, and keeps their number.
    pub(super) fn add(&mut self, user: User) {
        match self.users.iter_mut().flatten().find(|known| known.name == user.name) {
            Some(known) => *known = user,
            None => self.users.push(Some(user)),
        }
    }

    /// Nobody of this name can be picked any more; the numbers of the others stay.
    pub(super) fn remove(&mut self, name: &Name) {
        for user in &mut self.users {
            user.take_if(|user| user.name == *name);
        }
    }

    /// The user with this number or name. Nobody can take another's place by calling themselves a number.
    pub(super) fn find(&self, pick: &str) -> Option<&User> {
        let by_number = || self.users.get(pick.parse::<usize>().ok()?.checked_sub(1)?)?.as_ref();
        let by_name = || self.users.iter().flatten().find(|user| user.name.as_str() == pick);
        by_number().or_else(by_name)
    }
}
