//! A connection between the two hosts.

use p2pm_core::node::{Dial, Node, Passage};
use p2pm_core::time::Instant;

use super::end::{End, Transferred};
use super::host::Heap;
use super::job::Job;
use crate::simulation::link::{Link as Cable, Side};
use crate::simulation::world::Wake;

/// What a connection is made for.
pub enum Use {
    Link(Dial),
    Transfer(Passage),
}

/// A connection, by side.
pub struct Line {
    pub cable: Cable,
    pub hosts: [usize; 2],
    /// Those that have not dropped it.
    pub ends: [Option<End>; 2],
    /// How transfers have ended, at either end.
    pub past: [Option<Past>; 2],
}

/// The end of a transfer's connection, at one end.
#[derive(Clone, Copy)]
pub struct Past {
    pub it: Transferred,
    pub is_lost: bool,
}

impl Line {
    pub fn wake(
        &mut self,
        side: Side,
        node: &mut Node<Heap>,
        jobs: &mut [Job],
        now: Instant,
    ) -> Option<Wake> {
        let end = self.ends[side as usize].as_mut()?;
        Some(end.wake(&self.cable, side, node, jobs, now))
    }

    pub fn is_over(&self) -> bool {
        self.ends.iter().all(Option::is_none)
    }
}
