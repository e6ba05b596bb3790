//! Texts and receipts of a circle where packets are lost on both ways of a wire.

use std::time::Duration;

use p2pm_tests::device::{Faults, Mesh, Size};
use p2pm_tests::random::Random;

/// Rounds of texts.
const ROUNDS: usize = 40;
/// Texts of each device in a round.
const TEXTS: usize = 3;
/// Lossy networks are slow.
const PATIENCE: Duration = Duration::from_mins(15);

/// A device of this size behind the lossy wire, and two on good ones, all of whom talk. Returns how often a link was cut.
fn talk(seed: u64, size: Size, percent: u8) -> usize {
    let cast = [("board", size), ("katie", Size::Large), ("abdul", Size::Large)];
    let mut mesh = Mesh::new(seed, &cast, 0, Faults { drop: percent, corrupt: 0 });
    let mut random = Random::new(seed);
    mesh.settle(PATIENCE);
    for round in 0..ROUNDS {
        for from in (0..cast.len()).cycle().take(cast.len() * TEXTS) {
            let to = random.chance(50).then(|| (from + random.between(1..=2)) % cast.len());
            mesh.say(from, to, &format!("round {round}, something of {from} {}", random.number()));
        }
        mesh.settle(PATIENCE);
    }
    println!("{size:?}, {percent} %, seed {seed}: {:?}, {} cuts", mesh.now(), mesh.departures());
    mesh.departures()
}

#[test]
fn where_one_packet_in_twenty_is_lost_each_text_and_receipt_arrives_and_no_link_is_cut() {
    for (seed, size) in [(1, Size::Small), (2, Size::Middle)] {
        assert_eq!(talk(seed, size, 5), 0, "seed {seed}");
    }
}

/// Now and then the same packet is lost so often that a timeout cuts a link; then what is not confirmed is said again.
#[test]
fn where_one_packet_in_five_is_lost_each_text_and_receipt_arrives() {
    for (seed, size) in [(3, Size::Small), (4, Size::Middle)] {
        talk(seed, size, 20);
    }
}
