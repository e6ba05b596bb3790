//! A recorded session, played again, is the same to the byte; an invalid recording is an error.

use p2pm_core::error::SendError;
use p2pm_core::limits::FRAME_LEN;
use p2pm_core::time::Instant;
use p2pm_core::wire::{SuiteId, Turns};
use p2pm_tests::simulation::{Tape, Track};
use p2pm_tests::sink::Sink;
use p2pm_tests::transcript::{Transcript, recorded, tapes, told};
use p2pm_transcript::{Action, Error, LINES, MAGIC, Part, Played, Story, Tail, play};

const SUITES: [SuiteId; 2] = [SuiteId::Xor, SuiteId::Sealed];

/// Result of playing it, and everything emitted until then.
fn played(recording: &[u8]) -> (Result<Played, Error>, Vec<u8>) {
    let mut emission = Vec::new();
    let played = play(recording, Sink(&mut emission));
    (played, emission)
}

/// A recording of this device only.
fn alone(track: &Track) -> Vec<u8> {
    [&MAGIC[..], &track.recording].concat()
}

#[test]
fn played_again_it_is_the_same() {
    for suite in SUITES {
        let Transcript { recording, emission, ends, .. } = Transcript::of(&tapes(suite));
        let (result, again) = played(&recording);
        let ends = ends.try_into().expect("a few");
        assert_eq!(result, Ok(Played { ends, bytes: emission.len() as u64 }), "{suite:?}");
        assert!(emission == again, "{suite:?}: other bytes");
    }
}

#[test]
fn every_message_is_in_it() {
    let expected = [
        "Connecting Call",
        "Connecting Close(Goodbye)",
        "Connecting Credentials",
        "Connecting Hello",
        "Connecting Join",
        "Connecting KeepAlive",
        "Connecting List",
        "Connecting Subscribe",
        "Connecting Text",
        "Listening CallAccepted",
        "Listening Close(Busy)",
        "Listening Close(Goodbye)",
        "Listening Close(Refused)",
        "Listening Close(WrongPassword)",
        "Listening Hello",
        "Listening JoinRefused",
        "Listening Joined",
        "Listening KeepAlive",
        "Listening ListPage",
        "Listening Presence",
        "Listening Text",
        "Listening Welcome",
    ];
    for suite in SUITES {
        let tapes = tapes(suite);
        let said = |message: &str| tapes.iter().any(|tape| tape.said.contains(message));
        let missing: Vec<_> = expected.into_iter().filter(|message| !said(message)).collect();
        assert_eq!(missing, [""; 0], "{suite:?}");
    }
}

#[test]
fn frames_come_in_one_piece_and_byte_by_byte() {
    for suite in SUITES {
        let tapes = tapes(suite);
        let lengths: Vec<_> = tapes.iter().flat_map(|tape| &tape.tracks).flat_map(chunk_lengths).collect();
        for expected in [1, 2, FRAME_LEN] {
            assert!(lengths.contains(&expected), "{suite:?}: no chunk of {expected} bytes");
        }
    }
}

fn chunk_lengths(track: &Track) -> impl Iterator<Item = usize> {
    let length = |at: &usize| u16::from_be_bytes([track.recording[at - 2], track.recording[at - 1]]).into();
    track.heard.iter().map(length)
}

#[test]
fn a_changed_input_byte_changes_the_emission() {
    for suite in SUITES {
        let tapes = tapes(suite);
        for Tape { tracks, .. } in &tapes[..4] {
            // The first byte of the first frame belongs to the magic, in either suite.
            let (mut recording, at) = (alone(&tracks[0]), MAGIC.len() + tracks[0].heard[0]);
            assert_eq!(played(&recording).1, tracks[0].emission);
            recording[at] ^= 1;
            assert_ne!(played(&recording).1, tracks[0].emission, "{suite:?}");
        }
    }
}

/// In the sealed suite nearly every byte matters, except those after the end of a conversation, or in an
/// incomplete frame.
#[test]
fn in_sealed_nearly_every_input_byte_counts() {
    let tapes = tapes(SuiteId::Sealed);
    let Track { heard, emission, .. } = &tapes[0].tracks[0];
    let recording = alone(&tapes[0].tracks[0]);
    let sample: Vec<_> = heard.iter().step_by(heard.len() / 50).collect();
    let differs = |at: &&&usize| {
        let mut changed = recording.clone();
        changed[MAGIC.len() + **at] ^= 1;
        played(&changed).1 != *emission
    };
    let changes = sample.iter().filter(differs).count();
    assert!(changes * 10 >= sample.len() * 8, "{changes} of {}", sample.len());
}

/// Tracks short enough to be played with every byte changed.
fn short_tracks(tapes: &[Tape]) -> impl Iterator<Item = &Track> {
    tapes.iter().flat_map(|tape| &tape.tracks).filter(|track| track.recording.len() < 2500)
}

#[test]
fn a_recording_that_is_cut_short_is_named() {
    let tapes = tapes(SuiteId::Xor);
    for track in short_tracks(&tapes) {
        let recording = alone(track);
        for len in (0..recording.len()).filter(|len| *len != MAGIC.len()) {
            assert_eq!(played(&recording[..len]).0, Err(Error::Short), "{len} of {}", recording.len());
        }
    }
}

#[test]
fn no_byte_of_a_recording_can_do_harm() {
    let tapes = tapes(SuiteId::Xor);
    let mut wrong = 0;
    for track in short_tracks(&tapes) {
        let recording = alone(track);
        for at in 0..recording.len() {
            let mut changed = recording.clone();
            changed[at] ^= 0xFF;
            wrong += usize::from(played(&changed).0.is_err());
        }
    }
    assert!(wrong > 0, "every change makes sense");
}

/// A recording of one device with these steps, all at the same time but the first.
fn recording(suite: SuiteId, steps: &[(u8, Action<'_>)]) -> Vec<u8> {
    let mut recording = MAGIC.to_vec();
    let part = Part { suite, password: b"sesame", users: 1, key: [0; 16], residents: &[] };
    part.write(Sink(&mut recording)).expect("there is room");
    for (line, action) in steps {
        action.write(*line, Instant::from_millis(7), Sink(&mut recording)).expect("there is room");
        Tail { taken: None, chunks: &[], over: false }.write(Sink(&mut recording)).expect("there is room");
    }
    Part::end(Sink(&mut recording)).expect("there is room");
    recording
}

#[test]
fn what_makes_no_sense_is_named() {
    let client = || (0, Action::Client { entropy: [1; 96] });
    let cases: [(&[(u8, Action<'_>)], Error); 8] = [
        (&[(0, Action::Poll)], Error::Line(0)),
        (&[client(), (1, Action::Poll)], Error::Line(1)),
        (&[client(), client()], Error::Line(0)),
        (&[(u8::try_from(LINES).expect("few"), Action::Poll)], Error::Line(16)),
        (&[client(), (0, Action::List)], Error::Refused(SendError::NotNow)),
        (&[client(), (0, Action::Text("hello"))], Error::Misplaced),
        (&[client(), (0, Action::Accept(Turns::Free))], Error::Misplaced),
        (&[client(), (0, Action::Busy)], Error::Misplaced),
    ];
    for (steps, error) in cases {
        assert_eq!(played(&recording(SuiteId::Xor, steps)).0, Err(error), "{steps:?}");
    }
    let fine = recording(SuiteId::Xor, &[client(), (0, Action::Poll)]);
    assert_eq!(played(&fine).0, Ok(Played { ends: 1, bytes: 1024 }));
}

#[test]
fn what_is_no_recording_is_named() {
    let fine = recording(SuiteId::Sealed, &[(0, Action::Poll)]);
    let suite_at = MAGIC.len();
    let step_at = fine.len() - 1 - 7 - 10; // before the end of the part, the stream, the action with line and time
    for (at, byte, error) in [
        (0, b'P', Error::Magic),
        (suite_at, 9, Error::Suite(9)),
        (suite_at + 2, 0, Error::Field("password")),
        (suite_at + 2, 255, Error::Field("password")),
        (suite_at + 9, 65, Error::Field("users")),
        (step_at, 99, Error::Action(99)),
        (step_at + 14, 2, Error::Field("then")),
    ] {
        let mut changed = fine.clone();
        changed[at] = byte;
        assert_eq!(played(&changed).0, Err(error), "{byte} at {at}");
    }
}

#[test]
fn time_runs_forwards_and_all_that_was_heard_is_read() {
    let entropy = [1; 96];
    let step = |millis, chunks: &[&[u8]], action: Action<'_>| {
        let mut step = Vec::new();
        action.write(0, Instant::from_millis(millis), Sink(&mut step)).expect("there is room");
        Tail { taken: None, chunks, over: false }.write(Sink(&mut step)).expect("there is room");
        step
    };
    let begun = recording(SuiteId::Xor, &[]);
    let begun = &begun[..begun.len() - 1];
    let client = step(7, &[], Action::Client { entropy });
    let back = [begun, &client, &step(6, &[], Action::Poll), &[0]].concat();
    assert_eq!(played(&back).0, Err(Error::Time));
    let unread = [begun, &client, &step(7, &[b"a"], Action::Quit), &[0]].concat();
    assert_eq!(played(&unread).0, Err(Error::Unread));
}

/// Everything that is told in a story, as text among what travels.
fn text_of(story: Story, seed: u64) -> String {
    let (emission, _) = told(story, seed).expect("it can be played");
    String::from_utf8_lossy(&emission).into_owned()
}

#[test]
fn a_story_is_the_same_again_and_another_one_with_another_seed() {
    for story in Story::ALL {
        let (emission, ends) = told(story, 7).expect("it can be played");
        assert!(told(story, 7) == Ok((emission.clone(), ends)), "{story:?}: other bytes");
        for bit in [0, 31, 63] {
            let other = told(story, 7 ^ (1 << bit)).expect("it can be played");
            assert!(other.0 != emission, "{story:?}: the seed is of no matter");
        }
    }
}

#[test]
fn everything_about_links_is_in_the_story_of_a_circle() {
    let expected = [
        "Dora: Ended(Claimed(WrongPassword))",
        "Ann: Undecided(",
        "Bob: Asks(",
        "Bob: Came(",
        "Ann: Link(Named {",
        "Bob: Link(Said {",
        "Ann: Link(Said {",
        "Ann: Received {",
        "Ann: Link(Reception {",
        "Bob: Link(AsksReception {",
        "Carl: Came(ContactId(1))", // after Bob has told them of each other
        "Carl: Link(Said {",
        ", Offered)",
        ", Taken)",
        ", Refused(Denied))",
        ", Withdrawn)",
        "Ann: Ended(Lost)",
        "Ann: Some(Ended {",
        "Bob: Ended(ByPeer(Goodbye))",
        "Bob: Left(",
    ];
    for seed in 0..3 {
        let text = text_of(Story::Circle, seed);
        let missing: Vec<_> = expected.into_iter().filter(|told| !text.contains(told)).collect();
        assert_eq!(missing, [""; 0], "seed {seed}");
    }
}

/// The text that was on its way when the link was cut comes once, in three parts, and what was said meanwhile comes, too.
#[test]
fn what_a_cut_link_has_lost_comes_over_the_next_one() {
    let text = text_of(Story::Circle, 7);
    let (_, after) = text.split_once("Ann: Ended(Lost)").expect("a link is cut");
    let count = |told: &str| after.matches(told).count();
    assert_eq!(["Bob: Came(", "Ann: Link(Said {", "Bob: Link(Said {"].map(count), [1, 1, 3]);
}

#[test]
fn everything_about_discovery_is_in_its_story() {
    let expected = [
        "Ann: (Found(",
        "Bob: (Found(",
        "Ann: (Gone(",
        "Bob: (Gone(",
        "message: Alive(",
        "message: Answer(",
        "message: Search(",
        "message: ByeBye(",
        "Ann: Err(Malformed)",
        "Bob: Err(OffLink)",
        "port: Shared",
        "port: Searching",
        "port: Broadcast",
    ];
    for seed in 0..3 {
        let text = text_of(Story::Discovery, seed);
        let missing: Vec<_> = expected.into_iter().filter(|told| !text.contains(told)).collect();
        assert_eq!(missing, [""; 0], "seed {seed}");
    }
}

#[test]
fn a_story_that_is_cut_short_is_named() {
    for story in Story::ALL {
        let recording = recorded(story, 7);
        for len in MAGIC.len() + 1..recording.len() {
            assert_eq!(played(&recording[..len]).0, Err(Error::Short), "{story:?}");
        }
    }
}
