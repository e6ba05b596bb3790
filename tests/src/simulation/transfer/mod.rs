//! Two nodes, and files that they send each other.
//!
//! First there are faults: links and connections of transfers are cut at any byte or freeze, nodes are killed and start
//! again, with the power of their machine too, and users have files wait, go on and be given up. Then the faults end, and
//! in the end whatever both users want is stored, byte for byte, each end knows what has become of each file, and nothing
//! was sent again but what was on its way when a connection was cut.

mod end;
mod faults;
mod goal;
mod host;
mod job;
mod line;
mod shell;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use p2pm_core::node::TransferEnd;
use p2pm_core::time::{Instant, earliest};

use self::host::Host;
use self::job::Job;
use self::line::{Line, Use};
use super::link::Side;
use crate::random::Random;

/// More steps than this at one moment are a busy loop.
const STEPS_AT_ONCE: usize = 500_000;
/// Until when every file must have come, after the last fault: the end of a dead link is noticed, an address is dialled
/// again after the longest back-off, and the slowest connection carries the longest file.
const SETTLING: Duration = Duration::from_mins(50);
const CHECK_INTERVAL: Duration = Duration::from_secs(10);

/// The two hosts, and what happens between them.
struct Pair {
    now: Instant,
    random: Random,
    hosts: [Host; 2],
    lines: Vec<Line>,
    jobs: Vec<Job>,
    /// The next fault, until there are no more.
    fault_at: Option<Instant>,
    transcript: DefaultHasher,
}

/// Plays two nodes. Returns a hash of everything that has happened, and when.
pub fn play(seed: u64) -> u64 {
    let mut pair = Pair::new(Random::new(seed));
    let curtain = pair.random.millis(2_000..=60_000);
    pair.run_until(Instant::default() + curtain);
    pair.calm_down();
    pair.settle();
    pair.transcript.finish()
}

impl Pair {
    fn new(mut random: Random) -> Self {
        let now = Instant::default();
        let hosts = [0, 1].map(|index| Host::new(index, now, random.fork()));
        let jobs = (0..random.between(1..=4)).map(|index| Job::new(index, &mut random)).collect();
        let mut pair = Self {
            now,
            hosts,
            lines: Vec::new(),
            jobs,
            fault_at: Some(now + random.millis(0..=5_000)),
            transcript: DefaultHasher::new(),
            random,
        };
        pair.acquaint();
        pair
    }

    /// Both know each other from an earlier run, and have something to send.
    fn acquaint(&mut self) {
        for index in 0..2 {
            let known = self.hosts[1 - index].known();
            self.hosts[index].remember(self.now, known);
            self.offer_all(index);
        }
    }

    fn run_until(&mut self, until: Instant) {
        loop {
            self.run_moment();
            match self.next_change() {
                Some(next) if next <= until => {
                    assert!(next > self.now, "something was due at {next:?}, not done at {:?}", self.now);
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
        for _ in 0..STEPS_AT_ONCE {
            self.act();
            self.connect();
            let Some((line, side)) = self.pick() else { return };
            self.pump(line, side);
        }
        panic!("going round in circles at {:?}", self.now);
    }

    /// One of the ends that can do something.
    fn pick(&mut self) -> Option<(usize, Side)> {
        let mut ready = Vec::new();
        for (index, line) in self.lines.iter_mut().enumerate() {
            line.cable.advance(self.now);
            for side in Side::BOTH {
                let node = &mut self.hosts[line.hosts[side as usize]].node;
                if line.wake(side, node, &mut self.jobs, self.now).is_some_and(|wake| wake.ready) {
                    ready.push((index, side));
                }
            }
        }
        (!ready.is_empty()).then(|| self.random.pick(&ready))
    }

    fn next_change(&mut self) -> Option<Instant> {
        let mut next = self.fault_at;
        for host in &self.hosts {
            next = earliest(next, host.next_change(self.now));
        }
        for line in &mut self.lines {
            next = earliest(next, line.cable.next_change(self.now));
            for side in Side::BOTH {
                let node = &mut self.hosts[line.hosts[side as usize]].node;
                let wake = line.wake(side, node, &mut self.jobs, self.now);
                next = earliest(next, wake.and_then(|wake| wake.deadline));
            }
        }
        next
    }

    /// Has nodes dial what is due.
    fn connect(&mut self) {
        for from in 0..2 {
            if !self.hosts[from].is_up() {
                continue;
            }
            self.hosts[from].node.poll_transfers(self.now);
            while let Some(dial) = self.hosts[from].node.next_dial(self.now) {
                if self.hosts[1 - from].is_up() {
                    self.dial(from, Use::Link(dial));
                } else {
                    self.hosts[from].node.dial_failed(self.now, dial);
                }
            }
            while let Some((passage, _)) = self.hosts[from].node.next_transfer(|_| true) {
                if self.hosts[1 - from].is_up() {
                    self.dial(from, Use::Transfer(passage));
                } else {
                    let cut = TransferEnd::Cut { is_further: false };
                    self.hosts[from].node.transfer_ended(self.now, passage.key, cut);
                }
            }
        }
    }

    fn note(&mut self, what: impl Hash) {
        (self.now, what).hash(&mut self.transcript);
    }
}
