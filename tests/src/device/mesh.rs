//! Devices of all sizes in one circle, each of which is to be linked with all others; and what they say to each other, which is
//! to be shown once, in order.

use std::cell::Cell;
use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::rc::Rc;
use std::time::Duration;

use p2pm_core::time::Instant;
use p2pm_fw::app::Admission;

use super::model::{InUse, Large, Middle, Small};
use super::{Faults, Person, SOCKETS, Screen, Stage, tag};
use crate::ethernet::Frame;
use crate::frames::query;

/// Somebody else whom the devices accept.
pub const GUEST: &str = "guest";

/// How often a querier asks who is in a group (RFC 2236 §8.2), and how long it waits for the reports (§8.3).
const QUERY_INTERVAL: Duration = Duration::from_secs(125);
const QUERY_LIMIT: Duration = Duration::from_secs(10);
/// How the lines end that tell of somebody else.
const NEWS: [&str; 5] =
    [" is here", " has left", " has yet to accept this device", " is not accepted", " on port 7776"];
/// How the lines begin that tell what is held for somebody who is away.
const OF_THE_MAILBOX: [&str; 2] = ["held by ", "not held any more by "];
/// Within which nobody is dialled for a moment who does not answer.
const QUIET: Duration = Duration::from_mins(15);
/// How often it is looked whether all is as it should be.
const GLANCE: Duration = Duration::from_secs(1);

/// A kind of device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// As `lm3s6965evb`.
    Small,
    /// As `mps2-an385`.
    Middle,
    /// As a computer.
    Large,
}

/// The memory of a device that is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Sockets that are not in use.
    pub free_sockets: usize,
    /// Rows that are.
    pub rows: InUse,
}

/// The devices.
pub struct Mesh {
    /// The network.
    pub stage: Stage,
    nodes: Vec<Node>,
    admission: Admission,
    next_query: Instant,
    departures: usize,
}

struct Node {
    name: &'static str,
    size: Size,
    screen: Screen,
    in_use: Rc<Cell<InUse>>,
    is_up: bool,
    /// By the number of the other node.
    peers: Vec<Peer>,
}

/// What a node has to do with another one.
#[derive(Default)]
struct Peer {
    /// Texts of the other one that it has yet to show.
    expected: VecDeque<String>,
    /// Number of the last text to it, and up to which it has confirmed them.
    said: u32,
    received: u32,
}

impl Mesh {
    /// Devices with these names, which find each other and accept each other, and [`GUEST`], alone. There is a switch that snoops
    /// between them, with a querier, and with `spare` more ports. The first device's wire is faulty.
    ///
    /// # Panics
    ///
    /// If there are more than an address has room for.
    pub fn new(seed: u64, cast: &[(&'static str, Size)], spare: u8, faults: Faults) -> Self {
        let ports = u8::try_from(cast.len()).expect("few devices") + spare;
        let stage = Stage::new(ports, seed, faults);
        stage.ethernet.snoop();
        let names = cast.iter().map(|(name, _)| *name).chain([GUEST]);
        let admission = Admission::Known(names.map(tag).collect());
        let mut mesh =
            Self { stage, nodes: Vec::new(), admission, next_query: Instant::default(), departures: 0 };
        for (name, size) in cast {
            let (screen, in_use) = mesh.put(mesh.nodes.len(), name, *size);
            let peers = cast.iter().map(|_| Peer::default()).collect();
            mesh.nodes.push(Node { name, size: *size, screen, in_use, is_up: true, peers });
        }
        mesh
    }

    /// The time.
    pub fn now(&self) -> Instant {
        self.stage.now()
    }

    /// Number of devices.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Somebody says a short text to another one, or to everyone.
    pub fn say(&mut self, from: usize, to: Option<usize>, text: &str) {
        let whom = to.map_or("all".to_owned(), |to| format!("send {}", self.nodes[to].name));
        self.nodes[from].screen.enter(&format!("{whom} {text}"));
        for (number, node) in self.nodes.iter_mut().enumerate() {
            if number != from && to.is_none_or(|to| to == number) {
                node.peers[from].expected.push_back(text.to_owned());
            }
        }
        // So that it is numbered before anything else is said.
        self.pass(Duration::ZERO);
    }

    /// A device leaves, after a goodbye.
    ///
    /// # Panics
    ///
    /// If it does not end.
    pub fn stop(&mut self, number: usize) {
        self.stage.stop(number);
        self.nodes[number].is_up = false;
        self.pass(GLANCE * 5);
        assert!(self.stage.outcome(number).is_some(), "it goes on and on");
    }

    /// A device is without power.
    pub fn power_off(&mut self, number: usize) {
        self.stage.power_off(number);
        self.nodes[number].is_up = false;
    }

    /// A device is started again.
    pub fn start(&mut self, number: usize) {
        let Node { name, size, .. } = self.nodes[number];
        let (screen, in_use) = self.put(number, name, size);
        let node = &mut self.nodes[number];
        (node.screen, node.in_use, node.is_up) = (screen, in_use, true);
        for peer in &mut node.peers {
            (peer.said, peer.received) = (0, 0);
        }
    }

    /// Runs for this time.
    pub fn pass(&mut self, time: Duration) {
        let end = self.now() + time;
        loop {
            if self.now() >= self.next_query {
                self.next_query = self.now() + QUERY_INTERVAL;
                self.stage.ethernet.query(&Frame::new(&query(Ipv4Addr::UNSPECIFIED, QUERY_LIMIT)));
            }
            let until = self.next_query.min(end);
            self.stage.play_for(until.since(self.now()));
            self.read();
            if self.now() >= end {
                return;
            }
        }
    }

    /// Runs until all that are up are linked with as many others, and everything that was said is shown and confirmed. Returns how long
    /// that took.
    ///
    /// # Panics
    ///
    /// If it takes longer than `limit`, or something is shown that nobody has said, or that was shown before.
    pub fn settle(&mut self, limit: Duration) -> Duration {
        let begin = self.now();
        while !self.is_settled() {
            let took = self.now().since(begin);
            assert!(took < limit, "after {took:?}, at {:?}: {}", self.now(), self.state());
            self.pass(GLANCE);
        }
        self.now().since(begin)
    }

    /// How often a device has shown that another one has left.
    pub fn departures(&self) -> usize {
        self.departures
    }

    /// The memory of each device that is in use while nobody is dialled who does not answer. Such are dialled in turn, with breaks: it
    /// waits for moments when none is.
    pub fn usage(&mut self) -> Vec<Usage> {
        let mut usage = self.usage_now();
        for _ in 0..QUIET.as_secs() {
            self.pass(GLANCE);
            for (before, now) in usage.iter_mut().zip(self.usage_now()) {
                *before = Usage { free_sockets: before.free_sockets.max(now.free_sockets), ..now };
            }
        }
        usage
    }

    fn usage_now(&self) -> Vec<Usage> {
        let usage = |(number, node): (usize, &Node)| Usage {
            free_sockets: self.stage.free_sockets(number),
            rows: node.in_use.get(),
        };
        self.nodes.iter().enumerate().map(usage).collect()
    }

    fn is_settled(&self) -> bool {
        let up = self.nodes.iter().filter(|node| node.is_up);
        let others = up.clone().count() - 1;
        up.into_iter().all(|node| {
            let is_told = |peer: &Peer| peer.expected.is_empty() && peer.received >= peer.said;
            node.in_use.get().links >= others && node.peers.iter().all(is_told)
        })
    }

    fn state(&self) -> String {
        let state = |node: &Node| {
            let peers = node.peers.iter().zip(&self.nodes).map(|(peer, of)| {
                let Peer { expected, said, received } = peer;
                format!("{} {received} of {said}, expects {expected:?}", of.name)
            });
            let peers: Vec<_> = peers.collect();
            format!("\n{}: {:?}; {}", node.name, node.in_use.get(), peers.join("; "))
        };
        self.nodes.iter().map(state).collect()
    }

    /// Reads what the screens show.
    fn read(&mut self) {
        for number in 0..self.nodes.len() {
            for line in self.nodes[number].screen.take_lines() {
                assert!(self.read_line(number, &line).is_some(), "{}: {line}", self.nodes[number].name);
            }
        }
    }

    /// `None` if that should not be shown.
    fn read_line(&mut self, number: usize, line: &str) -> Option<()> {
        let by_name = |nodes: &[Node], name: &str| nodes.iter().position(|node| node.name == name);
        if let Some((name, text)) = line.split_once(": ")
            && let Some(from) = by_name(&self.nodes, name)
        {
            let expected = self.nodes[number].peers[from].expected.pop_front();
            return (expected.as_deref() == Some(text)).then_some(());
        }
        if let Some(receipt) = line.strip_prefix("received by ") {
            let (name, sequence) = receipt.split_once(": up to ")?;
            let by = by_name(&self.nodes, name)?;
            self.nodes[number].peers[by].received = sequence.parse().ok()?;
            return Some(());
        }
        if let Some((sequence, to)) = line.split_once(" to ")
            && let Ok(sequence) = sequence.parse()
        {
            let (to, _) = to.split_once(": ")?;
            let to = by_name(&self.nodes, to);
            let is_meant = |other: &usize| *other != number && to.is_none_or(|to| to == *other);
            let meant: Vec<_> = (0..self.nodes.len()).filter(is_meant).collect();
            for to in meant {
                self.nodes[number].peers[to].said = sequence;
            }
            return Some(());
        }
        self.departures += usize::from(line.ends_with(" has left"));
        if OF_THE_MAILBOX.iter().any(|news| line.starts_with(news)) {
            return Some(());
        }
        NEWS.iter().any(|news| line.ends_with(news)).then_some(())
    }

    /// Puts a device of this size at a port.
    fn put(&mut self, number: usize, name: &str, size: Size) -> (Screen, Rc<Cell<InUse>>) {
        let person = Person { admission: self.admission.clone(), ..Person::new(name) };
        let mut in_use = None;
        let screen = match size {
            Size::Small => self.stage.put::<Small, _, 8, 512>(number, |board| {
                board.network.set_backlog(1);
                let (node, rows) = person.node::<_, 8, 6>(board);
                in_use = Some(rows);
                node
            }),
            Size::Middle => self.stage.put::<Middle, _, 28, 4096>(number, |board| {
                let (node, rows) = person.node::<_, 28, 12>(board);
                in_use = Some(rows);
                node
            }),
            Size::Large => self.stage.put::<Large, _, SOCKETS, 4096>(number, |board| {
                let (node, rows) = person.node::<_, SOCKETS, 20>(board);
                in_use = Some(rows);
                node
            }),
        };
        (screen, in_use.expect("the board was started"))
    }
}
