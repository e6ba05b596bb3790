//! Nodes of a circle that are linked with each other, over connections that break, and a book of every text: each is shown
//! once, whole and in order, by those whom it is for alone, or known to have failed.

// Shared with the simulation.
#[path = "../../tests/src/simulation/circle/book.rs"]
mod book;
mod connection;
mod host;

use std::time::Duration;

use arbitrary::{Arbitrary, Unstructured};
use p2pm_core::channel::Ended;
use p2pm_core::limits::{RACE_WINDOW, RUNS_HEARD};
use p2pm_core::node::{Dial, Policy, Trust};
use p2pm_core::time::Instant;
use p2pm_core::wire::Close;

use self::book::{Book, Heard};
use self::connection::{Connection, Report};
use self::host::{Character, Host};
use crate::entropy;
use crate::watched::overlook_admissions;

const HOSTS: usize = 3;
/// Two hosts, the one that acts first.
type Pair = [usize; 2];
const PAIRS: [Pair; 6] = [[0, 1], [1, 0], [0, 2], [2, 0], [1, 2], [2, 1]];
/// The same, whoever acts first.
const COUPLES: [Pair; 3] = [[0, 1], [0, 2], [1, 2]];
/// Texts that a keeper has room for.
const HELD: usize = 3;
/// More steps than this without a pause are a busy loop.
const STEPS: usize = 2000;
/// Most moves that are played.
const MOVES: usize = 48;

/// Nodes, and operations on them.
#[derive(Debug)]
pub struct Input {
    /// Whether the user of each node is asked about strangers.
    asks: [bool; HOSTS],
    /// Which of them are linked from the start.
    linked: [bool; HOSTS],
    /// Whether each node overlooks what the other end of a new link says it has received.
    overlooks: [bool; HOSTS],
    /// Whether each node keeps texts for those who are away.
    keeps: [bool; HOSTS],
    moves: Vec<(Pair, Move)>,
}

/// Operation of one of two nodes that concerns the other one.
#[derive(Clone, Copy, Debug)]
pub enum Move {
    /// Its user says a text to the other one. Lengths are in sizes.
    Say(u8),
    /// Its user says a text to all.
    SayAll(u8),
    /// Its user says a few short texts to all.
    Chat(u8),
    /// It sends so many frames to the other one.
    Send(u8),
    /// It receives so many frames from the other one.
    Receive(u8),
    /// All that the two have to say to each other crosses.
    Deliver,
    /// Their connections are cut, and both notice, one of them, or none so far.
    Cut([bool; 2]),
    /// They are linked again.
    Link(Way),
    /// It dials the other one.
    Dial,
    /// Its user accepts the other one, or denies it.
    Trust(bool),
    /// Its user forgets the other one.
    Forget,
    /// It starts again. Others notice that their connections with it have ended, or nothing so far.
    Restart(bool),
    /// Time passes, in quarters of a second.
    Pause(u8),
}

/// How two nodes are linked again, whose connections are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// One of them dials.
    One,
    /// Both dial at once.
    Both,
    /// One of them dials, and the other one has not noticed that they are not linked any more.
    Stale,
}

/// Two bytes for each move, so that it takes few changes to make one.
impl Arbitrary<'_> for Input {
    fn arbitrary(bytes: &mut Unstructured<'_>) -> arbitrary::Result<Self> {
        let beginning: u16 = bytes.arbitrary()?;
        let bits = |first: u8| [0, 1, 2].map(|bit| beginning >> (first + bit) & 1 == 1);
        let mut moves = Vec::new();
        while !bytes.is_empty() && moves.len() < MOVES {
            let [kind, argument] = bytes.arbitrary()?;
            let pair = PAIRS[usize::from(kind) % PAIRS.len()];
            moves.push((pair, Move::of(usize::from(kind) / PAIRS.len(), argument)));
        }
        Ok(Self { asks: bits(0), linked: bits(3), overlooks: bits(6), keeps: bits(9), moves })
    }
}

impl Move {
    /// The move of this kind, of 43. Those that are more of use have more kinds.
    fn of(kind: usize, argument: u8) -> Self {
        let bit = |bit: u8| argument >> bit & 1 == 1;
        match kind {
            0..8 => Self::Say(argument),
            8..14 => Self::SayAll(argument),
            14..16 => Self::Chat(argument),
            16..21 => Self::Send(argument),
            21..25 => Self::Receive(argument),
            25..29 => Self::Deliver,
            29..31 => Self::Cut([bit(0), bit(1)]),
            31..35 => Self::Link([Way::One, Way::Both, Way::Stale][usize::from(argument) % 3]),
            35 => Self::Dial,
            36..39 => Self::Trust(bit(0)),
            39 => Self::Forget,
            40 => Self::Restart(bit(0)),
            _ => Self::Pause(argument),
        }
    }
}

/// Plays operations on nodes. In the end everyone who may be linked is, and every text was received or has failed.
pub fn play(input: &Input) {
    let mut world = World::new(input);
    for ([one, other], is_linked) in COUPLES.into_iter().zip(input.linked) {
        if is_linked {
            world.link([one, other], Way::One);
            world.trust([one, other], Trust::Accepted);
            world.trust([other, one], Trust::Accepted);
            world.deliver([one, other]);
        }
    }
    for (pair, happens) in &input.moves {
        world.happen(*pair, *happens);
        world.check();
    }
    world.settle();
}

struct World {
    now: Instant,
    hosts: [Host; HOSTS],
    overlooks: [bool; HOSTS],
    connections: Vec<Connection>,
    /// Number of connections so far.
    dialled: u8,
    book: Book,
}

/// A connection, and a side of it.
type EndId = (usize, usize);

impl World {
    fn new(input: &Input) -> Self {
        let now = Instant::default();
        let character = |index: usize| Character {
            index,
            policy: if input.asks[index] { Policy::Ask } else { Policy::All },
            held: if input.keeps[index] { HELD } else { 0 },
            is_kept: input.keeps.contains(&true),
        };
        let hosts = std::array::from_fn(|index| Host::new(now, character(index)));
        Self {
            now,
            hosts,
            overlooks: input.overlooks,
            connections: Vec::new(),
            dialled: 0,
            book: Book::default(),
        }
    }

    fn happen(&mut self, pair: Pair, happens: Move) {
        let [here, there] = pair;
        let Self { now, hosts, book, .. } = self;
        match happens {
            Move::Say(size) => hosts[here].say(Some(there), len(size), book),
            Move::SayAll(size) => hosts[here].say(None, len(size), book),
            Move::Chat(count) => (0..=count % 6).for_each(|_| hosts[here].say(None, 10, book)),
            Move::Send(count) => self.repeat(pair, count, Self::send),
            Move::Receive(count) => self.repeat(pair, count, Self::receive),
            Move::Deliver => self.deliver(pair),
            Move::Cut(noticed) => self.cut(pair, noticed),
            Move::Link(way) => self.link(pair, way),
            Move::Dial => self.dial(pair),
            Move::Trust(accepts) => {
                self.trust(pair, if accepts { Trust::Accepted } else { Trust::Denied });
            }
            Move::Forget => {
                let is_linked = hosts[here].is_here(there);
                if let Some((id, _)) = hosts[here].contact(there).filter(|_| is_linked) {
                    assert!(hosts[here].node.forget(id).is_err(), "somebody is linked, and forgotten");
                }
                self.cut(pair, [true; 2]);
                self.hosts[here].forget(there, &mut self.book);
            }
            Move::Restart(says_so) => self.restart(here, says_so),
            Move::Pause(quarters) => {
                *now = *now + Duration::from_millis(250) * quarters.into();
                self.tick_all();
                (0..HOSTS).for_each(|host| self.dial_due(host));
            }
        }
        self.connections.retain(|it| it.ends.iter().any(Option::is_some));
    }

    fn trust(&mut self, [here, there]: Pair, trust: Trust) {
        self.hosts[here].set_trust(self.now, there, trust, &mut self.book);
    }

    /// The ends of one host at its connections with another one.
    fn ends(&self, [here, there]: Pair) -> Vec<EndId> {
        let connections = self.connections.iter().enumerate();
        let between = connections.filter(|(_, connection)| connection.is_between(here, there));
        between.map(|(index, connection)| (index, usize::from(connection.hosts[1] == here))).collect()
    }

    fn repeat(&mut self, pair: Pair, count: u8, work: fn(&mut Self, EndId) -> bool) {
        for end in self.ends(pair) {
            for _ in 0..=count % 8 {
                work(self, end);
            }
        }
    }

    fn deliver(&mut self, [here, there]: Pair) {
        let ends = [self.ends([here, there]), self.ends([there, here])].concat();
        for _ in 0..STEPS {
            let sent = ends.iter().filter(|end| self.send(**end)).count();
            let received = ends.iter().filter(|end| self.receive(**end)).count();
            if sent + received == 0 {
                return;
            }
        }
        panic!("it has no end of what to say");
    }

    /// An end sends a frame. Returns whether it has.
    fn send(&mut self, end: EndId) -> bool {
        self.tick(end);
        let has_sent =
            self.with(end, |connection, side, host, now| connection.send(side, &mut host.node, now));
        self.look_at(end);
        has_sent
    }

    /// An end receives a frame, or the end of the other side. Returns whether it has.
    fn receive(&mut self, end: EndId) -> bool {
        self.tick(end);
        let report =
            self.with(end, |connection, side, host, now| connection.receive(side, &mut host.node, now));
        let has_received = report.is_some();
        self.react(end, report.unwrap_or(Report::Nothing));
        has_received
    }

    fn tick(&mut self, end: EndId) {
        for _ in 0..10 {
            if !self.with(end, |connection, side, host, now| connection.is_due(side, &mut host.node, now)) {
                return;
            }
            let report =
                self.with(end, |connection, side, host, now| connection.tick(side, &mut host.node, now));
            self.react(end, report);
        }
        panic!("a timer has no end");
    }

    fn tick_all(&mut self) {
        for index in 0..self.connections.len() {
            self.tick((index, 0));
            self.tick((index, 1));
        }
    }

    fn with<R>(
        &mut self,
        (index, side): EndId,
        work: impl FnOnce(&mut Connection, usize, &mut Host, Instant) -> R,
    ) -> R {
        let connection = &mut self.connections[index];
        let host = connection.hosts[side];
        overlook_admissions(self.overlooks[host]);
        work(connection, side, &mut self.hosts[host], self.now)
    }

    /// After anything has happened at an end.
    fn look_at(&mut self, end: EndId) {
        let (index, side) = end;
        let connection = &mut self.connections[index];
        let host = &mut self.hosts[connection.hosts[side]];
        connection.drop_closed(side, &mut host.node);
        host.hear_news(&mut self.book);
    }

    fn react(&mut self, end: EndId, report: Report) {
        let (index, side) = end;
        let Self { now, hosts, connections, .. } = self;
        let Connection { hosts: between, ends, .. } = &mut connections[index];
        let other = between[1 - side];
        let host = &mut hosts[between[side]];
        match (report, &mut ends[side]) {
            (Report::Asked, Some(end)) => {
                let ended = end.stage.answer(&mut host.node, *now);
                assert_eq!(ended, None, "a node of the circle is turned away");
            }
            (Report::Introduced(introduction), Some(end)) => {
                match end.stage.introduce(&mut host.node, *now, &introduction) {
                    Ok(contact) => assert_eq!(host.other(contact), other, "the contact of a link"),
                    Err(reason) => assert!(matches!(reason, Close::Duplicate | Close::Refused), "{reason:?}"),
                }
            }
            (Report::Said(heard), _) => self.show(end, &heard),
            (Report::Ended(Ended::ByUs(reason) | Ended::ByPeer(reason)), _) => {
                assert!(!matches!(reason, Close::Fault(_)), "a node is at fault: {reason:?}");
            }
            _ => {}
        }
        self.look_at(end);
    }

    /// A user is shown a text that the other host says, or has kept.
    fn show(&mut self, (index, side): EndId, heard: &Heard) {
        let Self { hosts, connections, book, .. } = self;
        let Connection { hosts: between, lives, .. } = &connections[index];
        let [here, there] = [between[side], between[1 - side]];
        let author = hosts[here].other(heard.contact);
        let from = match heard.keeper {
            None => (there, lives[1 - side]),
            Some(keeper) => {
                assert_eq!(hosts[here].other(keeper), there, "who has kept a text");
                assert!(hosts[there].character.held > 0 && author != there, "{there} has kept it");
                // On a link of its own, a text may cross with the decision to refuse its author.
                assert!(hosts[here].accepts(author), "{here} is shown a text of {author}");
                book.run_of(author, heard)
            }
        };
        assert_eq!(from.0, author, "who says a text");
        book.shown(from, (here, hosts[here].oblivion[author]), heard);
        hosts[here].node.confirm(heard.contact, heard.sequence);
    }

    /// The connections between two hosts are cut.
    fn cut(&mut self, [here, there]: Pair, noticed: [bool; 2]) {
        for (pair, has_noticed) in [[here, there], [there, here]].into_iter().zip(noticed) {
            for end in self.ends(pair) {
                self.connections[end.0].cut();
                if has_noticed {
                    let report = self
                        .with(end, |connection, side, host, now| connection.lose(side, &mut host.node, now));
                    self.react(end, report);
                }
            }
        }
    }

    /// Two hosts are linked again, once, and say all that they have to say, if they accept each other.
    fn link(&mut self, pair: Pair, way: Way) {
        let [here, there] = pair;
        self.cut(pair, [true, way != Way::Stale]);
        match way {
            Way::One => {}
            Way::Both => self.dial([there, here]),
            Way::Stale => self.now = self.now + RACE_WINDOW,
        }
        self.dial(pair);
        self.deliver(pair);
        if self.accept_each_other(pair) {
            let links = self.connections.iter().filter(|it| it.is_between(here, there) && it.is_link());
            assert_eq!(links.count(), 1, "links between {pair:?}");
            self.check_delivered(pair);
        }
    }

    /// A host dials another one, unless it takes itself for linked with it.
    fn dial(&mut self, [here, there]: Pair) {
        let (endpoint, host) = (self.hosts[there].endpoint(), &mut self.hosts[here]);
        assert!(host.node.connect(self.now, endpoint, host.circle), "there is room for all");
        self.dial_due(here);
    }

    fn dial_due(&mut self, here: usize) {
        while let Some(dial) = self.hosts[here].node.next_dial(self.now) {
            self.connect(here, dial);
        }
    }

    fn connect(&mut self, here: usize, dial: Dial) {
        let there = self.hosts.iter().position(|host| dial.address() == host.endpoint().into());
        let between = [here, there.expect("there are no other addresses")];
        let [ours, theirs] = [1, 2].map(|side| entropy(self.dialled % 127 * 2 + side));
        self.dialled = self.dialled.wrapping_add(1);
        let outgoing = self.hosts[here].node.dialled(self.now, dial, ours).expect("no circle is left");
        let lives = between.map(|host| self.hosts[host].life);
        self.connections.push(Connection::new(self.now, between, lives, outgoing, theirs));
    }

    /// A host starts again. Others notice that their connections with it have ended, or nothing at first.
    ///
    /// Nodes remember what they have heard of some runs of each other. In more than those, they would be shown again what a
    /// keeper holds of the first one.
    fn restart(&mut self, here: usize, says_so: bool) {
        let host = &self.hosts[here];
        if host.character.is_kept && host.life as usize + 1 >= RUNS_HEARD {
            return;
        }
        for connection in &mut self.connections {
            if let Some(side) = connection.hosts.iter().position(|host| *host == here) {
                connection.ends[side] = None;
                if !says_so {
                    connection.cut();
                }
            }
        }
        self.hosts[here].restart(self.now);
    }

    fn accept_each_other(&self, [here, there]: Pair) -> bool {
        self.hosts[here].accepts(there) && self.hosts[there].accepts(here)
    }

    fn is_linked(&self, [here, there]: Pair) -> bool {
        self.hosts[here].is_here(there) && self.hosts[there].is_here(here)
    }

    /// Two hosts that are linked have told each other everything.
    fn check_delivered(&mut self, [here, there]: Pair) {
        assert!(self.is_linked([here, there]), "{here} and {there} are not linked");
        for [from, to] in [[here, there], [there, here]] {
            let open = self.book.first_open(self.hosts[from].run(), to);
            assert_eq!(open, None, "a text of {from} to {to} that was neither received nor given up");
        }
    }

    /// Whoever is here has a link.
    fn check(&self) {
        for pair in PAIRS {
            let is_link = |(index, side): &EndId| {
                self.connections[*index].ends[*side].as_ref().is_some_and(|end| end.stage.is_linked())
            };
            let has_link = self.ends(pair).iter().any(is_link);
            assert!(has_link || !self.hosts[pair[0]].is_here(pair[1]), "{pair:?} are here, and not linked");
        }
        self.hosts.iter().for_each(Host::check_held);
    }

    /// Whoever was denied is accepted again. All are linked, and everything is delivered.
    fn settle(&mut self) {
        for pair in PAIRS {
            self.trust(pair, Trust::Accepted);
        }
        for pair in COUPLES {
            self.deliver(pair);
            let has_link = self.connections.iter().any(|it| it.is_between(pair[0], pair[1]) && it.is_link());
            if has_link && self.is_linked(pair) {
                self.check_delivered(pair);
            } else {
                self.link(pair, Way::One);
            }
        }
        self.empty();
        self.hosts.iter().for_each(|host| host.check_deliveries(&self.book));
    }

    /// Whatever is held for those who are here is passed on, and its authors hear of it.
    fn empty(&mut self) {
        for pair in [COUPLES, COUPLES].concat() {
            self.deliver(pair);
        }
        for keeper in 0..HOSTS {
            let mut held = self.hosts[keeper].held();
            let is_stuck = held.any(|[_, addressee]| self.is_linked([keeper, addressee]));
            assert!(!is_stuck, "{keeper} does not pass on what it holds");
        }
    }
}

/// Length of a text of this size: often such that texts fill the outbox exactly.
fn len(size: u8) -> usize {
    usize::from(size) % 10 * 250
}
