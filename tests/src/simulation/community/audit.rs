//! Model of what one session of the community must send, given the frames that it receives and emits.

use std::collections::BTreeSet;

use p2pm_core::limits::{CHANGES_MAX, PRESENCE_INTERVAL};
use p2pm_core::time::Instant;
use p2pm_core::wire::{Change, CommunityMessage, JoinRefusal, ListPage, Message, Name, Presence, User};

use super::Model;
use crate::simulation::door::Shown;
use crate::simulation::tap::Record;

/// A model of one session.
#[derive(Default)]
pub struct SessionAudit {
    joined: Option<User>,
    /// Number of the registry's changes that were sent to the subscriber.
    seen: Option<usize>,
    last_presence: Option<Instant>,
    walk: Option<Walk>,
    /// Input that the door model is yet to judge.
    pub shown: Option<(Instant, Shown)>,
}

/// A list that is being sent.
struct Walk {
    since: usize,
    /// Users online from its beginning to its end.
    steady: BTreeSet<Name>,
    met: Vec<User>,
}

impl SessionAudit {
    pub fn joined(&self) -> Option<&User> {
        self.joined.as_ref()
    }

    pub fn is_subscribed(&self) -> bool {
        self.seen.is_some()
    }

    /// Checks the frames of one pump; the registry has not changed since the first of them.
    pub fn frames(&mut self, records: &[Record], model: &Model) {
        for record in records {
            let Ok(message) = Message::parse(&*record.plain) else { continue };
            if record.emitted {
                self.emitted(record.at, message, model);
            } else {
                self.received(record.at, &message, model);
            }
        }
    }

    /// Records that the session's user came online.
    pub fn user_joined(&mut self, user: User) {
        assert_eq!(self.joined.replace(user), None, "one user to a session");
    }

    /// Records the end of the session, and the user that went offline.
    pub fn over(&mut self, user: Option<&User>) {
        assert_eq!(self.joined.take().as_ref(), user, "whoever joined leaves with the session, nobody else");
    }

    fn received(&mut self, now: Instant, message: &Message<'_>, model: &Model) {
        if let Some(shown) = Shown::by(message) {
            self.shown = Some((now, shown));
        }
        match message {
            Message::Community(CommunityMessage::List) => self.walk = Some(Walk::begin(model)),
            Message::Community(CommunityMessage::Subscribe(true)) => {
                _ = self.seen.get_or_insert(model.changes.len());
            }
            Message::Community(CommunityMessage::Subscribe(false)) => self.seen = None,
            _ => {}
        }
    }

    fn emitted(&mut self, now: Instant, message: Message<'_>, model: &Model) {
        match message {
            Message::Community(CommunityMessage::Joined { endpoint, online }) => {
                assert_eq!(self.joined.as_ref().map(|user| user.endpoint), Some(endpoint));
                assert_eq!(online, model.online());
            }
            Message::Community(CommunityMessage::JoinRefused(JoinRefusal::NameTaken | JoinRefusal::Full)) => {
                assert_eq!(self.joined, None);
            }
            Message::Community(CommunityMessage::ListPage(page)) => self.page(page, model),
            Message::Community(CommunityMessage::Presence(presence)) => self.presence(now, &presence, model),
            _ => {}
        }
    }

    fn page(&mut self, page: ListPage<'_>, model: &Model) {
        let mut walk = self.walk.take().expect("a page of a list that was asked for");
        assert_eq!(page.online, model.online());
        assert!(
            page.last || page.users.clone().next().is_some(),
            "a page with nobody on it that is not the last"
        );
        walk.met.extend(page.users);
        if page.last {
            walk.check(model);
        } else {
            self.walk = Some(walk);
        }
    }

    fn presence(&mut self, now: Instant, presence: &Presence<'_>, model: &Model) {
        let seen = self.seen.expect("presence for a subscriber alone");
        let early = self.last_presence.replace(now).is_some_and(|last| now < last + PRESENCE_INTERVAL);
        assert!(!early, "presence more often than it may be");
        let missed = model.changes.len().saturating_sub(CHANGES_MAX).saturating_sub(seen);
        assert_eq!(usize::try_from(presence.missed), Ok(missed));
        assert_eq!(presence.online, model.online());
        let told: Vec<_> = presence.changes.clone().collect();
        assert!(!told.is_empty(), "news without anything new");
        let next = seen + missed;
        assert_eq!(model.changes.get(next..next + told.len()), Some(&told[..]), "the changes in their order");
        self.seen = Some(next + told.len());
    }
}

impl Walk {
    fn begin(model: &Model) -> Self {
        Self { since: model.changes.len(), steady: model.online.keys().cloned().collect(), met: Vec::new() }
    }

    fn check(self, model: &Model) {
        let met: BTreeSet<_> = self.met.iter().map(|user| user.name.clone()).collect();
        let meanwhile = &model.changes[self.since..];
        let changed: BTreeSet<_> = meanwhile.iter().map(name_of).cloned().collect();
        for name in self.steady.difference(&changed) {
            assert_eq!(self.met.iter().filter(|user| user.name == *name).count(), 1, "{name} on the list");
        }
        assert!(met.is_subset(&self.steady.union(&changed).cloned().collect()), "nobody who was not there");
        if meanwhile.is_empty() {
            let list: Vec<_> = self.met.iter().map(|user| (&user.name, &user.endpoint)).collect();
            assert_eq!(list.len(), met.len(), "each of them once");
            assert!(list.iter().all(|(name, endpoint)| model.online.get(*name) == Some(*endpoint)));
            assert_eq!(list.len(), model.online.len(), "and all of them");
        }
    }
}

fn name_of(change: &Change) -> &Name {
    match change {
        Change::Joined(user) => &user.name,
        Change::Left(name) => name,
    }
}
