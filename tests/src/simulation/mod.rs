//! Deterministic simulation: both ends of each conversation, on virtual time, over links that fragment,
//! delay, block and break, with users whose actions depend on a seed.
//!
//! A scenario panics as soon as an invariant is violated, and [`simulate`] prints the command that replays
//! it.

mod chat;
mod circle;
mod community;
mod discovery;
mod door;
mod hostile;
mod link;
mod port;
mod stranger;
mod tap;
mod tape;
mod transfer;
mod world;

use std::any::Any;
use std::env;
use std::panic::{self, AssertUnwindSafe};

use p2pm_core::suite::Suite;

pub use self::tape::{Tape, Track};
use crate::watched::Watched;

/// A run that one seed determines. Returns a hash of every frame that was sent, and when.
pub type Scenario = fn(seed: u64) -> u64;

/// A community, users that join and leave, and a hostile peer.
pub const fn community<S: Suite>() -> Scenario {
    community::play::<Watched<S>>
}

/// A node, and its callers.
pub const fn chat<S: Suite>() -> Scenario {
    chat::play::<Watched<S>>
}

/// One machine of any kind against a hostile peer.
pub const fn hostile<S: Suite>() -> Scenario {
    hostile::play::<Watched<S>>
}

/// Nodes of a circle, which are linked with each other, and some that are not of it.
pub const fn circle() -> Scenario {
    circle::play
}

/// Two nodes that send each other files.
pub const fn transfer() -> Scenario {
    transfer::play
}

/// Nodes on a network that find each other by datagrams.
pub const fn discovery() -> Scenario {
    discovery::play
}

/// Default number of seeds; `P2PM_SEEDS` sets another.
const SEEDS: u64 = 100;

/// Plays `scenario` for as many seeds as the environment variable `P2PM_SEEDS` says, or only for the one in
/// `P2PM_SEED`.
///
/// # Panics
///
/// If the scenario does; the message has the command that replays it. If a variable is not a number.
pub fn simulate(name: &str, scenario: Scenario) {
    let seeds = match number("P2PM_SEED") {
        Some(seed) => seed..seed.saturating_add(1),
        None => 0..number("P2PM_SEEDS").unwrap_or(SEEDS),
    };
    for seed in seeds {
        if let Err(cause) = panic::catch_unwind(AssertUnwindSafe(|| scenario(seed))) {
            panic!(
                "scenario {name}, seed {seed}: {}\nreplay: P2PM_SEED={seed} cargo test --release -p p2pm-tests \
                 --test simulation -- --exact {name}",
                message(cause.as_ref())
            );
        }
    }
}

/// Plays `scenario` for this seed, and records the inputs and outputs of its ends.
///
/// # Panics
///
/// If the scenario does, or if it has too many connections for [`p2pm_transcript`].
pub fn record(scenario: Scenario, seed: u64) -> Tape {
    tape::record(|| _ = scenario(seed))
}

fn number(variable: &str) -> Option<u64> {
    let value = env::var(variable).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{variable}={value} is not a number")))
}

fn message(cause: &dyn Any) -> &str {
    let text = cause.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| cause.downcast_ref::<&str>().copied()).unwrap_or("panicked")
}
