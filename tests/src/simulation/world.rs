//! Virtual time: whatever can happen now happens, in an order that the seed determines; then time advances.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use p2pm_core::channel::Ended;
use p2pm_core::limits::{FRAME_TIMEOUT, LINGER_TIMEOUT, SILENCE_TIMEOUT};
use p2pm_core::time::{Instant, earliest};
use p2pm_core::wire::Close;

use super::link::{Link, Quality, Side};
use super::port::Port;
use super::tap::Record;
use super::tape;
use crate::random::Random;

/// Longest time that an end may outlive its link.
const AFTERLIFE: Duration = SILENCE_TIMEOUT.saturating_add(LINGER_TIMEOUT).saturating_add(FRAME_TIMEOUT);
/// More steps than this at one moment are a busy loop.
const STEPS_AT_ONCE: usize = 200_000;

/// What an end waits for.
#[derive(Clone, Copy, Debug)]
pub struct Wake {
    /// Something can be done now.
    pub ready: bool,
    /// When to wake it if nothing happens.
    pub deadline: Option<Instant>,
    /// It keeps to the rules, so it drops a dead link.
    pub honest: bool,
}

/// A scenario: numbered pairs of ends, and users who act on them.
pub trait World {
    /// What the pairs share.
    type Shared: PartialEq;

    fn pairs(&self) -> Vec<usize>;
    fn link(&mut self, pair: usize) -> &mut Link;
    /// `None` if the end has dropped the connection.
    fn wake(&mut self, pair: usize, side: Side, now: Instant) -> Option<Wake>;
    fn random(&mut self) -> &mut Random;
    /// As long as this stays the same, pumping a pair changes what no other pair waits for.
    fn shared(&self) -> Self::Shared;
    /// Pumps one end.
    fn pump(&mut self, pair: usize, side: Side, now: Instant);
    /// Runs the users whose moment has come; returns when the next one's will, which is later than now.
    fn act(&mut self, now: Instant) -> Option<Instant>;
    /// Checks a pair of which both ends have dropped the connection.
    fn bury(&mut self, pair: usize);
}

/// Runs the world until this moment, or until nothing more can happen.
pub fn run(world: &mut impl World, mut now: Instant, until: Instant) -> Instant {
    loop {
        match run_moment(world, now) {
            Some(next) if next <= until => {
                assert!(next > now, "something was due at {next:?} and is not done at {now:?}");
                now = next;
            }
            None => {
                assert!(world.pairs().is_empty(), "wedged: neither end will ever go on");
                return until;
            }
            Some(_) => return until,
        }
    }
}

/// Everything that can happen at this moment; returns the next one.
fn run_moment(world: &mut impl World, now: Instant) -> Option<Instant> {
    let next_act = world.act(now);
    let mut survey = Survey::of_all(world, now);
    for _ in 0..STEPS_AT_ONCE {
        if survey.ready.is_empty() {
            return earliest(next_act, survey.next_change());
        }
        let (pair, side) = world.random().pick(&survey.ready);
        let shared = world.shared();
        world.pump(pair, side, now);
        if world.shared() == shared {
            survey.look_at(world, pair, now);
        } else {
            survey = Survey::of_all(world, now);
        }
    }
    panic!("going round in circles at {now:?}");
}

/// What all pairs wait for at one moment.
#[derive(Default)]
struct Survey {
    /// The ends that can do something, by pair.
    ready: Vec<(usize, Side)>,
    /// When a pair changes by itself.
    changes: BTreeMap<usize, Option<Instant>>,
}

impl Survey {
    fn of_all(world: &mut impl World, now: Instant) -> Self {
        let mut survey = Self::default();
        for pair in world.pairs() {
            survey.look_at(world, pair, now);
        }
        survey
    }

    /// Replaces what it has of this pair, and buries the pair if it is over.
    fn look_at(&mut self, world: &mut impl World, pair: usize, now: Instant) {
        let mut at = self.ready.partition_point(|(other, _)| *other < pair);
        let end = self.ready.partition_point(|(other, _)| *other <= pair);
        self.ready.drain(at..end);
        let link = world.link(pair);
        link.advance(now);
        let dead = link.dead_since();
        let mut next = None;
        let mut over = true;
        for side in Side::BOTH {
            let Some(wake) = world.wake(pair, side, now) else { continue };
            over = false;
            next = earliest(next, wake.deadline);
            if wake.ready {
                self.ready.insert(at, (pair, side));
                at += 1;
            }
            let outlived = wake.honest && dead.is_some_and(|dead| now > dead + AFTERLIFE);
            assert!(!outlived, "the {side:?} end outlived its link");
        }
        if over {
            self.changes.remove(&pair);
            world.bury(pair);
        } else {
            self.changes.insert(pair, earliest(next, world.link(pair).next_change(now)));
        }
    }

    fn next_change(&self) -> Option<Instant> {
        self.changes.values().flatten().min().copied()
    }
}

/// Checks that both ends of an honest connection agree on how it ended.
pub fn check_farewell(one: &Port, other: &Port, quality: Quality) {
    for (here, there) in [(one, other), (other, one)] {
        let ended = there.ended().expect("an end that is gone has said how");
        match here.ended().expect("an end that is gone has said how") {
            Ended::ByPeer(close) | Ended::Claimed(close) => {
                assert_eq!(ended, Ended::ByUs(close), "the reason we were told");
            }
            Ended::ByUs(Close::Fault(fault)) => panic!("an honest end was accused of a {fault}"),
            Ended::ByUs(Close::TimedOut) => assert_eq!(quality, Quality::Bad, "timed out on a good link"),
            Ended::ByUs(_) => {}
            // A caller that leaves between the Hello and the Welcome, the second frame, hangs up without a
            // reason.
            Ended::Lost => assert!(
                quality < Quality::Roomy || matches!(ended, Ended::ByUs(_)) && !there.has_heard_two_frames(),
                "lost on a good link, and the other end {ended:?}"
            ),
        }
    }
}

/// Hash of every frame that was sent.
#[derive(Default)]
pub struct Transcript(DefaultHasher);

impl Transcript {
    pub fn add(&mut self, pair: usize, side: Side, records: &[Record]) {
        for record in records.iter().filter(|record| record.emitted) {
            tape::said(side, &record.plain);
            (record.at, pair, side, &record.plain[..]).hash(&mut self.0);
        }
    }

    pub fn finish(&self) -> u64 {
        self.0.finish()
    }
}
