//! Ends of connections that can do something, and when the others can.

use std::collections::{BTreeMap, BTreeSet};

use p2pm_core::time::Instant;

use super::network::EndId;
use crate::random::Random;

/// What all ends wait for.
#[derive(Default)]
pub struct Schedule {
    ready: BTreeSet<EndId>,
    later: BTreeMap<EndId, Instant>,
}

impl Schedule {
    /// Replaces what is known of an end.
    pub fn set(&mut self, id: EndId, is_ready: bool, later: Option<Instant>) {
        self.remove(id);
        if is_ready {
            self.ready.insert(id);
        } else if let Some(later) = later {
            self.later.insert(id, later);
        }
    }

    pub fn remove(&mut self, id: EndId) {
        self.ready.remove(&id);
        self.later.remove(&id);
    }

    /// One of the ends that can do something.
    pub fn pick(&self, random: &mut Random) -> Option<EndId> {
        let last = self.ready.len().checked_sub(1)?;
        self.ready.iter().nth(random.between(0..=last)).copied()
    }

    /// The ends whose moment has come.
    pub fn due(&self, now: Instant) -> Vec<EndId> {
        self.later.iter().filter(|(_, later)| **later <= now).map(|(id, _)| *id).collect()
    }

    /// The next such moment.
    pub fn next(&self) -> Option<Instant> {
        self.later.values().min().copied()
    }
}
