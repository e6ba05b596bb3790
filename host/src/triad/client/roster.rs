//! The list of who is online, as the user sees it.

use p2pm_core::limits::USERS_MAX;
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
            None => {
                // A server that tells of more fills no memory: they are on the list when it is fetched again.
                if self.users.len() < USERS_MAX {
                    self.users.push(Some(user));
                }
            }
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

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::num::NonZeroU16;

    use p2pm_core::wire::Endpoint;

    use super::*;

    fn user(name: &str) -> User {
        User {
            name: name.parse().unwrap(),
            endpoint: Endpoint::new(Ipv4Addr::LOCALHOST.into(), NonZeroU16::MIN),
        }
    }

    #[test]
    fn a_server_that_tells_of_newcomers_without_end_fills_no_memory() {
        let mut roster = Roster::default();
        roster.replace(vec![user("katie"); USERS_MAX]);
        roster.add(user("abdul"));
        assert_eq!(roster.users.len(), USERS_MAX);
        assert!(roster.find("abdul").is_none());
    }
}
