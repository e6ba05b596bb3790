//! One end that keeps to the rules against a hostile peer.
//!
//! The server's end of a community meets a hostile peer in the scenario `community`, among its clients.

use std::net::Ipv4Addr;
use std::time::Duration;

use p2pm_core::door::Door;
use p2pm_core::suite::{Password, Suite};
use p2pm_core::time::Instant;
use p2pm_core::wire::{Service, Turns};
use p2pm_transcript::Part;

use super::chat::ends::{CalleeEnd, CallerEnd};
use super::community::guest::Guest;
use super::link::{Link, Side};
use super::stranger::Stranger;
use super::tape;
use super::world::{Transcript, Wake, World, run};
use crate::random::Random;

const PASSWORD: &[u8] = b"barbeau";
/// Longer than all pauses of a hostile peer together, and any timeout after them.
const LONG_ENOUGH: Duration = Duration::from_mins(10);

/// The end under attack.
enum Victim<S: Suite> {
    Guest(Box<Guest<S>>),
    Caller(Box<CallerEnd<S>>),
    Callee(Box<CalleeEnd<S>>, Box<Door>),
}

struct Hostile<S: Suite> {
    random: Random,
    victim: Victim<S>,
    /// Side of the victim; the hostile peer has the other.
    side: Side,
    stranger: Stranger,
    link: Link,
    act_at: Option<Instant>,
    transcript: Transcript,
    over: bool,
}

pub fn play<S: Suite>(seed: u64) -> u64 {
    let mut hostile = Hostile::<S>::new(Random::new(seed));
    run(&mut hostile, Instant::default(), Instant::default() + LONG_ENOUGH);
    assert!(hostile.over, "the stranger has long stopped, and the victim goes on");
    hostile.transcript.finish()
}

impl<S: Suite> Hostile<S> {
    fn new(mut random: Random) -> Self {
        let now = Instant::default();
        let turns = random.pick(&[Turns::Linear, Turns::Free]);
        let (service, side, victim) = match random.between(0..=2) {
            0 => {
                let guest = Guest::new(now, PASSWORD, &mut random);
                (Service::Community, Side::Connecting, Victim::Guest(Box::new(guest)))
            }
            1 => {
                let caller = CallerEnd::new(now, PASSWORD, turns, &mut random);
                (Service::Chat, Side::Connecting, Victim::Caller(Box::new(caller)))
            }
            _ => {
                let from = Ipv4Addr::LOCALHOST.into();
                tape::listen(&Part {
                    suite: S::ID,
                    password: PASSWORD,
                    users: 0,
                    key: [0; 16],
                    residents: &[],
                });
                let callee = CalleeEnd::new(now, from, &mut random);
                let door = Door::new(Password::new(PASSWORD).expect("a password"));
                (Service::Chat, Side::Listening, Victim::Callee(Box::new(callee), Box::new(door)))
            }
        };
        Self {
            victim,
            side,
            stranger: Stranger::new(now, side.other(), S::ID, service, PASSWORD, random.fork()),
            link: Link::new(now, random.fork()),
            act_at: Some(now),
            transcript: Transcript::default(),
            over: false,
            random,
        }
    }

    fn act_as_victim(&mut self, now: Instant) {
        let Self { victim, link, random, .. } = self;
        match victim {
            Victim::Guest(guest) => guest.act(link, now, &"katie".parse().expect("a name"), random),
            Victim::Caller(caller) => caller.act(link, now, random),
            Victim::Callee(callee, _) => callee.act(link, now, random),
        }
    }
}

impl<S: Suite> World for Hostile<S> {
    type Shared = ();

    fn pairs(&self) -> Vec<usize> {
        if self.over { Vec::new() } else { vec![0] }
    }

    fn link(&mut self, _: usize) -> &mut Link {
        &mut self.link
    }

    fn wake(&mut self, _: usize, side: Side, now: Instant) -> Option<Wake> {
        if side != self.side {
            return self.stranger.wake(&self.link, now);
        }
        match &mut self.victim {
            Victim::Guest(guest) => guest.port.wake(&self.link, &guest.client, now),
            Victim::Caller(caller) => caller.wake(&self.link, now),
            Victim::Callee(callee, door) => callee.wake(&self.link, now, door),
        }
    }

    fn random(&mut self) -> &mut Random {
        &mut self.random
    }

    fn shared(&self) {}

    fn pump(&mut self, pair: usize, side: Side, now: Instant) {
        if side != self.side {
            self.stranger.pump(&mut self.link, now);
            return;
        }
        let records = match &mut self.victim {
            Victim::Guest(guest) => {
                guest.pump(&mut self.link, now);
                guest.port.take_records()
            }
            Victim::Caller(caller) => caller.pump(&mut self.link, now),
            Victim::Callee(callee, door) => callee.pump(&mut self.link, now, door),
        };
        self.transcript.add(pair, side, &records);
    }

    /// The victim acts for as long as the hostile peer does.
    fn act(&mut self, now: Instant) -> Option<Instant> {
        if self.act_at.take_if(|at| now >= *at).is_some() && self.stranger.is_busy() {
            self.act_as_victim(now);
            self.act_at = Some(now + self.random.millis(1..=1_000));
        }
        self.act_at
    }

    fn bury(&mut self, _: usize) {
        let port = match &self.victim {
            Victim::Guest(guest) => &guest.port,
            Victim::Caller(caller) => &caller.port,
            Victim::Callee(callee, _) => &callee.port,
        };
        assert!(port.ended().is_some(), "gone without a word");
        self.over = true;
    }
}
