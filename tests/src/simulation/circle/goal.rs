//! What must be reached once there are no faults any more, and then stay.

use std::collections::BTreeSet;

use p2pm_core::limits::{CONNECT_TIMEOUT, HANDSHAKE_TIMEOUT, RACE_WINDOW};
use p2pm_core::node::{Delivery, Policy};

use super::{CHECK_INTERVAL, Circle, REST, SETTLING};
use crate::simulation::link::Side;

/// Most dials of one address within a minute at rest. Every wait is twice as long as the one before, and the first ones of
/// an address that was put off until now are as short as can be: 0.75 + 1.5 + 3 + 6 + 12 + 24 seconds are less than a minute.
const DIALS_AT_REST: usize = 7;

/// Two hosts, the one with the smaller index first.
type Pair = (usize, usize);

impl Circle {
    /// Runs until everyone who may be linked is, and every text was received or has failed.
    pub(super) fn settle(&mut self) {
        let deadline = self.now + SETTLING;
        loop {
            self.run_until(self.now + CHECK_INTERVAL);
            self.introduce_strangers();
            let Some(missing) = self.missing() else { return };
            assert!(self.now < deadline, "{missing}");
        }
    }

    /// Nothing changes any more: who is linked stays so, and little is dialled.
    pub(super) fn rest(&mut self) {
        // A dial that was under way, and then its handshake, may still replace the link that came first.
        self.run_until(self.now + CONNECT_TIMEOUT + HANDSHAKE_TIMEOUT + RACE_WINDOW);
        let changes = self.changes;
        self.run_until(self.now + REST);
        assert_eq!(self.missing(), None, "at rest");
        assert_eq!(self.changes, changes, "links come and go at rest");
        for host in &self.hosts {
            let dials = host.most_dials(self.now);
            assert!(dials <= DIALS_AT_REST, "{} dials {dials} times a minute at rest", host.index);
        }
        self.check_deliveries();
    }

    /// What has not been reached yet.
    fn missing(&mut self) -> Option<String> {
        if let Some(host) = self.hosts.iter().find(|host| !host.is_up()) {
            return Some(format!("{} is not started again", host.index));
        }
        if self.network.connections.values().any(|connection| !connection.is_sound) {
            return Some("an end has not noticed that its connection is lost".into());
        }
        for (one, other) in self.pairs() {
            let expected = usize::from(self.may_link(one, other));
            let count = self.links_between(one, other);
            if count != expected || self.is_here(one, other) != (expected == 1) {
                return Some(format!("{count} links between {one} and {other}, not {expected}"));
            }
            for (from, to) in [(one, other), (other, one)] {
                let open = self.book.first_open(self.hosts[from].run(), to).filter(|_| expected == 1);
                if let Some(open) = open {
                    return Some(format!("{from} does not know whether {to} has received {open}"));
                }
            }
        }
        None
    }

    fn pairs(&self) -> impl Iterator<Item = Pair> + use<> {
        let count = self.hosts.len();
        (0..count).flat_map(move |one| (one + 1..count).map(move |other| (one, other)))
    }

    /// Number of connections that at least one end takes for a link.
    fn links_between(&self, one: usize, other: usize) -> usize {
        let connections = self.network.connections.values();
        let is_link = |it: &&super::network::Connection| Side::BOTH.iter().any(|side| it.is_linked(*side));
        connections.filter(|connection| connection.is_between(one, other)).filter(is_link).count()
    }

    /// Whether each of them has the other one for a contact that is here. They agree on it.
    fn is_here(&self, one: usize, other: usize) -> bool {
        let is_here = |index: usize, of: usize| {
            self.hosts[index].contact(&self.hosts[of].key).is_some_and(|(_, contact)| contact.is_here())
        };
        is_here(one, other) && is_here(other, one)
    }

    /// Whether two hosts may be linked: each one would have the other.
    pub(super) fn may_link(&self, one: usize, other: usize) -> bool {
        self.hosts[one].character.secrets == self.hosts[other].character.secrets
            && self.would_have(one, other)
            && self.would_have(other, one)
    }

    fn would_have(&self, index: usize, other: usize) -> bool {
        let host = &self.hosts[index];
        let will_refuse = host.character.refuses.is_some_and(|(refused, _)| refused == other);
        match (host.trust(&self.hosts[other].key), host.character.policy) {
            (Some(trust), _) => trust.is_accepted(),
            (None, Policy::All) => true,
            (None, Policy::Known) => false,
            (None, Policy::Ask) => !will_refuse,
        }
    }

    /// Those who may be linked but do not know where the other one is, nor know anybody who does, are told.
    fn introduce_strangers(&mut self) {
        if self.hosts.iter().any(|host| !host.is_up()) {
            return;
        }
        let wanted: BTreeSet<_> = self.pairs().filter(|(one, other)| self.may_link(*one, *other)).collect();
        let mut known: BTreeSet<_> =
            wanted.iter().copied().filter(|(one, other)| self.know_each_other(*one, *other)).collect();
        loop {
            self.spread(&wanted, &mut known);
            let Some((one, other)) = wanted.difference(&known).next().copied() else { return };
            known.insert((one, other));
            let (from, to) = if self.random.chance(50) { (one, other) } else { (other, one) };
            self.connect_to(from, to);
        }
    }

    /// Adds the pairs that find each other by the rosters of others.
    fn spread(&self, wanted: &BTreeSet<Pair>, known: &mut BTreeSet<Pair>) {
        let is_known = |known: &BTreeSet<Pair>, one: usize, other: usize| {
            known.contains(&(one.min(other), one.max(other)))
        };
        while let Some(pair) = wanted.difference(known).copied().find(|(one, other)| {
            (0..self.hosts.len()).any(|third| is_known(known, *one, third) && is_known(known, third, *other))
                && (self.would_dial(*one, *other) || self.would_dial(*other, *one))
        }) {
            known.insert(pair);
        }
    }

    /// Whether they are linked, or one of them has the address of the other one.
    fn know_each_other(&self, one: usize, other: usize) -> bool {
        let knows = |index: usize, other: usize| {
            let (host, endpoint) = (&self.hosts[index], self.hosts[other].endpoint());
            let is_contact = host.contact(&self.hosts[other].key).is_some_and(|(_, contact)| {
                contact.known().is_accepted() && contact.known().endpoint == Some(endpoint)
            });
            self.would_dial(index, other) && (is_contact || host.typed.contains(&endpoint.into()))
        };
        self.is_here(one, other) || knows(one, other) || knows(other, one)
    }

    /// Whether the address of the other one was not given up.
    fn would_dial(&self, index: usize, other: usize) -> bool {
        !self.hosts[index].given_up.contains(&self.hosts[other].endpoint().into())
    }

    /// What nodes say of their texts is true.
    fn check_deliveries(&self) {
        for host in &self.hosts {
            for sequence in 1..=host.last_said {
                for (contact, delivery) in host.node.recipients(sequence) {
                    let other = self.host_of(host.index, contact);
                    let is_confirmed = self.book.is_confirmed(host.run(), other, sequence);
                    assert_eq!(
                        delivery == Delivery::Received,
                        is_confirmed,
                        "{sequence} from {} to {other} is {delivery:?}",
                        host.index
                    );
                }
            }
        }
    }
}
