//! A client with random behaviour that keeps a list.

use std::collections::BTreeMap;
use std::num::NonZeroU16;

use p2pm_core::community::{Client, ClientEvent};
use p2pm_core::drive::Pumped;
use p2pm_core::error::SendError;
use p2pm_core::suite::{Entropy, Password, Suite};
use p2pm_core::time::Instant;
use p2pm_core::wire::{Change, Endpoint, JoinRefusal, Name, Presence, User};
use p2pm_transcript::Action;

use super::Model;
use crate::random::Random;
use crate::simulation::link::{Link, Side};
use crate::simulation::port::Port;
use crate::simulation::tape::Spot;

/// A client and its state.
pub struct Guest<S: Suite> {
    pub client: Client<S>,
    pub port: Port,
    knowledge: Knowledge,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Membership {
    #[default]
    Outside,
    Asked,
    Joined,
}

/// What the server has sent to a client.
#[derive(Default)]
struct Knowledge {
    welcome: bool,
    membership: Membership,
    subscribed: bool,
    /// Pages received of a list that is being fetched.
    pages: Option<Vec<User>>,
    /// The list was requested before the subscription, so that changes in between are never received.
    out_of_date: bool,
    list: Option<BTreeMap<Name, Endpoint>>,
}

impl<S: Suite> Guest<S> {
    pub fn new(now: Instant, password: &[u8], random: &mut Random) -> Self {
        let entropy = random.bytes();
        let spot = Spot::connecting(now, S::ID, password, &Action::Client { entropy });
        let password = Password::new(password).expect("a password");
        Self {
            client: Client::new(now, password, Entropy::new(entropy)),
            port: Port::new(Side::Connecting, spot),
            knowledge: Knowledge::default(),
        }
    }

    pub fn pump(&mut self, link: &mut Link, now: Instant) {
        let Self { client, port, knowledge } = self;
        // The client requests the list again only if it has missed changes.
        let pumped = port.pump(link, client, now, |event| knowledge.learn(event));
        if matches!(pumped, Pumped::Event(())) && self.knowledge.has_lost_track() {
            self.fetch_list(link, now);
        }
        assert_eq!(
            self.client.is_joined(),
            self.knowledge.membership == Membership::Joined && self.port.ended().is_none()
        );
    }

    pub fn act(&mut self, link: &mut Link, now: Instant, name: &Name, random: &mut Random) {
        match random.between(0..=9) {
            0 => self.leave(now),
            1..=3 => self.join(link, now, name.clone()),
            4..=6 => self.subscribe(link, now),
            _ => self.fetch_list(link, now),
        }
    }

    pub fn leave(&mut self, now: Instant) {
        let event = self.client.leave(now);
        assert_eq!(event.is_some(), self.port.ended().is_none(), "one can leave once");
        self.port.heard(now, &Action::Quit, event.as_ref());
    }

    fn join(&mut self, link: &mut Link, now: Instant, name: Name) {
        let allowed = self.knowledge.membership == Membership::Outside;
        let port = NonZeroU16::MAX;
        let action = Action::Join { name: name.clone(), port };
        if self.command(link, now, allowed, &action, |client, out| client.join(now, name, port, out)) {
            self.knowledge.membership = Membership::Asked;
        }
    }

    /// Sometimes once more than needed.
    fn subscribe(&mut self, link: &mut Link, now: Instant) {
        let sent =
            self.command(link, now, true, &Action::Subscribe, |client, out| client.subscribe(now, out));
        if sent && !self.knowledge.subscribed {
            self.knowledge.subscribed = true;
            self.knowledge.list = None;
            self.knowledge.out_of_date = self.knowledge.pages.is_some();
        }
    }

    fn fetch_list(&mut self, link: &mut Link, now: Instant) {
        let allowed = self.knowledge.pages.is_none();
        if self.command(link, now, allowed, &Action::List, |client, out| client.request_list(now, out)) {
            self.knowledge.pages = Some(Vec::new());
        }
    }

    /// Whether a command was sent. A refusal must have a reason.
    fn command(
        &mut self,
        link: &mut Link,
        now: Instant,
        allowed: bool,
        action: &Action<'_>,
        command: impl FnOnce(&mut Client<S>, &mut [u8]) -> Result<(), SendError>,
    ) -> bool {
        if self.port.is_dropped() {
            return false;
        }
        let open = self.knowledge.welcome && self.port.ended().is_none();
        let client = &mut self.client;
        match self.port.send(link, now, action, |out| command(client, out)) {
            Ok(()) => assert!(open && allowed, "sent in the wrong state"),
            Err(SendError::Busy) => return false,
            Err(error) => {
                assert_eq!(error, SendError::NotNow);
                assert!(!open || !allowed, "refused for no reason");
                return false;
            }
        }
        true
    }

    /// When all is quiet, a list that was kept up to date is right.
    pub fn check_end(&self, model: &Model) {
        assert!(self.knowledge.welcome);
        assert!(self.knowledge.pages.is_none(), "a list was never told to its end");
        if let Some(list) = self.knowledge.list.as_ref().filter(|_| self.knowledge.subscribed) {
            assert_eq!(*list, model.online, "a subscriber's list");
        }
    }
}

impl Knowledge {
    fn learn(&mut self, event: ClientEvent<'_>) {
        match event {
            ClientEvent::Welcome => assert!(!std::mem::replace(&mut self.welcome, true)),
            ClientEvent::Joined { .. } => {
                assert_eq!(self.membership, Membership::Asked);
                self.membership = Membership::Joined;
            }
            ClientEvent::JoinRefused(JoinRefusal::NameTaken | JoinRefusal::Full) => {
                assert_eq!(self.membership, Membership::Asked);
                self.membership = Membership::Outside;
            }
            ClientEvent::ListPage(page) => {
                let mut pages = self.pages.take().expect("a list that was asked for");
                pages.extend(page.users);
                if page.last && std::mem::take(&mut self.out_of_date) {
                    self.list = None;
                } else if page.last {
                    self.list = Some(pages.into_iter().map(|user| (user.name, user.endpoint)).collect());
                } else {
                    self.pages = Some(pages);
                }
            }
            ClientEvent::Presence(presence) => self.follow(presence),
            ClientEvent::Ended(_) => {}
        }
    }

    fn follow(&mut self, presence: Presence<'_>) {
        assert!(self.subscribed);
        if presence.missed > 0 {
            self.list = None;
        }
        let Some(list) = &mut self.list else { return };
        for change in presence.changes {
            match change {
                Change::Joined(user) => list.insert(user.name, user.endpoint),
                Change::Left(name) => list.remove(&name),
            };
        }
    }

    fn has_lost_track(&self) -> bool {
        self.subscribed && self.list.is_none() && self.pages.is_none()
    }
}
