//! Discovery on Linux: [`p2pm_core::discovery`] on all network interfaces, also on those that come later.

mod description;
mod interfaces;
mod observed;
mod purpose;
mod sockets;
mod watch;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use p2pm_core::discovery::{
    Announced, Answer, Discovery, Event, Found, InterfaceId, Message, Peer, Rows, SearchFor, Segment, Setup,
    Source as Searcher, Storage, Uuid,
};
use p2pm_core::drive::{Datagrams, Exchanged, exchange};
use p2pm_core::limits::DATAGRAM_BUFFER_LEN;
use p2pm_core::time::{Instant, earliest};
use p2pm_core::wire::Reached;
use p2pm_posix::interfaces::{self as system, NetworkInterface};
use p2pm_posix::neighbours::{self, Neighbour};

pub use self::description::Description;
pub use self::interfaces::Choice;
use self::observed::Observed;
pub use self::observed::Seen;
use self::purpose::PURPOSES;
use self::sockets::Sockets;
use self::watch::Watch;
use crate::reactor::{Reactor, Source};

/// Network interfaces that are served, at most.
pub const INTERFACES_MAX: usize = 16;
/// How long a search for nodes takes: all its rounds, and the answers to the last.
pub const SEARCH_TIME: Duration = Duration::from_millis(2500);
/// Nodes on the network, at most.
const PEERS: usize = 256;
/// Answers that wait for their time.
const ANSWERS: usize = 64;
/// Hosts that are searched one by one, at most.
const NEIGHBOURS: usize = 64;
/// Hosts that were answered lately.
const SEARCHERS: usize = 256;

/// [`Storage`] in boxes.
#[derive(Clone, Copy, Debug)]
pub struct Boxed;

impl Storage for Boxed {
    type Segments = Box<[Segment]>;
    type Peers = Box<[Peer]>;
    type Answers = Box<[Answer]>;
    type Sources = Box<[Searcher]>;
}

/// Finds nodes on the network, as a part of a tenant of the reactor.
pub struct Finder {
    discovery: Discovery<Boxed>,
    sockets: Sockets,
    watch: Watch,
    choice: Choice,
    observed: Observed,
    buffer: Box<[u8; DATAGRAM_BUFFER_LEN]>,
}

impl Finder {
    /// Most files that it has open: sockets of all interfaces, and the watch on these.
    pub(crate) const FILES: usize = INTERFACES_MAX * PURPOSES.len() + 1;

    /// Starts on the chosen interfaces. `announced` is `None` for a program that only searches. Takes the sources from
    /// `first` on.
    pub fn start<C>(
        reactor: &Reactor<C>,
        first: Source,
        id: Uuid,
        announced: Option<Announced>,
        choice: Choice,
    ) -> io::Result<Self> {
        let seed = u64::from_ne_bytes(p2pm_posix::random::bytes()?);
        let mut finder = Self {
            discovery: Discovery::new(Setup { id, announced, seed }, rows()),
            watch: Watch::start(reactor, first)?,
            sockets: Sockets::new(Source(first.0 + 1)),
            choice,
            observed: Observed::default(),
            buffer: Box::new([0; DATAGRAM_BUFFER_LEN]),
        };
        finder.update_interfaces(reactor, reactor.now(), &system::all()?);
        Ok(finder)
    }

    /// One of the sources is ready.
    pub fn set_ready(&mut self, now: Instant, source: Source) {
        if !self.watch.set_ready(now, source) {
            self.sockets.set_ready(now, source);
        }
    }

    /// Receives what has come, and sends what is due. `hear` is given what others say. Returns the interfaces of this machine
    /// if they or their addresses may have changed.
    pub fn poll<C>(
        &mut self,
        reactor: &Reactor<C>,
        now: Instant,
        mut hear: impl FnMut(&Message<'_>),
    ) -> Option<Vec<NetworkInterface>> {
        // If they cannot be listed now, they are with the next change.
        let changed = self.watch.has_changed(now).then(system::all).and_then(Result::ok);
        if let Some(all) = &changed {
            self.update_interfaces(reactor, now, all);
        }
        let Self { discovery, sockets, observed, buffer, .. } = self;
        sockets.rejoin_if_due(now);
        exchange(now, discovery, &mut sockets.at(now), buffer, |exchanged| match exchanged {
            Exchanged::Received(arrival, Ok(heard)) => {
                observed.received(&arrival, heard);
                if !heard.is_ours {
                    hear(&heard.message);
                }
            }
            // Rubbish, or from far away.
            Exchanged::Received(_, Err(_)) => {}
            Exchanged::Unsent(outgoing, error) => observed.unsent(&outgoing, &error),
        });
        changed
    }

    fn update_interfaces<C>(&mut self, reactor: &Reactor<C>, now: Instant, all: &[NetworkInterface]) {
        let listed = interfaces::chosen(&self.choice, all);
        for gone in self.sockets.others_than(&listed) {
            self.sockets.close(gone);
            self.observed.forget(gone);
            self.discovery.handle_interface(now, gone, None);
        }
        for interface in &listed {
            if self.discovery.handle_interface(now, interface.id, Some(interface.addresses)) {
                self.sockets.open(reactor, interface);
            }
        }
    }

    /// The next event.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.discovery.poll_event()
    }

    /// Searches on all interfaces.
    pub fn search(&mut self, now: Instant, what: SearchFor) {
        self.discovery.search(now, what);
    }

    /// Searches on the hosts that this machine has spoken with: a firewall that lets in only what was asked for lets in their
    /// answers.
    pub fn search_neighbours(&mut self, now: Instant) {
        let Self { discovery, sockets, buffer, .. } = self;
        let answering = neighbours::all().unwrap_or_default().into_iter().filter(|it| it.answers);
        for Neighbour { address, interface, .. } in answering.take(NEIGHBOURS) {
            if let Some(id) = sockets.interface(&interface)
                && let Some(outgoing) = discovery.search_host(id, address.into(), &mut buffer[..])
            {
                // It is tried again if nobody is found.
                let _ = sockets.at(now).send(&outgoing, &buffer[..outgoing.len]);
            }
        }
    }

    /// Says goodbye.
    pub fn leave(&mut self, now: Instant) {
        self.discovery.leave(now);
    }

    /// Whether the goodbyes are sent.
    pub fn has_left(&self) -> bool {
        self.discovery.has_left()
    }

    /// When to poll it even without an event.
    pub fn deadline(&self) -> Option<Instant> {
        [self.discovery.deadline(), self.sockets.deadline(), self.watch.deadline()]
            .into_iter()
            .fold(None, earliest)
    }

    /// See [`Discovery::waits_for`].
    pub fn waits_for(&self, found: &Found) -> bool {
        self.discovery.waits_for(found)
    }

    /// See [`Discovery::second_choices`].
    pub fn second_choices(&self, address: SocketAddr) -> impl Iterator<Item = &Found> {
        self.discovery.second_choices(address)
    }

    /// See [`Discovery::found`].
    pub fn found(&self) -> impl Iterator<Item = &Found> {
        self.discovery.found()
    }

    /// Number of the interface on which the node at this address was found.
    pub fn interface_of(&self, host: IpAddr) -> Option<u32> {
        self.discovery.interface_of(host).map(|InterfaceId(index)| index.get())
    }

    /// See [`Discovery::is_on_link`].
    pub fn is_on_link(&self, host: IpAddr) -> bool {
        self.discovery.is_on_link(host)
    }

    /// See [`Discovery::reached_from`].
    pub fn reached_from(&self, host: IpAddr) -> Reached {
        self.discovery.reached_from(host)
    }

    /// What was seen on each interface.
    pub fn seen(&self) -> Vec<Seen> {
        self.sockets.interfaces().map(|state| self.observed.seen(state)).collect()
    }
}

fn rows() -> Rows<Boxed> {
    Rows {
        segments: vec![Segment::EMPTY; INTERFACES_MAX].into(),
        peers: vec![Peer::EMPTY; PEERS].into(),
        answers: vec![Answer::EMPTY; ANSWERS].into(),
        sources: vec![Searcher::EMPTY; SEARCHERS].into(),
    }
}
