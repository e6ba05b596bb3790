//! Discovery by datagrams: two to eight nodes, two of which may share a host, on one to three segments.
//!
//! First they start, and find each other though the network loses everything for a moment. Then there are faults:
//! datagrams are lost, doubled, delayed and reordered, segments split and heal, interfaces and addresses come and go,
//! nodes leave or are killed, and start again with another UUID, and strangers forge, flood and search. Then the faults
//! end: everyone finds everyone, and forgets whoever is gone. In the end one node says goodbye.
//!
//! What a node is told is compared with who is there, and what it sends with its budget, all the time.

mod addresses;
mod faults;
mod goal;
mod ledger;
mod meter;
mod network;
mod node;
mod packet;
mod strangers;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use p2pm_core::limits::{
    ALL_ANSWERS_BURST, ALL_ANSWERS_INTERVAL, ANSWER_INTERVAL, ANSWERS_BURST, ECHO_INTERVAL, MAX_WAIT_MAX,
};
use p2pm_core::time::{Instant, earliest};

use self::addresses::Host;
use self::network::Network;
use self::node::Node;
use crate::random::Random;

/// Longest time for which the network loses everything while nodes start: less than there is between two rounds.
const OUTAGE: Duration = Duration::from_millis(190);
/// The same while a node says goodbye.
const FAREWELL_OUTAGE: Duration = Duration::from_millis(45);
/// Until when everyone has found everyone after the start: the last one searches for three seconds, and whom it has no
/// answer from, since others have used up the budget of answers, announces itself when it may do so again.
const OPENING: Duration = Duration::from_secs(4 + ECHO_INTERVAL.as_secs());

/// Answers that may come at once: a burst, the rest of the last answer, and what was put off for as long as a searcher
/// waits.
const ANSWERS_TO_ONE: u32 = ANSWERS_BURST + 2 + put_off(ANSWER_INTERVAL);
const ANSWERS_TO_ALL: u32 = ALL_ANSWERS_BURST + 2 + put_off(ALL_ANSWERS_INTERVAL);

#[allow(clippy::cast_possible_truncation)]
const fn put_off(interval: Duration) -> u32 {
    MAX_WAIT_MAX * 1_000 / interval.as_millis() as u32
}

/// The nodes, and the network between them.
struct World {
    now: Instant,
    random: Random,
    hosts: Vec<Host>,
    nodes: Vec<Node>,
    network: Network,
    transcript: DefaultHasher,
}

/// Plays discovery. Returns a hash of every datagram that a node has sent, and when.
pub fn play(seed: u64) -> u64 {
    let mut world = World::new(Random::new(seed));
    world.open();
    world.trouble();
    world.settle();
    world.part();
    world.say_goodbye();
    world.transcript.finish()
}

impl World {
    fn new(mut random: Random) -> Self {
        let segments = random.pick(&[1, 1, 1, 2, 2, 3]);
        let nodes = [(); 3].map(|()| random.between(2..=8)).into_iter().min().expect("three numbers");
        let mut network = Network::new(segments, random.fork());
        let hosts = addresses::hosts(nodes, segments, &mut network, &mut random);
        let nodes = hosts.iter().enumerate().flat_map(|(index, host)| vec![index; host.nodes]);
        let nodes = nodes.enumerate().map(|(index, host)| Node::new(index, host, &mut random)).collect();
        let (now, transcript) = (Instant::default(), DefaultHasher::new());
        Self { now, random, hosts, nodes, network, transcript }
    }

    /// All start within a second, and an outage takes at most one round of each.
    fn open(&mut self) {
        for index in 0..self.nodes.len() {
            self.nodes[index].down_until = Some(self.now + self.random.millis(0..=1_000));
        }
        let pause = self.random.millis(0..=1_000);
        self.run_until(self.now + pause);
        self.network.fail_until(self.now + OUTAGE);
        self.run_until(Instant::default() + OPENING);
        self.check_found();
    }

    fn run_until(&mut self, until: Instant) {
        loop {
            self.run_moment();
            match self.next_change() {
                Some(next) if next <= until => {
                    assert!(next > self.now, "{next:?} was due and is not done at {:?}", self.now);
                    self.now = next;
                }
                _ => {
                    self.now = until;
                    return;
                }
            }
        }
    }

    /// Everything that happens at this moment.
    fn run_moment(&mut self) {
        self.start_due();
        for (to, packet) in self.network.arrivals(self.now) {
            self.nodes[to].inbox.push_back(packet);
        }
        for index in 0..self.nodes.len() {
            if self.nodes[index].is_due(self.now) {
                self.poll(index);
            }
        }
    }

    fn next_change(&self) -> Option<Instant> {
        let nodes = self.nodes.iter().map(|node| earliest(node.wake, node.down_until));
        nodes.fold(self.network.next_arrival(), earliest)
    }

    /// Has a node receive, send, and tell.
    fn poll(&mut self, index: usize) {
        let (now, host) = (self.now, &self.hosts[self.nodes[index].host]);
        for (outgoing, bytes) in self.nodes[index].exchange(now, host) {
            (now, index, outgoing.to, outgoing.interface, &bytes).hash(&mut self.transcript);
            self.send(index, &outgoing, &bytes);
        }
        let host = &self.hosts[self.nodes[index].host];
        self.nodes[index].take_events(now, host);
    }

    fn start_due(&mut self) {
        for index in 0..self.nodes.len() {
            if self.nodes[index].down_until.is_some_and(|until| until <= self.now) {
                let host = &self.hosts[self.nodes[index].host];
                self.nodes[index].start(self.now, host, &mut self.random);
            }
        }
    }
}
