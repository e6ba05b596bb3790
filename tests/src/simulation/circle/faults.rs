//! Faults of the network and of the hosts.

use std::time::Duration;

use p2pm_core::channel::Ended;
use p2pm_core::time::Instant;
use p2pm_core::wire::Close;

use super::Circle;
use super::host::Running;
use crate::simulation::link::Side;

/// Time for the goodbyes of a node that leaves.
const FAREWELL: Duration = Duration::from_secs(2);

impl Circle {
    /// Whatever breaks at this moment, and whatever is repaired.
    pub(super) fn fail(&mut self) {
        self.network.heal(self.now);
        for index in 0..self.hosts.len() {
            match self.hosts[index].running {
                Running::Leaving(at) if at <= self.now => self.kill(index, false),
                Running::No(at) if at <= self.now => self.start(index),
                _ => {}
            }
        }
        while !self.network.is_calm && self.fault_at <= self.now {
            self.fail_once();
            self.fault_at = self.now + self.random.millis(200..=8_000);
        }
    }

    fn fail_once(&mut self) {
        let host = self.random.between(0..=self.hosts.len() - 1);
        match self.random.between(1..=100) {
            1..=40 => self.break_connection(),
            41..=50 => {
                let until = self.now + self.random.millis(1_000..=80_000);
                self.network.split(self.now, until, &mut self.random);
                self.look_at_all();
            }
            51..=60 => self.move_host(host),
            61..=70 => self.leave(host),
            71..=85 => {
                let in_silence = self.random.chance(30);
                self.kill(host, in_silence);
            }
            _ => {}
        }
    }

    fn look_at_all(&mut self) {
        for host in 0..self.hosts.len() {
            self.look_at_host(host);
        }
    }

    /// A connection is cut, or freezes for a while or for ever.
    fn break_connection(&mut self) {
        let numbers: Vec<_> = self.network.connections.keys().copied().collect();
        if numbers.is_empty() {
            return;
        }
        let number = self.random.pick(&numbers);
        let thaw = self.now + self.random.millis(500..=90_000);
        let connection = self.network.connections.get_mut(&number).expect("a connection");
        match self.random.between(1..=100) {
            1..=60 => connection.cut(self.now),
            61..=80 => connection.freeze(self.now, Some(thaw)),
            _ => connection.freeze(self.now, None),
        }
        self.look_at_both_ends(number);
    }

    /// A host gets another address. Its connections carry nothing any more, which it may be told.
    fn move_host(&mut self, index: usize) {
        self.change_address(index);
        let is_told = self.random.chance(30);
        for (number, _) in self.hosts[index].ends.clone() {
            let connection = self.network.connections.get_mut(&number).expect("a connection");
            if is_told {
                connection.cut(self.now);
            } else {
                connection.freeze(self.now, None);
            }
            self.look_at_both_ends(number);
        }
    }

    fn change_address(&mut self, index: usize) {
        let old = self.hosts[index].ip;
        self.hosts[index].ip = self.network.address(Some(old), &mut self.random);
    }

    /// The user ends the node, which says goodbye.
    fn leave(&mut self, index: usize) {
        if !self.hosts[index].is_up() {
            return;
        }
        self.hosts[index].running = Running::Leaving(self.now + FAREWELL);
        for (number, side) in self.hosts[index].ends.clone() {
            let connection = self.network.connections.get_mut(&number).expect("a connection");
            let end = connection.ends[side as usize].as_mut().expect("an end");
            if end.is_linked() {
                end.leave(&mut self.hosts[index].node, self.now);
                self.ended((number, side), Ended::ByUs(Close::Goodbye));
            }
        }
        self.hear_news(index);
        self.look_at_host(index);
    }

    /// The process of a node is gone; with its machine, if nobody hears of it.
    fn kill(&mut self, index: usize, in_silence: bool) {
        if matches!(self.hosts[index].running, Running::No(_)) {
            return;
        }
        let again =
            self.now + self.random.pick(&[Duration::ZERO, Duration::from_secs(1), Duration::from_secs(15)]);
        self.hosts[index].running = Running::No(again + Duration::from_millis(1));
        self.touched.insert(index);
        for (number, side) in std::mem::take(&mut self.hosts[index].ends) {
            let connection = self.network.connections.get_mut(&number).expect("a connection");
            connection.abandon(side, self.now, in_silence);
            self.bury(number);
            self.look_at_both_ends(number);
        }
    }

    fn start(&mut self, index: usize) {
        if self.random.chance(30) {
            self.change_address(index);
        }
        self.hosts[index].restart(self.now);
        self.touched.insert(index);
    }

    /// From now on there are no faults, and users say nothing.
    pub(super) fn calm_down(&mut self) {
        self.network.calm_down(self.now);
        for host in &mut self.hosts {
            host.is_full_until = Instant::default();
        }
        for number in self.network.connections.keys().copied().collect::<Vec<_>>() {
            for side in Side::BOTH {
                self.look_at((number, side));
            }
        }
    }
}
