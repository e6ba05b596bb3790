//! The protocol cannot wedge, lose or lie: both ends of every conversation on virtual time, seed by seed.
//!
//! `P2PM_SEEDS` is the number of seeds for each scenario; `P2PM_SEED` replays one of them.

use p2pm_tests::simulation::{CHAT, COMMUNITY, HOSTILE, simulate};

#[test]
fn community() {
    simulate("community", COMMUNITY);
}

#[test]
fn chat() {
    simulate("chat", CHAT);
}

#[test]
fn hostile() {
    simulate("hostile", HOSTILE);
}

#[test]
fn a_seed_decides_everything() {
    for scenario in [COMMUNITY, CHAT, HOSTILE] {
        for seed in 0..10 {
            assert_eq!(scenario(seed), scenario(seed));
            assert_ne!(scenario(seed), scenario(seed + 1));
        }
    }
}
