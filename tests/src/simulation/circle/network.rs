//! The network between the hosts: addresses, partitions, connections.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};

use p2pm_core::node::Dial;
use p2pm_core::time::{Instant, earliest};

use super::end::End;
use crate::random::Random;
use crate::simulation::link::{Link as Cable, Quality, Side};

/// An end of a connection.
pub type EndId = (usize, Side);

/// A connection between two hosts, by side.
pub struct Connection {
    pub cable: Cable,
    pub hosts: [usize; 2],
    /// Runs of their nodes.
    pub lives: [u32; 2],
    /// What was dialled.
    pub address: SocketAddr,
    /// Those that have not dropped it.
    pub ends: [Option<End>; 2],
    /// Whether it has had no fault and cannot get one.
    pub is_sound: bool,
}

/// A dial under way.
pub struct Attempt {
    pub at: Instant,
    pub host: usize,
    pub life: u32,
    pub dial: Dial,
}

/// The network.
pub struct Network {
    pub connections: BTreeMap<usize, Connection>,
    next_connection: usize,
    pub attempts: Vec<Attempt>,
    /// Hosts in different groups do not reach each other.
    groups: Vec<usize>,
    heals_at: Option<Instant>,
    next_ip: u32,
    /// Addresses that nobody has any more.
    retired: Vec<Ipv4Addr>,
    pub is_calm: bool,
}

impl Network {
    pub fn new(hosts: usize) -> Self {
        Self {
            connections: BTreeMap::new(),
            next_connection: 0,
            attempts: Vec::new(),
            groups: vec![0; hosts],
            heals_at: None,
            next_ip: Ipv4Addr::new(10, 0, 0, 1).to_bits(),
            retired: Vec::new(),
            is_calm: false,
        }
    }

    /// An address for a host, in place of the one that it had. Now and then it was somebody else's before.
    pub fn address(&mut self, old: Option<Ipv4Addr>, random: &mut Random) -> Ipv4Addr {
        let known = if self.retired.is_empty() || !random.chance(30) {
            None
        } else {
            Some(self.retired.swap_remove(random.between(0..=self.retired.len() - 1)))
        };
        self.retired.extend(old);
        known.unwrap_or_else(|| {
            self.next_ip += 1;
            Ipv4Addr::from_bits(self.next_ip)
        })
    }

    pub fn connect(
        &mut self,
        hosts: [usize; 2],
        lives: [u32; 2],
        address: SocketAddr,
        ends: [End; 2],
        now: Instant,
        random: &mut Random,
    ) -> usize {
        let cable = if self.is_calm { Cable::without_faults(random) } else { Cable::new(now, random.fork()) };
        let is_sound = self.is_calm || cable.quality() != Quality::Bad;
        let connection = Connection { cable, hosts, lives, address, ends: ends.map(Some), is_sound };
        self.next_connection += 1;
        self.connections.insert(self.next_connection, connection);
        self.next_connection
    }

    pub fn reaches(&self, one: usize, other: usize) -> bool {
        self.groups[one] == self.groups[other]
    }

    /// Splits the network until then: connections across the split carry nothing as long.
    pub fn split(&mut self, now: Instant, until: Instant, random: &mut Random) {
        for group in &mut self.groups {
            *group = random.between(0..=1);
        }
        self.heals_at = Some(until);
        for connection in self.connections.values_mut() {
            let [one, other] = connection.hosts.map(|host| self.groups[host]);
            if one != other {
                connection.freeze(now, Some(until));
            }
        }
    }

    /// Joins the parts again if it is time.
    pub fn heal(&mut self, now: Instant) {
        if self.heals_at.take_if(|at| *at <= now).is_some() {
            self.groups.fill(0);
        }
    }

    /// From now on there are no faults. Connections that have or may get one are lost.
    pub fn calm_down(&mut self, now: Instant) {
        self.is_calm = true;
        self.groups.fill(0);
        self.heals_at = None;
        for connection in self.connections.values_mut().filter(|connection| !connection.is_sound) {
            connection.cable.cut(now);
        }
    }

    /// The dials whose outcome is known now.
    pub fn take_attempts(&mut self, now: Instant) -> Vec<Attempt> {
        self.attempts.extract_if(.., |attempt| attempt.at <= now).collect()
    }

    /// When something happens by itself.
    pub fn next_change(&self) -> Option<Instant> {
        earliest(self.heals_at, self.attempts.iter().map(|attempt| attempt.at).min())
    }
}

impl Connection {
    pub fn other_host(&self, side: Side) -> usize {
        self.hosts[side.other() as usize]
    }

    pub fn is_linked(&self, side: Side) -> bool {
        self.ends[side as usize].as_ref().is_some_and(End::is_linked)
    }

    /// Whether the ends are these two hosts, in any order.
    pub fn is_between(&self, one: usize, other: usize) -> bool {
        self.hosts == [one, other] || self.hosts == [other, one]
    }

    pub fn cut(&mut self, now: Instant) {
        self.is_sound = false;
        self.cable.cut(now);
    }

    pub fn freeze(&mut self, now: Instant, until: Option<Instant>) {
        self.is_sound = false;
        self.cable.freeze(now, until);
    }

    /// The process at one end has gone: the other end hears of it, or not.
    pub fn abandon(&mut self, side: Side, now: Instant, in_silence: bool) {
        self.is_sound = false;
        self.ends[side as usize] = None;
        if in_silence {
            self.cable.freeze(now, None);
        } else {
            self.cable.hang_up(side);
        }
    }
}
