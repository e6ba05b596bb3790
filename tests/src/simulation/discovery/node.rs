//! A node: its machine, its sockets, and the checks of what both do.

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU16;
use std::time::Duration;

use p2pm_core::discovery::{
    Announced, Arrival, Discovery, Event, Heard, Inline, InterfaceId, Message, Outgoing, Rows, SearchFor,
    Setup, Unheard, Uuid,
};
use p2pm_core::drive::{Datagrams, Exchanged, exchange};
use p2pm_core::limits::{BROADCAST_PORT, DATAGRAM_BUFFER_LEN, DATAGRAM_MAX, SSDP_PORT};
use p2pm_core::time::Instant;

use super::addresses::{self, Host};
use super::ledger::Ledger;
use super::meter::Meter;
use super::packet::Packet;
use crate::random::Random;

/// Rows for others: more than real ones need, fewer than a flood of forged ones has.
const PEERS: usize = 64;
/// Datagrams to groups that an interface may send whenever it is told something: three rounds of seven announcements
/// and as many searches.
const ROUNDS_OF_A_CHANGE: u32 = 40;

type Machine = Discovery<Inline<3, PEERS, 64, 64>>;

pub struct Node {
    pub index: usize,
    pub host: usize,
    pub id: Uuid,
    pub port: NonZeroU16,
    machine: Option<Box<Machine>>,
    pub is_leaving: bool,
    /// When it starts again; `None` while it is up.
    pub down_until: Option<Instant>,
    pub started: Instant,
    runs: u8,
    /// How late its shell is.
    lag: Duration,
    pub wake: Option<Instant>,
    pub inbox: VecDeque<Packet>,
    pub ledger: Ledger,
    budget: Budget,
}

/// What it may send.
struct Budget {
    answers: Meter,
    answers_to: BTreeMap<IpAddr, Meter>,
    groups: BTreeMap<InterfaceId, Meter>,
    /// Times that it was polled, datagrams that it was sent or has sent, events and things that it was told.
    polls: usize,
    causes: usize,
}

impl Node {
    pub fn new(index: usize, host: usize, random: &mut Random) -> Self {
        let lag = Duration::from_millis(random.pick(&[0, 0, 1, 7, 20]));
        Self {
            index,
            host,
            id: Uuid::from_random([0; 16]),
            port: NonZeroU16::MIN,
            machine: None,
            is_leaving: false,
            down_until: None,
            started: Instant::default(),
            runs: 0,
            lag,
            wake: None,
            inbox: VecDeque::new(),
            ledger: Ledger::new(PEERS),
            budget: Budget::new(),
        }
    }

    pub fn is_up(&self) -> bool {
        self.machine.is_some()
    }

    /// Whether it is to be found.
    pub fn is_here(&self) -> bool {
        self.is_up() && !self.is_leaving
    }

    pub fn start(&mut self, now: Instant, host: &Host, random: &mut Random) {
        self.runs += 1;
        self.id = Uuid::from_random(
            [u8::try_from(self.index).expect("few nodes") + 1, self.runs]
                .repeat(8)
                .try_into()
                .expect("16 bytes"),
        );
        let port = 5_000 + 2 * u16::try_from(self.index).expect("few nodes") + u16::from(random.chance(20));
        self.port = NonZeroU16::new(port).expect("it is not 0");
        let announced = Some(Announced { node: self.port, description: self.port });
        let setup = Setup { id: self.id, announced, seed: random.number() };
        self.machine = Some(Box::new(Machine::new(setup, Rows::default())));
        (self.down_until, self.is_leaving, self.started) = (None, false, now);
        (self.ledger, self.budget) = (Ledger::new(PEERS), Budget::new());
        for segment in 0..host.interfaces.len() {
            self.change_interface(now, host, segment);
        }
    }

    /// It has gone: starts again at `until`.
    pub fn stop(&mut self, until: Instant) {
        (self.machine, self.wake, self.down_until) = (None, None, Some(until));
        self.inbox.clear();
    }

    pub fn change_interface(&mut self, now: Instant, host: &Host, segment: usize) {
        self.command(now, |machine| {
            let is_served =
                machine.handle_interface(now, host.interface_id(segment), host.interfaces[segment]);
            assert!(is_served, "there is a row for each");
        });
        self.ledger.change_interface(now);
    }

    pub fn search(&mut self, now: Instant) {
        self.command(now, |machine| machine.search(now, SearchFor::Nodes));
    }

    pub fn leave(&mut self, now: Instant) {
        self.is_leaving = true;
        self.command(now, |machine| machine.leave(now));
    }

    pub fn has_left(&self) -> bool {
        self.machine.as_ref().is_some_and(|machine| machine.has_left())
    }

    fn command(&mut self, now: Instant, command: impl FnOnce(&mut Machine)) {
        if let Some(machine) = &mut self.machine {
            command(machine);
            self.wake = Some(now);
            self.budget.entitle();
        }
    }

    pub fn is_due(&self, now: Instant) -> bool {
        self.is_up() && (!self.inbox.is_empty() || self.wake.is_some_and(|wake| wake <= now))
    }

    pub fn listens_on(&self, to: SocketAddr) -> bool {
        [SSDP_PORT, BROADCAST_PORT, self.searching_port()].contains(&to.port())
    }

    /// Another one in each run.
    pub fn searching_port(&self) -> u16 {
        40_000 + 256 * u16::try_from(self.index).expect("few nodes") + u16::from(self.runs)
    }

    /// Receives what has arrived, and returns what it sends.
    pub fn exchange(&mut self, now: Instant, host: &Host) -> Vec<(Outgoing, Vec<u8>)> {
        let Self { machine, inbox, ledger, budget, id, .. } = self;
        let Some(machine) = machine.as_mut() else { return Vec::new() };
        budget.causes += inbox.len();
        let mut sockets = Sockets { inbox, sent: Vec::new() };
        let mut buffer = [0; DATAGRAM_BUFFER_LEN];
        let mut report = |exchanged: Exchanged<'_, _>| match exchanged {
            Exchanged::Received(arrival, heard) => {
                check_heard(host, *id, &arrival, &heard);
                if let Ok(heard) = heard {
                    ledger.hear(now, &arrival, &heard);
                }
            }
            Exchanged::Unsent(_, never) => match never {},
        };
        while exchange(now, machine, &mut sockets, &mut buffer, &mut report) {}
        let sent = sockets.sent;
        for (outgoing, _) in &sent {
            check_sent(host, outgoing);
            budget.count(now, outgoing);
        }
        self.budget.count_poll();
        self.set_wake(now);
        sent
    }

    /// Everything that is due is done: its shell sleeps until its deadline.
    fn set_wake(&mut self, now: Instant) {
        let deadline = self.machine.as_ref().and_then(|machine| machine.deadline());
        assert!(deadline.is_none_or(|deadline| deadline > now), "{deadline:?} is not done at {now:?}");
        self.wake = deadline.map(|deadline| deadline + self.lag);
    }

    /// Takes what it tells its shell.
    pub fn take_events(&mut self, now: Instant, host: &Host) {
        let Self { machine: Some(machine), ledger, budget, id, .. } = self else { return };
        while let Some(event) = machine.poll_event() {
            let (Event::Found(found) | Event::Gone(found)) = event;
            assert_ne!(found.id, *id, "it has found itself");
            if let Event::Found(found) = event {
                let interface = host.interface(found.interface).expect("an interface that is there");
                assert!(addresses::is_on_link(&interface, found.endpoint.ip()), "{found:?} is off the link");
            }
            ledger.tell(now, &event);
            budget.causes += 1;
        }
        ledger.check_interfaces(now, host);
        // An event may leave a row that has a deadline of its own.
        self.set_wake(now);
    }
}

/// What is heard is what is from a host on the link, and can be read.
fn check_heard(host: &Host, id: Uuid, arrival: &Arrival, heard: &Result<Heard<'_>, Unheard>) {
    let interface = host.interface(arrival.interface);
    let is_on_link = interface.is_some_and(|it| addresses::is_on_link(&it, arrival.from.ip()));
    match heard {
        Ok(heard) => assert_eq!(heard.is_ours, heard.message.sender() == Some(id)),
        Err(Unheard::Interface) => assert!(interface.is_none()),
        Err(Unheard::OffLink | Unheard::Malformed) => {}
    }
    let is_off_link = matches!(heard, Err(Unheard::Interface | Unheard::OffLink));
    assert_eq!(is_off_link, !is_on_link, "{arrival:?} {heard:?}");
}

/// What is sent goes to hosts on the link, and is a message.
fn check_sent(host: &Host, outgoing: &Outgoing) {
    assert!(outgoing.len <= DATAGRAM_MAX);
    let interface = host.interface(outgoing.interface).expect("an interface that is there");
    let is_group = [SSDP_PORT, BROADCAST_PORT].contains(&outgoing.to.port());
    assert!(is_group || addresses::is_on_link(&interface, outgoing.to.ip()), "{outgoing:?} is off the link");
}

impl Budget {
    fn new() -> Self {
        let answers = Meter::new(super::ANSWERS_TO_ALL, p2pm_core::limits::ALL_ANSWERS_INTERVAL);
        Self { answers, answers_to: BTreeMap::new(), groups: BTreeMap::new(), polls: 0, causes: 0 }
    }

    /// It was told something, and may send to the groups of all interfaces.
    fn entitle(&mut self) {
        self.causes += 1;
        for number in 1..=3 {
            let id = InterfaceId(number.try_into().expect("it is not 0"));
            self.group(id).entitle(ROUNDS_OF_A_CHANGE);
        }
    }

    fn group(&mut self, id: InterfaceId) -> &mut Meter {
        // A set of announcements, and then what goes beside answers.
        self.groups.entry(id).or_insert(Meter::new(24, p2pm_core::limits::ECHO_INTERVAL / 4))
    }

    fn count(&mut self, now: Instant, outgoing: &Outgoing) {
        self.causes += 1;
        let ip = outgoing.to.ip();
        if ip.is_multicast() || outgoing.to.port() == BROADCAST_PORT {
            assert!(self.group(outgoing.interface).count(now), "too many datagrams to groups at {now:?}");
            return;
        }
        assert!(self.answers.count(now), "too many answers at {now:?}");
        let one = Meter::new(super::ANSWERS_TO_ONE, p2pm_core::limits::ANSWER_INTERVAL);
        assert!(self.answers_to.entry(ip).or_insert(one).count(now), "too many answers to {ip} at {now:?}");
    }

    /// A machine that is polled without a cause is in a busy loop.
    fn count_poll(&mut self) {
        self.polls += 1;
        assert!(
            self.polls <= 100 + 2 * self.causes,
            "polled {} times for {} causes",
            self.polls,
            self.causes
        );
    }
}

/// What a node has received, and sends.
struct Sockets<'n> {
    inbox: &'n mut VecDeque<Packet>,
    sent: Vec<(Outgoing, Vec<u8>)>,
}

enum Never {}

impl Datagrams for Sockets<'_> {
    type Error = Never;

    fn send(&mut self, outgoing: &Outgoing, datagram: &[u8]) -> Result<(), Never> {
        assert!(Message::parse(datagram).is_some(), "what is sent can be read");
        self.sent.push((*outgoing, datagram.to_vec()));
        Ok(())
    }

    fn receive(&mut self, into: &mut [u8]) -> Option<(usize, Arrival)> {
        let packet = self.inbox.pop_front()?;
        let len = packet.bytes.len().min(into.len());
        into[..len].copy_from_slice(&packet.bytes[..len]);
        Some((len, packet.arrival()))
    }
}
