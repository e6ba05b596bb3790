//! Every bit of a handshake, and of the first sealed frame of each side, is inverted once.
//!
//! In large regions of random bits or padding, one bit of each byte is enough, unless `P2PM_EVERY_BIT` is
//! set.

use std::env;

use p2pm_core::limits::FRAME_LEN;
use p2pm_tests::middle::{Deed, FramePosition, Middle, Side};

use crate::stories::Story;

/// No body of the handshake extends beyond this byte.
const BODIES_END: usize = 104;

fn flip_every_bit(story: Story) {
    let all = env::var_os("P2PM_EVERY_BIT").is_some();
    let mut seed = 0;
    for (from, number) in Side::BOTH.into_iter().flat_map(|side| [(side, 0), (side, 1), (side, 2)]) {
        let place = FramePosition { from, number };
        for byte in 0..FRAME_LEN {
            let one = number > 1 || byte >= BODIES_END;
            for bit in (0..8).filter(|bit| all || !one || byte % 8 == *bit) {
                seed += 1;
                let deed = Deed::Flip { byte, mask: 1 << bit };
                let outcome = story.play(seed, &mut Middle::new([(place, deed.clone())]));
                let ends = story.ends_of_flip(place, byte, u32::try_from(bit).unwrap());
                outcome.check(story, place, &deed, ends);
            }
        }
    }
}

#[test]
fn of_a_chat() {
    flip_every_bit(Story::Chat);
}

#[test]
fn of_a_community() {
    flip_every_bit(Story::Community);
}

/// The same of a link up to the first text of each side; of some bits, unless `P2PM_EVERY_BIT` is set.
#[test]
fn of_a_link() {
    let all = env::var_os("P2PM_EVERY_BIT").is_some();
    let story = Story::Link;
    let mut seed = 0;
    for (from, number) in Side::BOTH.into_iter().flat_map(|side| (0..6).map(move |number| (side, number))) {
        let place = FramePosition { from, number };
        let is_dense = number < 2;
        let step = if is_dense { 8 } else { 32 };
        for byte in (0..FRAME_LEN).filter(|byte| all || is_dense && *byte < BODIES_END || byte % step == 0) {
            for bit in (0..8).filter(|bit| all || (byte + byte / 8) % 8 == *bit) {
                seed += 1;
                let deed = Deed::Flip { byte, mask: 1 << bit };
                let outcome = story.play(seed, &mut Middle::new([(place, deed.clone())]));
                let ends = story.ends_of_flip(place, byte, u32::try_from(bit).unwrap());
                outcome.check(story, place, &deed, ends);
            }
        }
    }
}
