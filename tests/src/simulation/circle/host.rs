//! A host: a node, its shell's memory, and its user.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use p2pm_core::channel::Ended;
use p2pm_core::node::{CircleId, Contact, ContactId, Known, Node, Trust};
use p2pm_core::time::Instant;
use p2pm_core::wire::{Close, Endpoint, PublicKey};

use super::PORT;
use super::book::Run;
use super::cast::{Character, Heap};
use super::network::EndId;
use crate::random::Random;

/// Period over which dials are counted.
const MINUTE: Duration = Duration::from_mins(1);

/// Whether a node runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Running {
    Yes,
    /// It says goodbye until then, at the latest.
    Leaving(Instant),
    /// It is started again then.
    No(Instant),
}

pub struct Host {
    pub index: usize,
    pub character: Character,
    pub key: PublicKey,
    pub node: Box<Node<Heap>>,
    pub circle: CircleId,
    /// Counted runs of the node.
    pub life: u32,
    pub running: Running,
    pub ip: Ipv4Addr,
    pub random: Random,
    /// When the user acts next.
    pub act_at: Instant,
    /// When the node may have an address to dial.
    pub dials_at: Option<Instant>,
    /// Until when nothing can be shown.
    pub is_full_until: Instant,
    pub ends: BTreeSet<EndId>,
    /// The connection that is the link with each other host.
    pub links: BTreeMap<usize, usize>,
    /// Hosts that were reported to be here in this run, and not refused since.
    pub met: BTreeSet<usize>,
    /// Hosts that were refused, with the number of the last text said by then.
    pub refused: BTreeMap<usize, u32>,
    /// Number of the last text said.
    pub last_said: u32,
    /// Addresses that the user has named, and those that will not be dialled again.
    pub typed: BTreeSet<SocketAddr>,
    pub given_up: BTreeSet<SocketAddr>,
    /// Dials of the last minute.
    dials: VecDeque<(Instant, SocketAddr)>,
}

impl Host {
    pub fn new(index: usize, character: Character, now: Instant, ip: Ipv4Addr, mut random: Random) -> Self {
        let (node, circle) = character.start(now, &name(index, 0), &mut random);
        Self {
            index,
            key: character.key(),
            node,
            circle,
            character,
            life: 0,
            running: Running::Yes,
            ip,
            act_at: now,
            dials_at: None,
            is_full_until: now,
            ends: BTreeSet::new(),
            links: BTreeMap::new(),
            met: BTreeSet::new(),
            refused: BTreeMap::new(),
            last_said: 0,
            typed: BTreeSet::new(),
            given_up: BTreeSet::new(),
            dials: VecDeque::new(),
            random,
        }
    }

    pub fn run(&self) -> Run {
        (self.index, self.life)
    }

    pub fn is_up(&self) -> bool {
        self.running == Running::Yes
    }

    pub fn endpoint(&self) -> Endpoint {
        Endpoint::new(self.ip.into(), PORT)
    }

    /// The contact with this key.
    pub fn contact(&self, key: &PublicKey) -> Option<(ContactId, &Contact)> {
        self.node.contacts().find(|(_, contact)| contact.known().key == *key)
    }

    pub fn trust(&self, key: &PublicKey) -> Option<Trust> {
        self.contact(key)?.1.known().trust
    }

    /// The node is started again, with what a disk would have kept.
    pub fn restart(&mut self, now: Instant) {
        let kept = |known: &&Known| !matches!(known.trust, None | Some(Trust::Denied));
        let contacts = self.node.contacts().map(|(_, contact)| contact.known());
        let disk: Vec<_> = contacts.filter(kept).cloned().collect();
        self.life += 1;
        (self.node, self.circle) = self.character.start(now, &name(self.index, self.life), &mut self.random);
        for known in disk {
            self.remember(now, known);
        }
        self.running = Running::Yes;
        (self.last_said, self.is_full_until, self.act_at) = (0, now, now);
        self.links.clear();
        self.met.clear();
        self.refused.clear();
        self.typed.clear();
        self.given_up.clear();
    }

    /// The node has a contact of an earlier run.
    pub fn remember(&mut self, now: Instant, known: Known) {
        assert!(self.node.remember(now, known, self.circle), "there is room for all");
    }

    /// The user names an address.
    pub fn connect(&mut self, now: Instant, endpoint: Endpoint) {
        self.node.connect(now, endpoint, self.circle);
        self.typed.insert(endpoint.into());
        self.given_up.remove(&endpoint.into());
    }

    /// When the user acts, or the node is started or ended.
    pub fn next_act(&self) -> Instant {
        match self.running {
            Running::Yes => self.act_at,
            Running::Leaving(at) | Running::No(at) => at,
        }
    }

    /// A dial of this address, or the link that came of it, has ended: the node may have given the address up.
    pub fn dial_ended(&mut self, address: SocketAddr, ended: Ended) {
        if is_hopeless(ended) {
            self.given_up.insert(address);
        }
    }

    /// Counts a dial. Their number is bounded.
    pub fn count_dial(&mut self, now: Instant, address: SocketAddr) {
        while self.dials.pop_front_if(|(at, _)| now.since(*at) >= MINUTE).is_some() {}
        self.dials.push_back((now, address));
        let dials = self.dials_of(now, address);
        assert!(dials <= 30, "{} has dialled {address} {dials} times within a minute", self.index);
    }

    /// Number of dials of this address in the last minute.
    fn dials_of(&self, now: Instant, address: SocketAddr) -> usize {
        self.dials.iter().filter(|(at, to)| *to == address && now.since(*at) < MINUTE).count()
    }

    /// Most dials of one address in the last minute.
    pub fn most_dials(&self, now: Instant) -> usize {
        self.dials.iter().map(|(_, address)| self.dials_of(now, *address)).max().unwrap_or_default()
    }
}

fn name(index: usize, version: u32) -> String {
    format!("host{index}.{version}")
}

/// Whether a node gives an address up that it has dialled, as the documentation says.
fn is_hopeless(ended: Ended) -> bool {
    match ended {
        Ended::ByUs(close) => matches!(
            close,
            Close::Fault(_)
                | Close::Refused
                | Close::VersionMismatch
                | Close::SuiteMismatch
                | Close::ServiceMismatch
                | Close::FrameLengthMismatch
        ),
        Ended::ByPeer(close) => close == Close::Refused,
        Ended::Claimed(close) => matches!(close, Close::WrongPassword | Close::OtherCircle),
        Ended::Lost => false,
    }
}
