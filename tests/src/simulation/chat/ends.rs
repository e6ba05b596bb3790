//! The two sides of a call, each from its start through its chat to its end.

use std::mem;
use std::net::IpAddr;

use p2pm_core::chat::{Callee, CalleeEvent, Caller, CallerEvent};
use p2pm_core::door::Door;
use p2pm_core::drive::Pumped;
use p2pm_core::suite::{Entropy, Password, Suite};
use p2pm_core::time::Instant;
use p2pm_core::wire::{Close, Name, Turns};
use p2pm_transcript::Action;

use super::talk::Talk;
use crate::random::Random;
use crate::simulation::link::{Link, Side};
use crate::simulation::port::Port;
use crate::simulation::tap::Record;
use crate::simulation::tape::Spot;
use crate::simulation::world::Wake;

/// Progress of a call on one side.
enum Stage<S: Suite, M> {
    Calling(M),
    Talking(Talk<S>),
    /// Placeholder during a transition.
    Between,
}

/// The caller.
pub struct CallerEnd<S: Suite> {
    pub port: Port,
    stage: Stage<S, Caller<S>>,
}

impl<S: Suite> CallerEnd<S> {
    pub fn new(now: Instant, password: &[u8], offer: Turns, random: &mut Random) -> Self {
        let name: Option<Name> = random.pick(&["katie", ""]).parse().ok();
        let entropy = random.bytes();
        let action = Action::Caller { entropy, offer, name: name.clone() };
        let spot = Spot::connecting(now, S::ID, password, &action);
        let password = Password::new(password).expect("a password");
        let caller = Caller::new(now, password, offer, name, Entropy::new(entropy));
        Self { port: Port::new(Side::Connecting, spot), stage: Stage::Calling(caller) }
    }

    pub fn talk(&self) -> Option<&Talk<S>> {
        if let Stage::Talking(talk) = &self.stage { Some(talk) } else { None }
    }

    pub fn wake(&self, link: &Link, now: Instant) -> Option<Wake> {
        match &self.stage {
            Stage::Calling(caller) => self.port.wake(link, caller, now),
            Stage::Talking(talk) => self.port.wake(link, &talk.conversation, now),
            Stage::Between => None,
        }
    }

    pub fn pump(&mut self, link: &mut Link, now: Instant) -> Vec<Record> {
        match &mut self.stage {
            Stage::Calling(caller) => {
                let pumped = self.port.pump(link, caller, now, |event| event);
                if let Pumped::Event(CallerEvent::Accepted(turns)) = pumped {
                    self.begin(turns);
                }
            }
            Stage::Talking(talk) => talk.pump(&mut self.port, link, now),
            Stage::Between => {}
        }
        self.port.take_records()
    }

    fn begin(&mut self, turns: Turns) {
        let Stage::Calling(caller) = mem::replace(&mut self.stage, Stage::Between) else { return };
        let Ok(conversation) = caller.into_conversation() else { panic!("accepted, but no chat") };
        assert_eq!(conversation.turns(), turns);
        self.stage = Stage::Talking(Talk::new(conversation, Side::Connecting));
    }

    pub fn act(&mut self, link: &mut Link, now: Instant, random: &mut Random) {
        match &mut self.stage {
            Stage::Talking(talk) => talk.act(&mut self.port, link, now, random),
            _ if random.chance(5) => self.quit(now),
            _ => {}
        }
    }

    pub fn quit(&mut self, now: Instant) {
        match &mut self.stage {
            Stage::Calling(caller) => {
                let event = caller.hang_up(now);
                assert_eq!(event.is_some(), self.port.ended().is_none(), "one can hang up once");
                self.port.heard(now, &Action::Quit, event.as_ref());
            }
            Stage::Talking(talk) => talk.quit(&mut self.port, now),
            Stage::Between => {}
        }
    }
}

/// The callee.
pub struct CalleeEnd<S: Suite> {
    pub port: Port,
    stage: Stage<S, Callee<S>>,
    /// The caller's offer, until it is answered.
    ringing: Option<Turns>,
}

impl<S: Suite> CalleeEnd<S> {
    pub fn new(now: Instant, from: IpAddr, random: &mut Random) -> Self {
        let entropy = random.bytes();
        let spot = Spot::listening(now, &Action::Callee { entropy, from });
        let callee = Callee::new(now, from, Entropy::new(entropy));
        Self { port: Port::new(Side::Listening, spot), stage: Stage::Calling(callee), ringing: None }
    }

    pub fn talk(&self) -> Option<&Talk<S>> {
        if let Stage::Talking(talk) = &self.stage { Some(talk) } else { None }
    }

    pub fn is_ringing(&self) -> bool {
        self.ringing.is_some() && self.port.ended().is_none()
    }

    /// Whether the caller was left without an answer.
    pub fn was_left_ringing(&self) -> bool {
        self.ringing.is_some()
    }

    pub fn wake(&mut self, link: &Link, now: Instant, door: &mut Door) -> Option<Wake> {
        match &mut self.stage {
            Stage::Calling(callee) => self.port.wake(link, &callee.at(door), now),
            Stage::Talking(talk) => self.port.wake(link, &talk.conversation, now),
            Stage::Between => None,
        }
    }

    pub fn pump(&mut self, link: &mut Link, now: Instant, door: &mut Door) -> Vec<Record> {
        match &mut self.stage {
            Stage::Calling(callee) => {
                let pumped = self.port.pump(link, &mut callee.at(door), now, |event| event);
                if let Pumped::Event(CalleeEvent::Ringing { offer, .. }) = pumped {
                    assert_eq!(self.ringing.replace(offer), None, "a call rings once");
                }
                self.port.take_records()
            }
            Stage::Talking(talk) => {
                talk.pump(&mut self.port, link, now);
                let records = self.port.take_records();
                talk.watch(&records);
                records
            }
            Stage::Between => Vec::new(),
        }
    }

    /// Accepts the call, if there is one.
    pub fn accept(&mut self, now: Instant, turns: Turns) {
        let ringing = self.is_ringing();
        let Stage::Calling(callee) = mem::replace(&mut self.stage, Stage::Between) else {
            panic!("nothing to accept")
        };
        self.stage = match callee.accept(turns) {
            Ok(conversation) => {
                assert!(ringing, "accepted what did not ring");
                self.ringing = None;
                self.port.note(now, &Action::Accept(turns));
                Stage::Talking(Talk::new(conversation, Side::Listening))
            }
            Err(callee) => {
                assert!(!ringing, "a call that cannot be accepted");
                Stage::Calling(callee)
            }
        };
        self.port.poke();
    }

    pub fn refuse(&mut self, now: Instant, reason: Close) {
        if let Stage::Calling(callee) = &mut self.stage {
            let event = callee.refuse(now, reason);
            assert_eq!(event.is_some(), self.port.ended().is_none(), "one can refuse once");
            let action = if reason == Close::Busy { Action::Busy } else { Action::Refuse };
            self.port.heard(now, &action, event.as_ref());
            self.ringing = None;
        }
    }

    pub fn act(&mut self, link: &mut Link, now: Instant, random: &mut Random) {
        match &mut self.stage {
            Stage::Talking(talk) => talk.act(&mut self.port, link, now, random),
            Stage::Calling(_) => match random.between(0..=99) {
                0..=4 => self.refuse(now, Close::Refused),
                5..=40 => self.accept(now, random.pick(&[Turns::Linear, Turns::Free])),
                _ => {}
            },
            Stage::Between => {}
        }
    }

    pub fn quit(&mut self, now: Instant) {
        match &mut self.stage {
            Stage::Talking(talk) => talk.quit(&mut self.port, now),
            _ => self.refuse(now, Close::Refused),
        }
    }
}
