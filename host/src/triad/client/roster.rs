//! List of users online, as numbered on the screen.

use p2pm_core::limits::USERS_MAX;
use p2pm_core::wire::{Name, User};

/// The last list as shown, and the users that have come online since.
#[derive(Debug, Default)]
pub(super) struct Roster {
    /// `None` for a user that has gone offline.
    users: Vec<Option<User>>,
}

impl Roster {
    /// Replaces the list; numbers start at 1.
    pub(super) fn replace(&mut self, users: Vec<User>) {
        self.users = users.into_iter().map(Some).collect();
    }

    /// Adds a user. One that is listed already keeps its number.
    pub(super) fn add(&mut self, user: User) {
        match self.users.iter_mut().flatten().find(|known| known.name == user.name) {
            Some(known) => *known = user,
            None => {
                // Bounded memory: further users appear when the list is fetched again.
                if self.users.len() < USERS_MAX {
                    self.users.push(Some(user));
                }
            }
        }
    }

    /// Removes a user; the others keep their numbers.
    pub(super) fn remove(&mut self, name: &Name) {
        for user in &mut self.users {
            user.take_if(|user| user.name == *name);
        }
    }

    /// The user with this number or name. Numbers have precedence, so a user named like a number cannot take
    /// another's place.
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
