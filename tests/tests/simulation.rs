//! The protocol never deadlocks, loses or falsifies: both ends of every conversation on virtual time, seed by
//! seed.
//!
//! `P2PM_SEEDS` is the number of seeds for each scenario; `P2PM_SEED` replays one of them.

use p2pm_core::suite::{Sealed, Suite, Xor};
use p2pm_tests::simulation::{self, Scenario, chat, community, hostile, simulate};

#[test]
fn community_xor() {
    simulate("community_xor", community::<Xor>());
}

#[test]
fn community_sealed() {
    simulate("community_sealed", community::<Sealed>());
}

#[test]
fn chat_xor() {
    simulate("chat_xor", chat::<Xor>());
}

#[test]
fn chat_sealed() {
    simulate("chat_sealed", chat::<Sealed>());
}

#[test]
fn hostile_xor() {
    simulate("hostile_xor", hostile::<Xor>());
}

#[test]
fn hostile_sealed() {
    simulate("hostile_sealed", hostile::<Sealed>());
}

#[test]
fn circle() {
    simulate("circle", simulation::circle());
}

#[test]
fn transfer() {
    simulate("transfer", simulation::transfer());
}

#[test]
fn discovery() {
    simulate("discovery", simulation::discovery());
}

#[test]
fn a_seed_decides_everything() {
    fn check<S: Suite>() {
        for scenario in [community::<S>(), chat::<S>(), hostile::<S>()] {
            check_scenario(scenario);
        }
    }
    fn check_scenario(scenario: Scenario) {
        for seed in 0..10 {
            assert_eq!(scenario(seed), scenario(seed));
            assert_ne!(scenario(seed), scenario(seed + 1));
        }
    }
    check::<Xor>();
    check::<Sealed>();
    check_scenario(simulation::circle());
    check_scenario(simulation::transfer());
    check_scenario(simulation::discovery());
}
