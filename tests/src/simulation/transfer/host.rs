//! A host: a node, and what its shell remembers.

use std::net::Ipv4Addr;
use std::num::NonZeroU16;

use p2pm_core::door::{Door, Guesser};
use p2pm_core::identity::Identity;
use p2pm_core::limits::GUESSER_WAYS;
use p2pm_core::node::{
    Circle, CircleId, Contact, ContactId, Entry, Held, Known, Node, Policy, Rows, Setup, Storage, Target,
    Transfer, TransferKey, Trust,
};
use p2pm_core::suite::Password;
use p2pm_core::time::{Instant, earliest};
use p2pm_core::wire::Endpoint;

use crate::random::Random;

const PORT: NonZeroU16 = NonZeroU16::new(5000).expect("it is not 0");

/// Memory of a node on the heap.
pub struct Heap;

impl Storage for Heap {
    type Contacts = Vec<Contact>;
    type Targets = Vec<Target>;
    type Entries = Vec<Entry>;
    type Texts = Vec<u8>;
    type Transfers = Vec<Transfer>;
    type Held = [Held; 0];
    type Circles = [Option<Circle<Self::Guessers>>; 1];
    type Guessers = [Guesser; GUESSER_WAYS];
}

pub struct Host {
    pub index: usize,
    seed: [u8; 32],
    pub node: Box<Node<Heap>>,
    circle: CircleId,
    /// When the node is started again, if it does not run.
    pub starts_at: Option<Instant>,
    /// Offers that the user decides on, and when.
    pub decisions: Vec<(Instant, TransferKey)>,
    /// When the user acts next.
    pub act_at: Option<Instant>,
    pub random: Random,
}

impl Host {
    pub fn new(index: usize, now: Instant, mut random: Random) -> Self {
        let seed = random.bytes();
        let (node, circle) = start(&seed, now, &mut random);
        let act_at = Some(now + random.millis(0..=5_000));
        Self { index, seed, node, circle, starts_at: None, decisions: Vec::new(), act_at, random }
    }

    pub fn is_up(&self) -> bool {
        self.starts_at.is_none()
    }

    /// What another node remembers of it.
    pub fn known(&self) -> Known {
        Known {
            trust: Some(Trust::Accepted),
            endpoint: Some(Endpoint::new(self.ip().into(), PORT)),
            ..Known::of(Identity::from_seed(&self.seed).key())
        }
    }

    pub fn ip(&self) -> Ipv4Addr {
        Ipv4Addr::new(10, 0, 0, u8::try_from(self.index + 1).expect("there are two"))
    }

    pub fn remember(&mut self, now: Instant, known: Known) {
        assert!(self.node.remember(now, known, self.circle), "there is room");
    }

    /// The other one.
    pub fn other(&self) -> ContactId {
        self.node.contacts().next().expect("they know each other").0
    }

    /// The node is started again, and knows the other one.
    pub fn restart(&mut self, now: Instant, known: Known) {
        (self.node, self.circle) = start(&self.seed, now, &mut self.random);
        self.remember(now, known);
        self.starts_at = None;
        self.decisions.clear();
    }

    pub fn next_change(&self, now: Instant) -> Option<Instant> {
        if self.starts_at.is_some() {
            return self.starts_at;
        }
        let decisions = self.decisions.iter().map(|(at, _)| *at).min();
        let node = earliest(self.node.dial_deadline(now), self.node.transfer_deadline());
        earliest(earliest(decisions, self.act_at), node)
    }
}

fn start(seed: &[u8; 32], now: Instant, random: &mut Random) -> (Box<Node<Heap>>, CircleId) {
    let setup = Setup {
        identity: Identity::from_seed(seed),
        name: "somebody".parse().expect("a name"),
        port: Some(PORT),
        policy: Policy::Known,
        run: u32::from_be_bytes(random.bytes()),
        seed: random.number(),
    };
    let rows = Rows {
        contacts: vec![Contact::EMPTY; 1],
        targets: vec![Target::EMPTY; 8],
        entries: vec![Entry::EMPTY; 4],
        texts: vec![0; 4096],
        transfers: vec![Transfer::EMPTY; 16],
        held: [],
        circles: [const { None }; 1],
    };
    let mut node = Box::new(Node::new(now, setup, rows));
    let door = Door::new(Password::new(b"47-coral-tulip-anvil-mocha").expect("a password"));
    let circle = node.join(None, door).expect("it is the only one");
    (node, circle)
}
