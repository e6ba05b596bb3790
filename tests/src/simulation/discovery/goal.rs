//! What must be reached once there are no faults any more.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use p2pm_core::discovery::Uuid;
use p2pm_core::limits::{MAX_AGE, ROUND_INTERVAL_MAX};
use p2pm_core::time::Instant;

use super::ledger::Place;
use super::network::Quality;
use super::{FAREWELL_OUTAGE, World};

/// A little more than anything takes that is due.
const MARGIN: Duration = Duration::from_secs(5);
/// Until when nodes have announced themselves again, and all have found all.
const FINDING: Duration = Duration::from_secs(MAX_AGE.as_secs() / 2 + 3 * ROUND_INTERVAL_MAX.as_secs() + 5);
/// Time for a goodbye, with the lag of the shell.
const FAREWELL: Duration = Duration::from_millis(300);
/// How long nothing may change in the end.
const REST: Duration = Duration::from_secs(20);

impl World {
    /// Faults have ended: all find all, and those that are gone are forgotten.
    pub(super) fn settle(&mut self) {
        self.network.quality = Quality { delay: 3, ..Quality::default() };
        self.network.heal();
        self.restore();
        let calm = self.now;
        self.reach(calm + FINDING, Self::missing);
        if self.random.chance(10) {
            self.reach(calm + MAX_AGE + MARGIN, Self::surplus);
            self.rest();
        }
    }

    /// Sometimes a segment splits, for longer than announcements hold, and heals.
    pub(super) fn part(&mut self) {
        if !self.random.chance(2) {
            return;
        }
        self.split();
        self.run_until(self.now + MAX_AGE + MARGIN);
        assert_eq!(self.missing().or_else(|| self.surplus()), None, "after a long split");
        self.network.heal();
        self.reach(self.now + FINDING, Self::missing);
    }

    /// Waits until nothing of this is the case.
    fn reach(&mut self, deadline: Instant, open: impl Fn(&Self) -> Option<String>) {
        while let Some(open) = open(self) {
            assert!(self.now < deadline, "{open}");
            let step = self.now + Duration::from_secs(5);
            self.run_until(step.min(deadline));
        }
    }

    /// Nothing changes: nobody is told anything.
    fn rest(&mut self) {
        let before: Vec<_> = self.nodes.iter().map(|node| node.ledger.told).collect();
        let is_long = self.random.chance(20);
        self.run_until(self.now + if is_long { MAX_AGE + MARGIN } else { REST });
        for (node, before) in self.nodes.iter().zip(before) {
            assert!(
                node.ledger.told == before || node.ledger.is_crowded(),
                "{} was told something",
                node.index
            );
        }
        assert_eq!(self.missing(), None, "at rest");
    }

    /// One node leaves, and all others are told.
    pub(super) fn say_goodbye(&mut self) {
        let leaver = self.any_node();
        let of_leaver = |world: &Self, index: usize| {
            let mut places = world.expected(index, Self::common);
            places.retain(|_, id| *id == world.nodes[leaver].id);
            places
        };
        let before: Vec<_> = (0..self.nodes.len()).map(|index| of_leaver(self, index)).collect();
        self.nodes[leaver].leave(self.now);
        if self.random.chance(50) {
            let pause = self.random.millis(0..=100);
            self.run_until(self.now + pause);
        }
        self.network.fail_until(self.now + FAREWELL_OUTAGE);
        self.run_until(self.now + FAREWELL);
        assert!(self.nodes[leaver].has_left());
        assert_eq!(self.missing(), None, "after a goodbye");
        for (node, places) in self.nodes.iter().zip(before).filter(|(node, _)| !node.ledger.is_crowded()) {
            let still = places.keys().find(|place| node.ledger.known.contains_key(place));
            assert_eq!(still, None, "{} was not told of a goodbye", node.index);
        }
    }

    /// Whoever can hear each other has found each other.
    pub(super) fn check_found(&self) {
        assert_eq!(self.missing().or_else(|| self.surplus()), None, "after the start");
    }

    /// A node that was not found.
    fn missing(&self) -> Option<String> {
        self.nodes.iter().filter(|node| node.is_here()).find_map(|node| {
            let is_known = |(place, id): &(&Place, &Uuid)| node.ledger.is_known(place, **id);
            let expected = self.expected(node.index, Self::first_choice);
            let (place, id) = expected.iter().find(|expected| !is_known(expected))?;
            Some(format!("{} has not found {id} at {place:?}, at {:?}", node.index, self.now))
        })
    }

    /// A node that was found and is not there.
    fn surplus(&self) -> Option<String> {
        let here = self.nodes.iter().filter(|node| node.is_here() && !node.ledger.is_crowded());
        here.into_iter().find_map(|node| {
            let expected = self.expected(node.index, Self::common);
            let place = node.ledger.known.keys().find(|place| !expected.contains_key(place))?;
            Some(format!("{} believes that there is a node at {place:?}, at {:?}", node.index, self.now))
        })
    }

    /// Whom a node can hear, and at which of the addresses that both hosts have.
    fn expected(
        &self,
        index: usize,
        addresses: impl Fn(&Self, usize, usize, usize) -> BTreeSet<IpAddr> + Copy,
    ) -> BTreeMap<Place, Uuid> {
        let node = &self.nodes[index];
        let host = &self.hosts[node.host];
        let others = self.nodes.iter().filter(|other| other.index != index && other.is_here());
        let places = others.flat_map(|other| {
            let segments = 0..self.network.segments();
            let near = segments.filter(|it| self.network.are_together(*it, node.host, other.host));
            near.flat_map(move |segment| {
                let id = host.interface_id(segment);
                let place = move |ip| ((id, SocketAddr::new(ip, other.port.get())), other.id);
                addresses(self, segment, node.host, other.host).into_iter().map(place)
            })
        });
        places.collect()
    }

    /// The address that is told of in any case: the other one is where it was heard first.
    fn first_choice(&self, segment: usize, host: usize, other: usize) -> BTreeSet<IpAddr> {
        self.common(segment, host, other).into_iter().take(1).collect()
    }

    /// Addresses of the other host, of families that both have.
    fn common(&self, segment: usize, host: usize, other: usize) -> BTreeSet<IpAddr> {
        let interface = |host: usize| self.hosts[host].interfaces[segment];
        let (Some(ours), Some(theirs)) = (interface(host), interface(other)) else { return BTreeSet::new() };
        let ipv4 = ours.ipv4.and(theirs.ipv4).map(|it| it.address().into());
        let ipv6 = ours.link_local.and(theirs.link_local).map(|it| it.address().into());
        ipv4.into_iter().chain(ipv6).collect()
    }
}
