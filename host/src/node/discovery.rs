//! Discovery as a part of a node: whoever is found is dialled.

use std::collections::{BTreeMap, HashSet};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU16;

use p2pm_core::discovery::{Announced, Event, Found, SearchFor, Solitude, Uuid};
use p2pm_core::node::{Dial, Node};
use p2pm_core::time::{Instant, earliest};
use p2pm_core::wire::Reached;
use p2pm_posix::interfaces::{self, NetworkInterface};

use super::connection::Connection;
use super::storage::Boxed;
use super::{DESCRIPTION, FINDER, News, NodeServer, bind_any};
use crate::discovery::{Choice, Description, Finder, Seen};
use crate::doctor::{Company, first_hint};
use crate::reactor::listener::Listener;
use crate::reactor::{Reactor, Source};

/// Most connections on which the description is asked for.
const DESCRIPTIONS: usize = 16;
/// Descriptions asked for that are taken in one poll.
const DESCRIPTIONS_PER_POLL: usize = 4;

/// A finder, and the description that it announces.
pub(super) struct Discovering {
    finder: Finder,
    description: Listener,
    id: Uuid,
    solitude: Solitude,
}

impl Discovering {
    /// Announces a node that listens on `port`, and searches for others.
    pub(super) fn start(reactor: &Reactor<Connection>, port: NonZeroU16, choice: Choice) -> io::Result<Self> {
        let description = bind_any(0, reactor, DESCRIPTION)?;
        let id = Uuid::from_random(p2pm_posix::random::bytes()?);
        let announced = NonZeroU16::new(description.local_addr()?.port())
            .map(|description| Announced { node: port, description });
        let finder = Finder::start(reactor, FINDER, id, announced, choice)?;
        Ok(Self { finder, description, id, solitude: Solitude::new(reactor.now()) })
    }

    pub(super) fn set_ready(&mut self, now: Instant, source: Source) {
        match source {
            DESCRIPTION => self.description.set_ready(now),
            source => self.finder.set_ready(now, source),
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        [self.description.deadline(), Some(self.solitude.deadline())]
            .into_iter()
            .fold(self.finder.deadline(), earliest)
    }

    /// Searches again.
    pub(super) fn search(&mut self, now: Instant) {
        self.search_groups(now);
        self.finder.search_neighbours(now);
    }

    /// Searches on whole networks alone: what comes back shows what others hear.
    pub(super) fn search_groups(&mut self, now: Instant) {
        self.finder.search(now, SearchFor::Nodes);
    }

    /// Which messages of the nodes of this host are heard.
    pub(super) fn reached_from(&self, host: IpAddr) -> Reached {
        self.finder.reached_from(host)
    }

    /// Says goodbye.
    pub(super) fn leave(&mut self, now: Instant) {
        self.finder.leave(now);
    }

    /// Whether the goodbyes are sent.
    pub(super) fn has_left(&self) -> bool {
        self.finder.has_left()
    }

    /// What was seen on each interface.
    pub(super) fn seen(&self) -> Vec<Seen> {
        self.finder.seen()
    }
}

/// The nodes that were found, of which none is linked.
fn company<'f>(node: &Node<Boxed>, found: impl Iterator<Item = &'f Found>) -> Company {
    let (mut strangers, mut unreached) = (HashSet::new(), BTreeMap::new());
    for Found { id, endpoint, .. } in found {
        if node.has_given_up(*endpoint) {
            strangers.insert(*id);
        } else {
            unreached.entry(*id).or_insert(SocketAddr::from(*endpoint));
        }
    }
    strangers.retain(|id| !unreached.contains_key(id));
    Company { strangers: strangers.len(), unreached: unreached.into_values().collect() }
}

impl NodeServer {
    /// Looks for others, and describes this node to those who ask.
    pub(super) fn discover(&mut self, now: Instant) {
        if self.discovering.as_ref().and_then(Discovering::deadline).is_none_or(|deadline| now < deadline) {
            return;
        }
        self.describe(now);
        let Some(Discovering { finder, .. }) = &mut self.discovering else { return };
        let changed = finder.poll(&self.reactor, now, |_| {});
        while let Some(event) = finder.poll_event() {
            if let Event::Found(found) = event {
                // Which circle it is in, is not said.
                let waits = finder.waits_for(&found);
                for circle in self.circles.ids() {
                    self.node.found(now, found.endpoint, circle, waits);
                }
            }
        }
        if let Some(interfaces) = changed {
            self.node.retain_found(|host| finder.is_on_link(host));
            self.end_stranded(&interfaces);
        }
    }

    /// Ends connections from addresses that this machine has no longer. Nothing comes back on them, and a link that seems to
    /// last is kept where a new one is dialled by the larger key.
    fn end_stranded(&self, interfaces: &[NetworkInterface]) {
        let ours: HashSet<_> = interfaces.iter().flat_map(|it| &it.addresses).map(|(ip, _)| *ip).collect();
        for connection in self.reactor.connections() {
            if let Connection::Peer(peer) = connection
                && peer.is_stranded(&ours)
            {
                peer.shut_down();
            }
        }
    }

    /// Says once why nobody may have been found, if nobody was, and looks for others from time to time as long as nobody is.
    pub(super) fn search_if_alone(&mut self, now: Instant) {
        let Some(discovering) = &mut self.discovering else { return };
        if !discovering.solitude.is_due(now) || self.node.contacts().any(|(_, contact)| contact.is_linked()) {
            return;
        }
        discovering.search(now);
        if discovering.solitude.takes_hint(now, self.journal.has_met()) {
            let company = company(&self.node, discovering.finder.found());
            self.journal.tell(News::Alone { finding: first_hint(&discovering.seen(), &company) });
        }
    }

    fn describe(&mut self, now: Instant) {
        for _ in 0..DESCRIPTIONS_PER_POLL {
            let Some(Discovering { description, id, .. }) = &mut self.discovering else { return };
            let Some((stream, _)) = description.accept(now) else { return };
            let description = Connection::Describing(Description::new(now, stream, *id));
            let is_description = |it: &&Connection| matches!(it, Connection::Describing(_));
            if self.reactor.connections().filter(is_description).count() < DESCRIPTIONS {
                // Where there is no room, the connection is closed.
                let _ = self.insert(now, description);
            }
        }
    }

    /// Nobody answers there: tries where else the node was heard that should.
    pub(super) fn try_elsewhere(&mut self, now: Instant, order: &Dial) {
        let Some(Discovering { finder, .. }) = &self.discovering else { return };
        for found in finder.second_choices(order.address()) {
            self.node.found_elsewhere(now, order, found.endpoint);
        }
    }

    /// The address with the interface on which it was found, or else with the one that was named, if it means nothing without.
    pub(super) fn scoped(&self, address: SocketAddr) -> SocketAddr {
        let interface = |ip| self.discovering.as_ref().and_then(|it| it.finder.interface_of(ip));
        match address {
            SocketAddr::V6(mut address) if address.ip().is_unicast_link_local() => {
                let scope = interface(IpAddr::V6(*address.ip())).or_else(|| self.zones.of(*address.ip()));
                address.set_scope_id(scope.unwrap_or_default());
                SocketAddr::V6(address)
            }
            address => address,
        }
    }

    /// The same as text that `--connect` takes, with the name of the interface.
    pub(super) fn shown(&self, address: SocketAddr) -> String {
        match self.scoped(address) {
            SocketAddr::V6(address) if address.scope_id() != 0 => {
                let scope = address.scope_id();
                let zone = interfaces::name_of(scope).unwrap_or_else(|| scope.to_string());
                format!("[{}%{zone}]:{}", address.ip(), address.port())
            }
            address => address.to_string(),
        }
    }
}
