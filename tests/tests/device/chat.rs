//! Private chats between devices.

use std::time::Duration;

use p2pm_core::door::LogLimit;
use p2pm_core::limits::LINGER_TIMEOUT;
use p2pm_core::suite::Suite;
use p2pm_core::time::Instant;
use p2pm_core::wire::Turns;
use p2pm_fw::app::{Outcome, Voice};
use p2pm_tests::device::{Faults, SOCKETS, Stage};

use crate::cast::{Holder, PASSWORD, PATIENCE, call, expect, expect_end, expect_quiet, node};

pub fn two_who_take_turns<S: Suite + 'static>() {
    let mut stage = Stage::new(2, 1, Faults::default());
    let (node_at, abdul) = stage.add(|board| node::<S>(board, Turns::Linear, Voice::Console));
    let (call_at, katie) = stage.add(|board| call::<S>(board, 0, PASSWORD, Turns::Linear));
    expect(&mut stage, &katie, "chat accepted: you write first");
    expect(&mut stage, &abdul, "chat with katie at 10.0.0.2");
    for round in 0..20 {
        katie.enter(&format!("how are you ({round})?"));
        expect(&mut stage, &abdul, &format!("THEM: how are you ({round})?\n"));
        abdul.enter(&format!("fine ({round})"));
        expect(&mut stage, &katie, &format!("THEM: fine ({round})\n"));
    }
    katie.enter("quit");
    expect(&mut stage, &abdul, "chat over: the other side ended it: goodbye");
    expect_end(&mut stage, call_at);
    assert_eq!(stage.outcome(call_at), Some(Outcome::Done));
    expect_quiet(&mut stage, node_at);
}

pub fn an_echo_that_is_not_drowned<S: Suite + 'static>() {
    let mut stage = Stage::new(2, 2, Faults::default());
    stage.add(|board| node::<S>(board, Turns::Free, Voice::Echo));
    let (_, katie) = stage.add(|board| call::<S>(board, 0, PASSWORD, Turns::Free));
    let text = "x".repeat(500);
    for number in 0..60 {
        katie.enter(&format!("{number:02}{text}"));
    }
    expect(&mut stage, &katie, &format!("THEM: 59{text}\n"));
    let heard: Vec<_> = katie
        .text()
        .lines()
        .filter_map(|line| line.strip_prefix("THEM: ")?.get(..2).map(str::to_owned))
        .collect();
    assert_eq!(heard, (0..60).map(|number| format!("{number:02}")).collect::<Vec<_>>());
}

pub fn what_a_peer_writes_is_harmless_on_the_screen<S: Suite + 'static>() {
    let mut stage = Stage::new(2, 3, Faults::default());
    let (_, abdul) = stage.add(|board| node::<S>(board, Turns::Linear, Voice::Console));
    let (_, katie) = stage.add(|board| call::<S>(board, 0, PASSWORD, Turns::Linear));
    katie.enter("\x1b[2J\x07");
    expect(&mut stage, &abdul, "THEM: \u{FFFD}[2J\u{FFFD}\n");
}

pub fn a_line_that_cannot_be_sent_is_told_of<S: Suite + 'static>() {
    let mut stage = Stage::new(2, 4, Faults::default());
    let (_, abdul) = stage.add(|board| node::<S>(board, Turns::Free, Voice::Console));
    let (_, katie) = stage.add(|board| call::<S>(board, 0, PASSWORD, Turns::Free));
    katie.enter(&"é".repeat(501));
    expect(&mut stage, &katie, "not sent: more than 1000 bytes");
    katie.enter(&"é".repeat(500));
    expect(&mut stage, &abdul, &format!("THEM: {}\n", "é".repeat(500)));
}

pub fn a_second_caller_is_told_that_the_node_is_busy<S: Suite + 'static>() {
    let mut stage = Stage::new(3, 5, Faults::default());
    let (node_at, abdul) = stage.add(|board| node::<S>(board, Turns::Linear, Voice::Echo));
    let (_, katie) = stage.add(|board| call::<S>(board, 0, PASSWORD, Turns::Linear));
    expect(&mut stage, &katie, "chat accepted");
    let (third_at, third) = stage.add(|board| call::<S>(board, 0, PASSWORD, Turns::Linear));
    expect(&mut stage, &third, "no chat: the other side ended it: busy in another chat");
    expect(&mut stage, &abdul, "another caller, 10.0.0.3, was told that you are busy");
    expect_end(&mut stage, third_at);
    assert_eq!(stage.outcome(third_at), Some(Outcome::Refused));
    katie.enter("still there?");
    expect(&mut stage, &katie, "THEM: still there?");
    katie.enter("quit");
    expect_quiet(&mut stage, node_at);
}

pub fn a_wrong_password_and_an_address_without_a_host<S: Suite + 'static>() {
    let mut stage = Stage::new(3, 6, Faults::default());
    let (node_at, abdul) = stage.add(|board| node::<S>(board, Turns::Linear, Voice::Echo));
    let (guess_at, guess) = stage.add(|board| call::<S>(board, 0, "guess", Turns::Linear));
    expect(&mut stage, &guess, "no chat: the other side ended it: wrong password");
    expect(&mut stage, &abdul, "no chat with 10.0.0.2: wrong password");
    expect_end(&mut stage, guess_at);
    assert_eq!(stage.outcome(guess_at), Some(Outcome::Refused));
    let (lost_at, lost) = stage.add(|board| call::<S>(board, 7, PASSWORD, Turns::Linear));
    expect(&mut stage, &lost, "no connection to 10.0.0.8:5460: no answer");
    expect_end(&mut stage, lost_at);
    assert_eq!(stage.outcome(lost_at), Some(Outcome::Failed));
    expect_quiet(&mut stage, node_at);
}

pub fn a_call_while_a_chat_ends_gets_the_next_chat<S: Suite + 'static>() {
    let mut stage = Stage::new(3, 9, Faults::default());
    let (_, abdul) = stage.add(|board| node::<S>(board, Turns::Free, Voice::Console));
    let (_, katie) = stage.add(|board| call::<S>(board, 0, PASSWORD, Turns::Free));
    expect(&mut stage, &katie, "chat accepted");
    // She is not told of the end, which waits for her.
    stage.ethernet.cut(1, true);
    abdul.enter("quit");
    expect(&mut stage, &abdul, "chat over: we ended it: goodbye");
    let (_, other) = stage.add(|board| call::<S>(board, 0, PASSWORD, Turns::Free));
    stage.play_for(Duration::from_millis(500));
    assert!(!abdul.shows("listening\n"), "the chat is not yet over");
    expect(&mut stage, &other, "chat accepted");
    assert!(!abdul.shows("busy"));
}

pub fn strangers_neither_flood_the_screen_nor_disturb_a_chat<S: Suite + 'static>() {
    let mut stage = Stage::new(130, 8, Faults::default());
    let (_, abdul) = stage.add(|board| node::<S>(board, Turns::Linear, Voice::Console));
    let guess = |stage: &mut Stage| {
        let (_, screen) = stage.add(|board| call::<S>(board, 0, "guess", Turns::Linear));
        expect(stage, &screen, "wrong password");
    };
    let lines = || abdul.text().lines().filter(|line| line.starts_with("no chat with")).count();
    let most = LogLimit::LINES as usize;
    for number in 1..=most + 10 {
        guess(&mut stage);
        assert_eq!(lines(), number.min(most));
    }
    assert!(stage.now() < Instant::from_millis(1000), "{:?}: not in one second", stage.now());

    stage.play_for(PATIENCE);
    guess(&mut stage);
    assert_eq!(lines(), most + 1);
    let (_, katie) = stage.add(|board| call::<S>(board, 0, PASSWORD, Turns::Linear));
    expect(&mut stage, &katie, "chat accepted");
    guess(&mut stage);
    assert_eq!(lines(), most + 1);
}

pub fn a_node_that_is_stopped_says_goodbye<S: Suite + 'static>() {
    let mut stage = Stage::new(2, 7, Faults::default());
    let (node_at, _) = stage.add(|board| node::<S>(board, Turns::Linear, Voice::Echo));
    let (call_at, katie) = stage.add(|board| call::<S>(board, 0, PASSWORD, Turns::Linear));
    expect(&mut stage, &katie, "chat accepted");
    stage.stop(node_at);
    expect(&mut stage, &katie, "chat over: the other side ended it: goodbye");
    for number in [node_at, call_at] {
        expect_end(&mut stage, number);
        assert_eq!(stage.outcome(number), Some(Outcome::Done));
    }
}

/// The node waits for the peer to hang up, then for TCP to close the connection, and then resets it.
pub fn a_peer_that_never_closes_does_not_keep_a_node_that_is_stopped<S: Suite + 'static>() {
    let mut stage = Stage::new(2, 10, Faults::default());
    let (node_at, abdul) = stage.add(|board| node::<S>(board, Turns::Linear, Voice::Echo));
    let (holder_at, _) = stage.add(|board| Holder::new(board, 0));
    expect(&mut stage, &abdul, "listening on port 5460");
    stage.play_for(Duration::from_millis(100));
    stage.stop(node_at);
    stage.play_for(LINGER_TIMEOUT * 2 + Duration::from_millis(100));
    assert_eq!(stage.outcome(node_at), Some(Outcome::Done));
    assert_eq!(stage.free_sockets(node_at), SOCKETS);
    assert_eq!(stage.outcome(holder_at), Some(Outcome::Failed), "it is reset");
}
