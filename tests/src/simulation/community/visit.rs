//! One connection to the community, with both its ends.

use std::net::IpAddr;

use p2pm_core::community::{Hall, Session, SessionEvent};
use p2pm_core::drive::Pumped;
use p2pm_core::suite::{Entropy, Suite};
use p2pm_core::time::Instant;
use p2pm_core::wire::{Close, Name, Service, User};
use p2pm_transcript::Action;

use super::audit::SessionAudit;
use super::guest::Guest;
use super::{Model, PASSWORD, Storage};
use crate::random::Random;
use crate::simulation::door::{DoorModel, check_verdict};
use crate::simulation::link::{Link, Side};
use crate::simulation::port::Port;
use crate::simulation::stranger::Stranger;
use crate::simulation::tap::Record;
use crate::simulation::tape;
use crate::simulation::world::{Transcript, Wake, check_farewell};

pub struct Visit<S: Suite> {
    link: Link,
    visitor: Visitor<S>,
    from: IpAddr,
    knows_password: bool,
    session: Session<S>,
    port: Port,
    audit: SessionAudit,
    records: Vec<Record>,
}

enum Visitor<S: Suite> {
    Guest(Box<Guest<S>>),
    Stranger(Box<Stranger>),
}

impl<S: Suite> Visit<S> {
    pub fn new(now: Instant, from: IpAddr, stranger: bool, password: &[u8], random: &mut Random) -> Self {
        let visitor = if stranger {
            let random = random.fork();
            let stranger = Stranger::new(now, Side::Connecting, S::ID, Service::Community, PASSWORD, random);
            Visitor::Stranger(Box::new(stranger))
        } else {
            Visitor::Guest(Box::new(Guest::new(now, password, random)))
        };
        let link = Link::new(now, random.fork());
        let entropy = random.bytes();
        let spot = tape::Spot::listening(now, &Action::Session { entropy, from });
        Self {
            link,
            visitor,
            from,
            knows_password: password == PASSWORD,
            session: Session::new(now, from, Entropy::new(entropy)),
            port: Port::new(Side::Listening, spot),
            audit: SessionAudit::default(),
            records: Vec::new(),
        }
    }

    pub fn joined(&self) -> Option<&User> {
        self.audit.joined()
    }

    /// The user is gone, though the server may not know.
    pub fn is_abandoned(&self) -> bool {
        match &self.visitor {
            Visitor::Guest(guest) => guest.port.is_dropped(),
            Visitor::Stranger(stranger) => stranger.is_dropped(),
        }
    }

    pub fn act(&mut self, now: Instant, name: &Name, random: &mut Random) {
        if let Visitor::Guest(guest) = &mut self.visitor {
            guest.act(&mut self.link, now, name, random);
        }
    }

    pub fn leave(&mut self, now: Instant) {
        if let Visitor::Guest(guest) = &mut self.visitor
            && guest.port.ended().is_none()
        {
            guest.leave(now);
        }
    }

    /// The server ends it.
    pub fn turn_out(&mut self, now: Instant, hall: &mut Hall<Storage>, model: &mut Model) {
        let event = self.session.at(hall).close(now, Close::Refused);
        assert_eq!(event.is_some(), self.port.ended().is_none(), "a session ends once");
        self.port.heard(now, &Action::Refuse, event.as_ref());
        if let Some(event) = event {
            self.apply(event, model);
        }
    }

    /// Always false: no event concerns the server.
    pub fn pump_visitor(&mut self, now: Instant) -> bool {
        match &mut self.visitor {
            Visitor::Guest(guest) => {
                guest.pump(&mut self.link, now);
                self.records = guest.port.take_records();
            }
            Visitor::Stranger(stranger) => stranger.pump(&mut self.link, now),
        }
        false
    }

    /// Whether an event concerned the server.
    pub fn pump_session(
        &mut self,
        now: Instant,
        hall: &mut Hall<Storage>,
        model: &mut Model,
        door: &mut DoorModel,
    ) -> bool {
        let mut attended = self.session.at(hall);
        let pumped = self.port.pump(&mut self.link, &mut attended, now, |event| event);
        self.records = self.port.take_records();
        self.audit.frames(&self.records, model);
        if let (Some((at, shown)), Visitor::Guest(_)) = (self.audit.shown.take(), &self.visitor) {
            check_verdict(door.judge(at, self.from, shown, self.knows_password), self.port.ended());
        }
        let Pumped::Event(event) = pumped else { return false };
        self.apply(event, model);
        true
    }

    fn apply(&mut self, event: SessionEvent, model: &mut Model) {
        match event {
            SessionEvent::Joined(user) => {
                assert_eq!(user.endpoint.ip(), self.from);
                model.joined(user.clone());
                self.audit.user_joined(user);
            }
            SessionEvent::Ended { user, .. } => {
                if let Some(user) = &user {
                    model.left(&user.name);
                }
                self.audit.over(user.as_ref());
            }
        }
    }

    pub fn transcribe(&mut self, number: usize, side: Side, transcript: &mut Transcript) {
        transcript.add(number, side, &self.records);
        self.records.clear();
    }

    /// When all is quiet, either both ends exist and agree, or neither exists.
    pub fn check_end(&self, model: &Model) {
        let Visitor::Guest(guest) = &self.visitor else { return };
        assert_eq!(guest.port.ended(), None, "over at one end");
        assert_eq!(self.port.ended(), None, "over at the other end");
        assert_eq!(guest.client.is_joined(), self.audit.joined().is_some(), "joined at one end");
        assert_eq!(self.session.is_subscribed(), self.audit.is_subscribed());
        guest.check_end(model);
    }

    pub fn link(&mut self) -> &mut Link {
        &mut self.link
    }

    pub fn wake(&mut self, side: Side, now: Instant, hall: &mut Hall<Storage>) -> Option<Wake> {
        match (side, &self.visitor) {
            (Side::Listening, _) => self.port.wake(&self.link, &self.session.at(hall), now),
            (_, Visitor::Guest(guest)) => guest.port.wake(&self.link, &guest.client, now),
            (_, Visitor::Stranger(stranger)) => stranger.wake(&self.link, now),
        }
    }

    /// Both ends are gone.
    pub fn check_over(&self) {
        assert_eq!(self.audit.joined(), None, "nobody stays after the session");
        if let Visitor::Guest(guest) = &self.visitor {
            check_farewell(&guest.port, &self.port, self.link.quality());
        }
    }
}
