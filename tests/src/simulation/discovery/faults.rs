//! Faults of the network and of the hosts.

use std::time::Duration;

use p2pm_core::time::Instant;

use super::World;
use super::network::Quality;

/// Time for the goodbye of a node that leaves.
const FAREWELL: Duration = Duration::from_millis(200);

impl World {
    /// Faults for a while, one after the other.
    pub(super) fn trouble(&mut self) {
        let percents = [0, 5, 20, 50];
        let lost = self.random.pick(&percents);
        let doubled = self.random.pick(&percents);
        self.network.quality = Quality { lost, doubled, delay: self.random.pick(&[3, 50, 300]) };
        for _ in 0..self.random.between(0..=8) {
            self.fail();
            let pause = self.random.millis(0..=4_000);
            self.run_until(self.now + pause);
        }
    }

    fn fail(&mut self) {
        match self.random.between(1..=100) {
            1..=12 => self.split(),
            13..=18 => self.network.heal(),
            19..=28 => self.readdress(),
            29..=42 => self.unplug_or_plug(),
            43..=54 => self.leave(),
            55..=66 => self.kill(),
            67..=72 => {
                let index = self.any_node();
                self.nodes[index].search(self.now);
            }
            _ => self.disturb(),
        }
    }

    pub(super) fn any_node(&mut self) -> usize {
        self.random.between(0..=self.nodes.len() - 1)
    }

    pub(super) fn any_host(&mut self) -> usize {
        self.random.between(0..=self.hosts.len() - 1)
    }

    /// Splits a segment in two.
    pub(super) fn split(&mut self) {
        let segment = self.any_segment();
        let random = &mut self.random;
        let hosts = (0..self.hosts.len()).filter(|_| random.chance(50)).collect();
        self.network.split(segment, hosts);
    }

    pub(super) fn any_segment(&mut self) -> usize {
        self.random.between(0..=self.network.segments() - 1)
    }

    fn readdress(&mut self) {
        let (host, segment) = (self.any_host(), self.any_segment());
        if self.hosts[host].interfaces[segment].is_some() {
            self.hosts[host].readdress(segment, &mut self.network, &mut self.random);
            self.tell_nodes(host, segment);
        }
    }

    fn unplug_or_plug(&mut self) {
        let (host, segment) = (self.any_host(), self.any_segment());
        if self.hosts[host].interfaces[segment].take().is_none() {
            self.hosts[host].readdress(segment, &mut self.network, &mut self.random);
        }
        self.tell_nodes(host, segment);
    }

    /// The nodes of a host are told of an interface.
    fn tell_nodes(&mut self, host: usize, segment: usize) {
        let of_host = self.nodes.iter_mut().filter(|node| node.host == host);
        of_host.into_iter().for_each(|node| node.change_interface(self.now, &self.hosts[host], segment));
        self.run_moment();
    }

    /// A node says goodbye, and starts again after a while.
    fn leave(&mut self) {
        let index = self.any_node();
        if self.nodes[index].is_up() {
            self.nodes[index].leave(self.now);
            self.run_until(self.now + FAREWELL);
            assert!(self.nodes[index].has_left(), "a farewell takes too long");
            self.stop(index);
        }
    }

    fn kill(&mut self) {
        let index = self.any_node();
        if self.nodes[index].is_up() {
            self.stop(index);
        }
    }

    fn stop(&mut self, index: usize) {
        let again = self.now + self.random.millis(1..=15_000);
        self.nodes[index].stop(again);
    }

    /// All interfaces are there again, and all nodes start within a second.
    pub(super) fn restore(&mut self) {
        for host in 0..self.hosts.len() {
            for segment in 0..self.network.segments() {
                if self.hosts[host].interfaces[segment].is_none() {
                    self.hosts[host].readdress(segment, &mut self.network, &mut self.random);
                    self.tell_nodes(host, segment);
                }
            }
        }
        let soon = self.now + Duration::from_secs(1);
        for node in &mut self.nodes {
            node.down_until = node.down_until.map(|until: Instant| until.min(soon));
        }
        self.run_until(soon);
    }
}
