//! Segments, and the datagrams that are on their way.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use p2pm_core::discovery::{GROUPS_IPV4, GROUPS_IPV6, Interface, LocalPort, Outgoing, Reach, Subnet};
use p2pm_core::limits::{BROADCAST_PORT, SSDP_PORT};
use p2pm_core::time::Instant;

use super::packet::Packet;
use super::{World, addresses};
use crate::random::Random;

/// Faults of all segments.
#[derive(Clone, Copy, Default)]
pub struct Quality {
    /// Percent of the datagrams that are lost, and that arrive twice.
    pub lost: usize,
    pub doubled: usize,
    /// Longest delay in milliseconds.
    pub delay: usize,
}

/// A segment of the network.
#[derive(Default)]
struct Wire {
    /// Hosts on one side of a split; the others are on the other.
    split: BTreeSet<usize>,
    last_number: u16,
}

pub struct Network {
    wires: Vec<Wire>,
    flights: BTreeMap<(Instant, u64), (usize, Packet)>,
    sent: u64,
    pub quality: Quality,
    outage_until: Instant,
    random: Random,
}

impl Network {
    pub fn new(segments: usize, random: Random) -> Self {
        let quality = Quality { delay: 3, ..Quality::default() };
        let wires = (0..segments).map(|_| Wire::default()).collect();
        Self { wires, flights: BTreeMap::new(), sent: 0, quality, outage_until: Instant::default(), random }
    }

    /// A number for an address, which was nobody's before.
    pub fn next_number(&mut self, segment: usize) -> u16 {
        let wire = &mut self.wires[segment];
        wire.last_number += 1;
        wire.last_number
    }

    /// Everything is lost until then.
    pub fn fail_until(&mut self, until: Instant) {
        self.outage_until = until;
    }

    pub fn split(&mut self, segment: usize, hosts: BTreeSet<usize>) {
        self.wires[segment].split = hosts;
    }

    pub fn heal(&mut self) {
        for wire in &mut self.wires {
            wire.split.clear();
        }
    }

    pub fn are_together(&self, segment: usize, one: usize, other: usize) -> bool {
        let split = &self.wires[segment].split;
        split.contains(&one) == split.contains(&other)
    }

    pub fn segments(&self) -> usize {
        self.wires.len()
    }

    pub fn next_arrival(&self) -> Option<Instant> {
        self.flights.first_key_value().map(|((at, _), _)| *at)
    }

    /// What arrives until this moment, and at which node.
    pub fn arrivals(&mut self, now: Instant) -> Vec<(usize, Packet)> {
        let due = |flights: &mut BTreeMap<(Instant, u64), _>| {
            let first = flights.first_entry().filter(|first| first.key().0 <= now)?;
            Some(first.remove())
        };
        std::iter::from_fn(|| due(&mut self.flights)).collect()
    }

    /// Carries a datagram to a node, as well as it does; a host loses nothing on the way to itself.
    pub fn carry(&mut self, now: Instant, to: usize, packet: &Packet, is_looped: bool) {
        let Quality { lost, doubled, delay } = self.quality;
        if !is_looped && (now < self.outage_until || self.random.chance(lost)) {
            return;
        }
        for _ in 0..=usize::from(!is_looped && self.random.chance(doubled)) {
            self.sent += 1;
            let delay = if is_looped { Duration::ZERO } else { self.random.millis(0..=delay) };
            let at = now + Duration::from_millis(1) + delay;
            self.flights.insert((at, self.sent), (to, packet.clone()));
        }
    }
}

impl World {
    /// Has a node's datagram carried to whoever it reaches.
    pub(super) fn send(&mut self, index: usize, outgoing: &Outgoing, bytes: &[u8]) {
        let node = &self.nodes[index];
        let segment = self.hosts[node.host].segment_of(outgoing.interface);
        let ours = self.hosts[node.host].interfaces[segment].expect("an interface that is there");
        let port = match outgoing.port {
            LocalPort::Shared => SSDP_PORT,
            LocalPort::Broadcast => BROADCAST_PORT,
            LocalPort::Searching => node.searching_port(),
        };
        let from = SocketAddr::new(addresses::source(&ours, outgoing.to.ip()), port);
        let host = node.host;
        self.transmit(Some(host), segment, from, outgoing.to, bytes);
    }

    /// Has a datagram carried to whoever it reaches: from a host, or from a stranger who is on no side of a split.
    pub(super) fn transmit(
        &mut self,
        from_host: Option<usize>,
        segment: usize,
        from: SocketAddr,
        to: SocketAddr,
        bytes: &[u8],
    ) {
        let Some(first) = self.receivers(segment, to).first().copied() else { return };
        let id = self.hosts[self.nodes[first].host].interface_id(segment);
        let mut packet = Packet { interface: id, from, reach: reach(to.ip()), bytes: bytes.into() };
        for index in self.receivers(segment, to) {
            let host = self.nodes[index].host;
            packet.interface = self.hosts[host].interface_id(segment);
            if from_host.is_none_or(|from| self.network.are_together(segment, from, host)) {
                self.network.carry(self.now, index, &packet, from_host == Some(host));
            }
        }
    }

    /// The nodes whose sockets a datagram is for.
    fn receivers(&self, segment: usize, to: SocketAddr) -> Vec<usize> {
        let reached = self.nodes.iter().filter(|node| {
            let interface = self.hosts[node.host].interfaces[segment];
            node.is_up() && interface.is_some_and(|it| is_reached(&it, to)) && node.listens_on(to)
        });
        let mut reached: Vec<_> = reached.map(|node| node.index).collect();
        // Of those who share a port of a host, the one that was bound last has what is for the host alone.
        if reach(to.ip()) == Reach::Unicast {
            reached.sort_by_key(|index| self.nodes[*index].started);
            reached.drain(..reached.len().saturating_sub(1));
        }
        reached
    }
}

fn reach(to: IpAddr) -> Reach {
    match to {
        IpAddr::V4(ip) if ip.octets()[2..] == [255, 255] => Reach::Broadcast,
        to if to.is_multicast() => Reach::Group,
        _ => Reach::Unicast,
    }
}

fn is_reached(interface: &Interface, to: SocketAddr) -> bool {
    match (reach(to.ip()), to.ip()) {
        (Reach::Unicast, ip) => addresses::has(interface, ip),
        (Reach::Broadcast, ip) => {
            interface.ipv4.and_then(Subnet::broadcast).is_some_and(|it| IpAddr::from(it) == ip)
        }
        (Reach::Group, IpAddr::V4(ip)) => interface.ipv4.is_some() && GROUPS_IPV4.contains(&ip),
        (Reach::Group, IpAddr::V6(ip)) => interface.link_local.is_some() && GROUPS_IPV6.contains(&ip),
    }
}
