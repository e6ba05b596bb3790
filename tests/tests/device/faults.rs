//! Chats over wires that lose and corrupt packets, or are cut.

use std::time::Duration;

use p2pm_core::limits::SILENCE_TIMEOUT;
use p2pm_core::suite::Suite;
use p2pm_core::wire::Turns;
use p2pm_fw::app::Voice;
use p2pm_tests::device::{Faults, Screen, Stage};

use crate::cast::{PASSWORD, call, expect, expect_quiet, node};

/// Texts of a chat, each of which is answered.
const MESSAGES: usize = 40;
/// Lossy networks are slow.
const PATIENCE: Duration = Duration::from_mins(10);
/// How often a call that was not answered in time is repeated.
const CALLS: u8 = 10;

/// The other side's texts on a screen.
fn heard(screen: &Screen) -> Vec<String> {
    screen.text().lines().filter_map(|line| line.strip_prefix("THEM: ").map(str::to_owned)).collect()
}

/// Calls until a call is accepted.
fn get_through<S: Suite + 'static>(stage: &mut Stage, turns: Turns) -> Option<Screen> {
    (0..CALLS).find_map(|_| {
        let (_, screen) = stage.add(|board| call::<S>(board, 0, PASSWORD, turns));
        let accepted = stage.play_until(PATIENCE, || screen.shows("chat accepted") || screen.shows("no c"));
        assert!(accepted, "neither a chat nor none:\n{}", screen.text());
        screen.shows("chat accepted").then_some(screen)
    })
}

/// A chat with an echo over a faulty wire. True if it was completed; the received texts are right in any
/// case.
fn chat<S: Suite + 'static>(seed: u64, turns: Turns, faults: Faults) -> bool {
    let mut stage = Stage::new(1 + CALLS, seed, faults);
    stage.add(|board| node::<S>(board, turns, Voice::Echo));
    let katie = get_through::<S>(&mut stage, turns).expect("one call of ten gets through");
    let messages: Vec<_> = (0..MESSAGES).map(|number| format!("message {number}")).collect();
    for message in &messages {
        katie.enter(message);
    }
    stage.play_until(PATIENCE, || heard(&katie).len() == MESSAGES || katie.shows("chat over"));
    let heard = heard(&katie);
    assert!(messages.starts_with(&heard), "seed {seed}: {heard:?}");
    heard.len() == MESSAGES
}

/// Number of chats that were completed.
fn chats<S: Suite + 'static>(seeds: u64, faults: Faults) -> usize {
    let chats = (0..seeds).flat_map(|seed| [Turns::Linear, Turns::Free].map(|turns| (seed, turns)));
    chats.filter(|&(seed, turns)| chat::<S>(seed, turns, faults)).count()
}

pub fn nothing_is_lost_where_one_packet_in_ten_is<S: Suite + 'static>() {
    assert_eq!(chats::<S>(25, Faults { drop: 10, corrupt: 0 }), 50);
}

/// Now and then the same packet is lost so often that a timeout ends the chat: two of these fifty. The texts
/// received until then are in order, and the end is reported.
pub fn what_is_heard_is_right_where_one_packet_in_five_is_lost<S: Suite + 'static>() {
    assert!(chats::<S>(25, Faults { drop: 20, corrupt: 0 }) >= 47);
}

pub fn nothing_is_lost_where_one_packet_in_twenty_is_corrupt<S: Suite + 'static>() {
    assert_eq!(chats::<S>(25, Faults { drop: 0, corrupt: 5 }), 50);
}

pub fn a_wire_that_is_cut_for_five_seconds_loses_nothing<S: Suite + 'static>() {
    let mut stage = Stage::new(2, 21, Faults::default());
    let (_, abdul) = stage.add(|board| node::<S>(board, Turns::Free, Voice::Console));
    let (_, katie) = stage.add(|board| call::<S>(board, 0, PASSWORD, Turns::Free));
    katie.enter("before");
    expect(&mut stage, &abdul, "THEM: before\n");
    stage.ethernet.cut(0, true);
    katie.enter("meanwhile 1");
    abdul.enter("meanwhile 2");
    stage.play_for(Duration::from_secs(5));
    assert!(!abdul.shows("meanwhile 1") && !katie.shows("THEM: meanwhile 2"));
    stage.ethernet.cut(0, false);
    expect(&mut stage, &abdul, "THEM: meanwhile 1\n");
    expect(&mut stage, &katie, "THEM: meanwhile 2\n");
    katie.enter("after");
    expect(&mut stage, &abdul, "THEM: after\n");
    assert_eq!((heard(&abdul).len(), heard(&katie).len()), (3, 1));
}

pub fn a_wire_that_is_cut_for_good_is_noticed_and_the_node_listens_again<S: Suite + 'static>() {
    let mut stage = Stage::new(3, 22, Faults::default());
    let (node_at, abdul) = stage.add(|board| node::<S>(board, Turns::Linear, Voice::Echo));
    let (_, katie) = stage.add(|board| call::<S>(board, 0, PASSWORD, Turns::Linear));
    katie.enter("hello");
    expect(&mut stage, &katie, "THEM: hello\n");
    stage.ethernet.cut(1, true);
    let noticed =
        stage.play_until(SILENCE_TIMEOUT + Duration::from_secs(1), || abdul.shows("chat over: no answer"));
    assert!(noticed, "{}", abdul.text());
    expect(&mut stage, &abdul, "listening\n");
    let (_, other) = stage.add(|board| call::<S>(board, 0, PASSWORD, Turns::Linear));
    other.enter("anybody there?");
    expect(&mut stage, &other, "THEM: anybody there?\n");
    other.enter("quit");
    expect_quiet(&mut stage, node_at);
}
