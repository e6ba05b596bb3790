//! Who takes part: nodes and their users, as the seed has them.

use std::num::NonZeroU32;

use p2pm_core::door::{Door, Guesser};
use p2pm_core::identity::Identity;
use p2pm_core::limits::{GUESSER_WAYS, HELD_TEXTS};
use p2pm_core::node::{
    Circle, CircleId, Contact, Entry, Held, Node, Policy, Rows, Setup, Storage, Target, Transfer, Trust,
};
use p2pm_core::suite::Password;
use p2pm_core::time::Instant;
use p2pm_core::wire::PublicKey;

use super::PORT;
use crate::random::Random;

/// Most nodes that a seed has.
const HOSTS_MAX: usize = 16;

/// Memory of a node on the heap.
pub struct Heap;

impl Storage for Heap {
    type Contacts = Vec<Contact>;
    type Targets = Vec<Target>;
    type Entries = Vec<Entry>;
    type Texts = Vec<u8>;
    type Transfers = [Transfer; 0];
    type Held = Vec<Held>;
    type Circles = [Option<Circle<Self::Guessers>>; 1];
    type Guessers = [Guesser; GUESSER_WAYS];
}

/// The secrets of a circle.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Secrets {
    number: u32,
    passphrase: &'static [u8],
}

/// The circle of the simulation.
const HOME: Secrets = Secrets { number: 47, passphrase: b"coral-tulip-anvil-moth" };
/// Somebody guesses, and somebody is in another circle.
const STRANGERS: [Secrets; 2] =
    [Secrets { passphrase: b"coral-tulip-anvil-mole", ..HOME }, Secrets { number: 48, ..HOME }];

/// A node and its user, apart from what changes.
pub struct Character {
    seed: [u8; 32],
    pub policy: Policy,
    pub secrets: Secrets,
    /// Whom the user will not have, and how firmly.
    pub refuses: Option<(usize, Trust)>,
    /// Whether the node overlooks what the other end of a new link says it has received.
    pub is_forgetful: bool,
    /// How many nodes there are besides.
    others: usize,
    /// Messages that it keeps, and their bytes.
    outbox: (usize, usize),
    /// Texts that it keeps for others.
    held: usize,
    /// Whether somebody may keep any.
    pub is_kept: bool,
}

/// All of them; the first is at home.
pub fn characters(random: &mut Random) -> Vec<Character> {
    let count = match random.between(1..=100) {
        1..=95 => random.between(2..=4),
        96..=99 => random.between(5..=8),
        _ => random.between(9..=HOSTS_MAX),
    };
    let policies: &[Policy] =
        if random.chance(50) { &[Policy::All] } else { &[Policy::Ask, Policy::All, Policy::Known] };
    let is_kept = random.chance(60);
    let mut characters: Vec<_> =
        (0..count).map(|_| Character::new(random, policies, count - 1, is_kept)).collect();
    if random.chance(30) {
        characters[count - 1].secrets = random.pick(&STRANGERS);
    }
    if random.chance(30) {
        let (one, other) = (random.between(0..=count - 1), random.between(0..=count - 1));
        let trust = random.pick(&[Trust::Denied, Trust::Blocked]);
        characters[one].refuses = (one != other).then_some((other, trust));
    }
    characters
}

impl Character {
    fn new(random: &mut Random, policies: &[Policy], others: usize, is_kept: bool) -> Self {
        Self {
            seed: random.bytes(),
            policy: random.pick(policies),
            secrets: HOME,
            refuses: None,
            is_forgetful: random.chance(20),
            others,
            outbox: random.pick(&[(64, 1 << 18), (64, 1 << 18), (16, 1 << 15)]),
            is_kept,
            held: if is_kept { random.pick(&[0, 0, 2, 8, HELD_TEXTS]) } else { 0 },
        }
    }

    pub fn key(&self) -> PublicKey {
        Identity::from_seed(&self.seed).key()
    }

    /// The node in a new run, which knows nobody yet.
    pub fn start(&self, now: Instant, name: &str, random: &mut Random) -> (Box<Node<Heap>>, CircleId) {
        let setup = Setup {
            identity: Identity::from_seed(&self.seed),
            name: name.parse().expect("a name"),
            port: Some(PORT),
            policy: self.policy,
            run: u32::from_be_bytes(random.bytes()),
            seed: random.number(),
        };
        let rows = Rows {
            contacts: vec![Contact::EMPTY; self.others],
            targets: vec![Target::EMPTY; 16 + 6 * self.others],
            entries: vec![Entry::EMPTY; self.outbox.0],
            texts: vec![0; self.outbox.1],
            transfers: [],
            held: vec![Held::EMPTY; self.held],
            circles: [const { None }; 1],
        };
        let mut node = Box::new(Node::new(now, setup, rows));
        let passphrase = Password::new(self.secrets.passphrase).expect("a password");
        let circle = node.join(NonZeroU32::new(self.secrets.number), Door::new(passphrase));
        (node, circle.expect("it is the only one"))
    }
}
