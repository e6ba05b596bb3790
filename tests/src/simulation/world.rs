//! Virtual time: whatever can happen now happens, in an order that the seed determines; then time advances.

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
    fn pairs(&self) -> Vec<usize>;
    fn link(&mut self, pair: usize) -> &mut Link;
    /// `None` if the end has dropped the connection.
    fn wake(&mut self, pair: usize, side: Side, now: Instant) -> Option<Wake>;
    fn random(&mut self) -> &mut Random;
    /// Pumps one end.
    fn pump(&mut self, pair: usize, side: Side, now: Instant);
    /// Runs the users whose moment has come; returns when the next one's will.
    fn act(&mut self, now: Instant) -> Option<Instant>;
    /// Checks a pair of which both ends have dropped the connection.
    fn bury(&mut self, pair: usize);
}

/// Runs the world until this moment, or until nothing more can happen.
pub fn run(world: &mut impl World, mut now: Instant, until: Instant) -> Instant {
    let mut steps = 0;
    loop {
        let mut next = world.act(now);
        let ready = survey(world, now, &mut next);
        if !ready.is_empty() {
            let (pair, side) = world.random().pick(&ready);
            world.pump(pair, side, now);
            steps += 1;
            assert!(steps < STEPS_AT_ONCE, "going round in circles at {now:?}");
            continue;
        }
        match next {
            Some(next) if next <= until => {
                assert!(next > now, "something was due at {next:?} and is not done at {now:?}");
                now = next;
                steps = 0;
            }
            None => {
                assert!(world.pairs().is_empty(), "wedged: neither end will ever go on");
                return until;
            }
            Some(_) => return until,
        }
    }
}

/// The ends that can do something, and the next moment if none can.
fn survey(world: &mut impl World, now: Instant, next: &mut Option<Instant>) -> Vec<(usize, Side)> {
    let mut ready = Vec::new();
    for pair in world.pairs() {
        world.link(pair).advance(now);
        let dead = world.link(pair).dead_since();
        let mut over = true;
        for side in Side::BOTH {
            let Some(wake) = world.wake(pair, side, now) else { continue };
            over = false;
            *next = earliest(*next, wake.deadline);
            if wake.ready {
                ready.push((pair, side));
            }
            let outlived = wake.honest && dead.is_some_and(|dead| now > dead + AFTERLIFE);
            assert!(!outlived, "the {side:?} end outlived its link");
        }
        if over {
            world.bury(pair);
        } else {
            *next = earliest(*next, world.link(pair).next_change(now));
        }
    }
    ready
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
