//! Dials, and the connections that come of them.

use std::time::Duration;

use p2pm_core::limits::{CONNECT_TIMEOUT, ENTROPY_LEN};
use p2pm_core::node::Dial;
use p2pm_core::suite::Entropy;

use super::Circle;
use super::end::End;
use super::network::Attempt;
use crate::simulation::link::Side;

impl Circle {
    /// Has nodes dial what is due.
    pub(super) fn make_attempts(&mut self) {
        while let Some(index) = self.touched.pop_first() {
            while let Some(dial) = self.next_dial(index) {
                self.attempt(index, dial);
            }
            let host = &mut self.hosts[index];
            host.dials_at = if host.is_up() { host.node.dial_deadline(self.now) } else { None };
        }
    }

    fn next_dial(&mut self, index: usize) -> Option<Dial> {
        let host = &mut self.hosts[index];
        let dial = if host.is_up() { host.node.next_dial(self.now) } else { None }?;
        host.count_dial(self.now, dial.address());
        Some(dial)
    }

    /// Whether and when somebody answers is known later.
    fn attempt(&mut self, host: usize, dial: Dial) {
        let takes = match self.listener(host, &dial) {
            Some(_) => self.random.millis(1..=200),
            None => self.random.pick(&[Duration::from_millis(10), CONNECT_TIMEOUT]),
        };
        let life = self.hosts[host].life;
        self.network.attempts.push(Attempt { at: self.now + takes, host, life, dial });
    }

    /// The host that listens where another one dials.
    fn listener(&self, from: usize, dial: &Dial) -> Option<usize> {
        let listens = |index: &usize| {
            let host = &self.hosts[*index];
            host.is_up() && dial.address() == host.endpoint().into() && self.network.reaches(from, *index)
        };
        (0..self.hosts.len()).find(listens)
    }

    /// A dial is connected, or fails.
    pub(super) fn finish_attempt(&mut self, attempt: &Attempt) {
        let host = &mut self.hosts[attempt.host];
        if host.life != attempt.life || !host.is_up() {
            return;
        }
        if let Some(other) = self.listener(attempt.host, &attempt.dial) {
            self.connect(attempt.host, other, attempt.dial);
        } else {
            self.hosts[attempt.host].node.dial_failed(self.now, attempt.dial);
            self.touched.insert(attempt.host);
        }
    }

    fn connect(&mut self, from: usize, to: usize, dial: Dial) {
        let [here, there] = [(); 2].map(|()| Entropy::new(self.random.bytes::<ENTROPY_LEN>()));
        let dialler = &mut self.hosts[from];
        let ends = [
            End::dialled(&mut dialler.node, self.now, dial, here),
            End::accepted(self.now, dialler.ip.into(), there),
        ];
        let hosts = [from, to];
        let lives = hosts.map(|host| self.hosts[host].life);
        let number = self.network.connect(hosts, lives, dial.address(), ends, self.now, &mut self.random);
        for (side, host) in Side::BOTH.into_iter().zip(hosts) {
            self.hosts[host].ends.insert((number, side));
            let (open, hosts) = (self.hosts[host].ends.len(), self.hosts.len());
            assert!(open <= 8 * hosts, "{host} has {open} connections in a circle of {hosts}");
        }
        self.look_at_both_ends(number);
    }
}
