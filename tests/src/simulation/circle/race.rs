//! Races: two hosts that are linked twice must keep the same link.

use std::collections::BTreeMap;

use p2pm_core::limits::RACE_WINDOW;
use p2pm_core::time::Instant;

use super::book::Run;
use super::network::Connection;

/// A host and one of its connections.
type Held = (usize, usize);

/// Which of two links each host has kept.
#[derive(Default)]
pub struct Races {
    /// When the other host was introduced, by host and connection, and the runs of both nodes.
    introduced: BTreeMap<Held, (Instant, [Run; 2])>,
    /// By host and connection that it has closed as a duplicate: the one in whose favour.
    kept: BTreeMap<Held, usize>,
}

impl Races {
    pub fn introduced(&mut self, host: usize, number: usize, connection: &Connection, now: Instant) {
        let [one, other] = connection.hosts;
        let [of_one, of_other] = connection.lives;
        let mut runs = [(one, of_one), (other, of_other)];
        runs.sort_unstable();
        self.introduced.insert((host, number), (now, runs));
    }

    /// A host has closed one connection in favour of another. Had the other end done the opposite, both would be lost;
    /// that happens only where one was much younger than the other, for one of them.
    pub fn closed(&mut self, host: usize, other: usize, closed: usize, kept: usize) {
        self.kept.insert((host, closed), kept);
        if self.kept.get(&(other, kept)) != Some(&closed) {
            return;
        }
        let is_race = [host, other].iter().all(|host| {
            let [(one, of_one), (two, of_two)] =
                [closed, kept].map(|number| self.introduced[&(*host, number)]);
            of_one == of_two && one.max(two).since(one.min(two)) < RACE_WINDOW
        });
        assert!(
            !is_race,
            "{host} has closed {closed} in favour of {kept}, and {other} {kept} in favour of {closed}"
        );
    }
}
