//! Circles of nodes, from two to sixteen: who is linked with whom, and what becomes of every text.
//!
//! First there are faults: connections are cut, delayed and frozen, the network splits and heals, nodes change their
//! address, are killed, and start again. Meanwhile users say texts, accept and refuse others. Then the faults end, and
//! in the end everyone who may be linked is, once, and every text was received or is known not to be.

mod attempts;
mod book;
mod cast;
mod end;
mod faults;
mod goal;
mod host;
mod network;
mod race;
mod schedule;
mod shell;
mod users;

use std::collections::BTreeSet;
use std::num::NonZeroU16;
use std::time::Duration;

use p2pm_core::time::{Instant, earliest};

use self::book::Book;
use self::host::Host;
use self::network::{EndId, Network};
use self::race::Races;
use self::schedule::Schedule;
use super::link::Side;
use super::world::Transcript;
use crate::random::Random;

/// Port on which every node listens.
const PORT: NonZeroU16 = NonZeroU16::new(5000).expect("it is not 0");
/// More steps than this at one moment are a busy loop.
const STEPS_AT_ONCE: usize = 200_000;
/// Until when everyone who may be linked must be, after the last fault: the end of a dead link is noticed, an address
/// is dialled again after the longest back-off, and so are those that a roster tells of.
const SETTLING: Duration = Duration::from_secs(400);
const CHECK_INTERVAL: Duration = Duration::from_secs(10);
/// How long nothing may change then.
const REST: Duration = Duration::from_secs(100);

/// The hosts, and what happens between them.
struct Circle {
    now: Instant,
    random: Random,
    hosts: Vec<Host>,
    network: Network,
    book: Book,
    schedule: Schedule,
    /// Hosts whose nodes may want to dial.
    touched: BTreeSet<usize>,
    /// The next fault.
    fault_at: Instant,
    races: Races,
    /// Links that were made, and that have ended, between hosts that may be linked.
    changes: usize,
    transcript: Transcript,
}

/// Plays a circle. Returns a hash of every frame that was sent, and when.
pub fn play(seed: u64) -> u64 {
    let mut circle = Circle::new(Random::new(seed));
    let curtain = circle.random.millis(5_000..=32_000);
    circle.run_until(Instant::default() + curtain);
    circle.calm_down();
    circle.settle();
    circle.rest();
    circle.transcript.finish()
}

impl Circle {
    fn new(mut random: Random) -> Self {
        let now = Instant::default();
        let characters = cast::characters(&mut random);
        let mut network = Network::new(characters.len());
        let hosts = characters.into_iter().enumerate().map(|(index, character)| {
            let ip = network.address(None, &mut random);
            Host::new(index, character, now, ip, random.fork())
        });
        let mut circle = Self {
            now,
            hosts: hosts.collect(),
            network,
            book: Book::default(),
            schedule: Schedule::default(),
            touched: BTreeSet::new(),
            fault_at: now + random.millis(0..=5_000),
            races: Races::default(),
            changes: 0,
            transcript: Transcript::default(),
            random,
        };
        circle.acquaint();
        circle
    }

    /// Runs until this moment.
    fn run_until(&mut self, until: Instant) {
        loop {
            self.run_moment();
            match self.next_change() {
                Some(next) if next <= until => {
                    assert!(
                        next > self.now,
                        "something was due at {next:?} and is not done at {:?}",
                        self.now
                    );
                    self.now = next;
                }
                _ => {
                    self.now = until;
                    return;
                }
            }
        }
    }

    /// Everything that can happen at this moment.
    fn run_moment(&mut self) {
        self.fail();
        self.act();
        for attempt in self.network.take_attempts(self.now) {
            self.finish_attempt(&attempt);
        }
        for id in self.schedule.due(self.now) {
            self.look_at(id);
        }
        let is_due = |host: &&Host| host.dials_at.is_some_and(|at| at <= self.now);
        self.touched.extend(self.hosts.iter().filter(is_due).map(|host| host.index));
        for _ in 0..STEPS_AT_ONCE {
            self.make_attempts();
            let Some(id) = self.schedule.pick(&mut self.random) else { return };
            self.pump(id);
        }
        panic!("going round in circles at {:?}", self.now);
    }

    fn next_change(&self) -> Option<Instant> {
        let dials = self.hosts.iter().filter_map(|host| host.dials_at).min();
        let users = self.hosts.iter().map(Host::next_act).min();
        let faults = (!self.network.is_calm).then_some(self.fault_at);
        [dials, users, faults, self.network.next_change(), self.schedule.next()]
            .into_iter()
            .fold(None, earliest)
    }

    /// What an end waits for may have changed.
    fn look_at(&mut self, id: EndId) {
        let (number, side) = id;
        self.schedule.remove(id);
        let Some(connection) = self.network.connections.get_mut(&number) else { return };
        let host = &mut self.hosts[connection.hosts[side as usize]];
        let Some(end) = &mut connection.ends[side as usize] else { return };
        connection.cable.advance(self.now);
        let Some(wake) = end.wake(&connection.cable, &mut host.node, self.now) else { return };
        let later = earliest(wake.deadline, connection.cable.next_change(self.now));
        self.schedule.set(id, wake.ready, later);
    }

    fn look_at_both_ends(&mut self, number: usize) {
        for side in Side::BOTH {
            self.look_at((number, side));
        }
    }

    /// Whatever the connections of a host wait for may have changed, and so may its dials.
    fn look_at_host(&mut self, host: usize) {
        self.touched.insert(host);
        for id in self.hosts[host].ends.clone() {
            self.look_at(id);
        }
    }
}
