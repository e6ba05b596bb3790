//! Who else is on the network of a node.

use core::num::NonZeroU16;

use p2pm_core::discovery::{
    Announced, Discovery, Event, Found, Interface, Rows, SearchFor, Setup, Solitude, Storage, Uuid,
};
use p2pm_core::drive::exchange;
use p2pm_core::limits::DATAGRAM_BUFFER_LEN;
use p2pm_core::node::{self, CircleId, Node};
use p2pm_core::time::{Instant, earliest};

use crate::app::{Board, Clock, Neighbourhood, Platform};

/// What tells a node on the network `N` whom there is to dial, besides those that are named.
pub trait Finder<N> {
    /// Does what is possible now; true if there may be more to do at once.
    fn poll<M: node::Storage>(
        &mut self,
        now: Instant,
        network: &mut N,
        node: &mut Node<M>,
        circle: CircleId,
    ) -> bool;

    /// When to poll even without an event.
    fn deadline(&self) -> Option<Instant>;

    /// Says goodbye. Polls until [`has_left`](Self::has_left) follow.
    fn leave(&mut self, now: Instant);

    /// Whether the goodbyes are sent.
    fn has_left(&self) -> bool;
}

/// Nobody: only those are dialled that are named.
#[derive(Clone, Copy, Debug)]
pub struct Nobody;

impl<N> Finder<N> for Nobody {
    fn poll<M: node::Storage>(&mut self, _: Instant, _: &mut N, _: &mut Node<M>, _: CircleId) -> bool {
        false
    }

    fn deadline(&self) -> Option<Instant> {
        None
    }

    fn leave(&mut self, _now: Instant) {}

    fn has_left(&self) -> bool {
        true
    }
}

/// Whoever is found by discovery; and the node is found by others.
pub struct Lookout<M: Storage> {
    discovery: Discovery<M>,
    /// The addresses that are announced.
    addresses: Option<Interface>,
    solitude: Solitude,
}

impl<M: Storage> Lookout<M> {
    /// For a node that listens on `port`.
    pub fn new<P>(board: &mut Board<P>, port: NonZeroU16, rows: Rows<M>) -> Self
    where
        P: Platform<Network: Neighbourhood>,
    {
        board.network.join();
        let setup = Setup {
            id: Uuid::from_random(board.random()),
            // The device has no web server. Tools want to be told of one all the same.
            announced: Some(Announced { node: port, description: port }),
            seed: u64::from_ne_bytes(board.random()),
        };
        Self {
            discovery: Discovery::new(setup, rows),
            addresses: None,
            solitude: Solitude::new(board.clock.now()),
        }
    }

    /// The nodes that it knows of.
    pub fn found(&self) -> impl Iterator<Item = &Found> {
        self.discovery.found()
    }

    /// Looks whether the device has other addresses now.
    fn update_addresses<S: node::Storage>(
        &mut self,
        now: Instant,
        network: &impl Neighbourhood,
        node: &mut Node<S>,
    ) {
        let (id, addresses) = network.interface();
        if addresses != self.addresses {
            self.addresses = addresses;
            self.discovery.handle_interface(now, id, addresses);
            node.retain_found(|host| self.discovery.is_on_link(host));
        }
    }

    fn search_if_alone<S: node::Storage>(&mut self, now: Instant, node: &Node<S>) {
        if self.solitude.is_due(now) && !node.contacts().any(|(_, contact)| contact.is_linked()) {
            self.discovery.search(now, SearchFor::Nodes);
        }
    }
}

impl<N: Neighbourhood, M: Storage> Finder<N> for Lookout<M> {
    fn poll<S: node::Storage>(
        &mut self,
        now: Instant,
        network: &mut N,
        node: &mut Node<S>,
        circle: CircleId,
    ) -> bool {
        self.update_addresses(now, network, node);
        self.search_if_alone(now, node);
        let Self { discovery, .. } = self;
        let is_due = discovery.deadline().is_some_and(|deadline| deadline <= now);
        let again = (is_due || network.has_datagrams()) && talk(now, discovery, network);
        while let Some(event) = discovery.poll_event() {
            if let Event::Found(found) = event {
                // Which circle it is in, is not said.
                node.found(now, found.endpoint, circle, discovery.waits_for(&found));
            }
        }
        again
    }

    fn deadline(&self) -> Option<Instant> {
        earliest(self.discovery.deadline(), Some(self.solitude.deadline()))
    }

    fn leave(&mut self, now: Instant) {
        self.discovery.leave(now);
    }

    fn has_left(&self) -> bool {
        self.discovery.has_left()
    }
}

/// Receives what has come, and sends what is due; true if more may be waiting.
#[inline(never)] // its buffer should not be on the stack below anything else
fn talk<M: Storage>(now: Instant, discovery: &mut Discovery<M>, network: &mut impl Neighbourhood) -> bool {
    let mut buffer = [0; DATAGRAM_BUFFER_LEN];
    // What is not sent is said again.
    exchange(now, discovery, network, &mut buffer, |_| {})
}
