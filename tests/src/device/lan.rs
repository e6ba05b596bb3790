//! Stacks on an Ethernet, on virtual time.

use std::time::Duration;

use p2pm_core::time::Instant;
use p2pm_fw::app::Network;

use super::{Faults, Stack, stack};
use crate::ethernet::Ethernet;

/// Most polls in a row without an effect at one moment: more would be a busy loop.
const IDLE_ROUNDS: usize = 4;

/// Most rounds at one moment: more would be a packet storm.
const ROUNDS: usize = 5_000;

/// Hosts with a stack each. In any test they must not make a waiting loop spin.
pub struct Lan<const SOCKETS: usize, const BUFFER: usize> {
    /// The switch between them.
    pub ethernet: Ethernet,
    /// The hosts, by the number of their port.
    pub stacks: Vec<Stack<SOCKETS>>,
    now: Instant,
    rounds: usize,
}

impl<const SOCKETS: usize, const BUFFER: usize> Lan<SOCKETS, BUFFER> {
    /// This many hosts, and one more port without a host.
    pub fn new(hosts: u8) -> Self {
        Self::with_seed(hosts, 7)
    }

    /// Like [`Lan::new`], with random numbers derived from the seed.
    pub fn with_seed(hosts: u8, seed: u64) -> Self {
        let ethernet = Ethernet::new(hosts + 1);
        let host = |n| stack::<SOCKETS, BUFFER>(&ethernet, n, seed + u64::from(n), Faults::default());
        let stacks = (0..hosts).map(host).collect();
        Self { ethernet, stacks, now: Instant::default(), rounds: 0 }
    }

    /// The time.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Number of polls of all stacks.
    pub fn rounds(&self) -> usize {
        self.rounds
    }

    fn has_frames(&self) -> bool {
        (0..).zip(&self.stacks).any(|(number, _)| self.ethernet.has_frames(number))
    }

    /// The earliest deadline of a stack.
    pub fn deadline(&mut self) -> Option<Instant> {
        self.stacks.iter_mut().filter_map(Network::deadline).min()
    }

    fn poll(&mut self) {
        self.stacks.iter_mut().for_each(|stack| stack.poll(self.now));
        self.rounds += 1;
    }

    /// Runs until nothing is left to do at this moment.
    ///
    /// # Panics
    ///
    /// If a stack asks to be polled again and again without an effect, or the stacks never become idle.
    pub fn run_until_idle(&mut self) {
        self.poll();
        let mut idle = 0;
        let last_round = self.rounds + ROUNDS;
        while self.has_frames() || self.deadline().is_some_and(|deadline| deadline <= self.now) {
            let before = (self.has_frames(), self.ethernet.sent());
            self.poll();
            let is_idle = before == (false, self.ethernet.sent());
            idle = if is_idle { idle + 1 } else { 0 };
            assert!(idle < IDLE_ROUNDS, "a waiting loop spins at {:?}", self.now);
            assert!(self.rounds < last_round, "a storm at {:?}", self.now);
        }
    }

    /// Runs until idle; if there was nothing to do, advances the time.
    pub fn run_or_pass(&mut self) {
        let sent = self.ethernet.sent();
        self.run_until_idle();
        if self.ethernet.sent() == sent {
            self.pass(Duration::from_secs(1));
        }
    }

    /// Runs until idle, then advances to the next deadline, by `most` at most.
    pub fn pass(&mut self, most: Duration) {
        self.run_until_idle();
        let most = self.now + most;
        self.now = self.deadline().map_or(most, |deadline| deadline.min(most));
    }

    /// Runs for this time.
    pub fn pass_all(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.pass(end.since(self.now));
        }
        self.run_until_idle();
    }
}
