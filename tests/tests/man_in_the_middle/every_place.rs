//! Every manipulation is applied to every frame of a connection, on virtual time.

use p2pm_core::channel::Ended;
use p2pm_core::error::Fault;
use p2pm_core::limits::FRAME_LEN;
use p2pm_core::wire::{Close, EMPTY_FRAME, Message};
use p2pm_tests::middle::{Deed, FramePosition, Middle, Side, initiators, responders};
use p2pm_tests::random::Random;

use crate::stories::{STORIES, Story};
use crate::table::{Ends, answered, ends_of, found};

/// Rounds at each place, each with other random bytes and lengths. A link is sampled: its handshake is that of the others.
const fn rounds(story: Story) -> u64 {
    if story.is_link() { 2 } else { 16 }
}

/// All manipulations that need no other frame.
fn deeds(random: &mut Random) -> [Deed; 7] {
    let mut part = || random.between(1..=FRAME_LEN - 1);
    let (cut, rest, byte) = (part(), part(), part());
    [
        Deed::Flip { byte, mask: 1 << random.between(0..=7) },
        Deed::Drop,
        Deed::Repeat,
        Deed::Swap,
        Deed::Truncate(rest),
        Deed::Cut(cut),
        Deed::Reflect,
    ]
}

/// A forged `Close` in place of a frame.
pub fn forged(close: Close) -> Deed {
    let mut frame = EMPTY_FRAME;
    Message::Close(close).emit(&mut frame);
    Deed::Replace(Box::new(frame))
}

#[test]
fn whatever_is_done_to_a_frame_is_found_out_at_both_ends() {
    for story in STORIES {
        let (places, goodbye) = (story.places(), story.goodbye());
        for round in 0..rounds(story) {
            let mut random = Random::new(round);
            for place in places.clone() {
                for deed in deeds(&mut random) {
                    let outcome = story.play(random.number(), &mut Middle::new([(place, deed.clone())]));
                    outcome.check(story, place, &deed, &ends_of(story, &deed, place, goodbye));
                }
            }
        }
    }
}

#[test]
fn a_handshake_that_is_cut_short_comes_to_nothing_wherever_that_is() {
    let places = [initiators(0), responders(0), initiators(1), responders(1)];
    for (story, place) in STORIES.into_iter().flat_map(|story| places.map(|place| (story, place))) {
        let goodbye = story.goodbye();
        let step = if story.is_link() { 16 } else { 1 };
        for bytes in (1..FRAME_LEN).step_by(step) {
            let (deed, seed) = (Deed::Truncate(bytes), bytes as u64);
            let outcome = story.play(seed, &mut Middle::new([(place, deed.clone())]));
            outcome.check(story, place, &deed, &ends_of(story, &deed, place, goodbye));
        }
    }
}

/// The side that finds the fault reports it; the recorded Welcome proves nothing to an initiator.
pub const REPLAYED: [(Side, Ends); 2] = [
    (Side::Initiator, answered(Close::WrongPassword)),
    (Side::Responder, [Ended::ByUs(Close::Fault(Fault::Proof)), Ended::ByUs(Close::WrongPassword)]),
];

#[test]
fn a_replayed_session_is_not_authenticated() {
    for story in STORIES {
        let recorded = story.record(1);
        for (side, ends) in REPLAYED {
            let outcome = story.play(2, &mut Middle::replaying(side, recorded.seen(side)));
            outcome.check(story, FramePosition { from: side, number: 0 }, &"replayed", &[ends]);
        }
    }
}

#[test]
fn a_frame_of_another_session_does_not_open_in_this_one() {
    for story in STORIES {
        let recorded = story.record(1);
        let sealed = |place: &FramePosition| place.number > 1 && *place != initiators(story.goodbye());
        for place in story.places().into_iter().filter(sealed) {
            let frame = recorded.seen(place.from)[place.number];
            let mut middle = Middle::new([(place, Deed::Replace(Box::new(frame)))]);
            let ends = found(place, Close::Fault(Fault::Seal));
            story.play(2, &mut middle).check(story, place, &"another session's", &[ends]);
        }
    }
}

#[test]
fn a_connection_redirected_to_another_service_ends_in_an_error() {
    for story in [Story::ClientAtNode, Story::CallerAtServer] {
        let outcome = story.play(1, &mut Middle::default());
        outcome.check(story, initiators(0), &"as it is", &[answered(Close::ServiceMismatch)]);
        // Each side receives the Hello that it expects, and both receive another one than was sent.
        let deed = Deed::Flip { byte: 10, mask: 0b11 };
        let mut middle = Middle::new([initiators(0), responders(0)].map(|place| (place, deed.clone())));
        let outcome = story.play(1, &mut middle);
        outcome.check(story, initiators(0), &deed, &[answered(Close::WrongPassword)]);
    }
}

#[test]
fn a_forged_close_in_the_handshake_is_known_for_a_claim() {
    let same = |close| (close, close);
    let wait = |seconds| Close::TooManyGuesses { seconds };
    let claims = [
        same(Close::Goodbye),
        same(Close::WrongPassword),
        same(Close::SuiteMismatch),
        same(wait(9)),
        // The longest wait that the protocol allows.
        same(wait(10)),
        (wait(11), wait(10)),
        (wait(u32::MAX), wait(10)),
    ];
    for (story, (close, heard)) in STORIES.into_iter().flat_map(|story| claims.map(|claim| (story, claim))) {
        for place in [initiators(0), initiators(1), responders(0), responders(1)] {
            let outcome = story.play(1, &mut Middle::new([(place, forged(close))]));
            // The receiver hangs up without a reason.
            let mut ends = [Ended::Lost; 2];
            ends[place.from.other() as usize] = Ended::Claimed(heard);
            outcome.check(story, place, &close, &[ends]);
        }
    }
}
