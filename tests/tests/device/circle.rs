//! A circle of devices, each with the memory of a small board and a thermometer.

use p2pm_core::limits::PART_MAX;
use p2pm_fw::app::{Admission, Board, Outcome};
use p2pm_tests::device::{
    CIRCLE_PORT, Faults, LINKS, Member, Person, SOCKETS, Screen, Small, Stage, Virtual, tag,
};

use crate::cast::{address, expect, expect_end};

/// Links, and two connections before that.
const PLACES: usize = LINKS + 2;

/// A node of the circle, which dials the board at the port `to`.
fn member(
    board: &mut Board<Virtual<SOCKETS>>,
    name: &str,
    to: Option<usize>,
    admission: Admission,
) -> &'static mut Member<Small, SOCKETS, PLACES> {
    let to = to.map(|to| address(to, CIRCLE_PORT));
    Person { to, finds: false, admission, ..Person::new(name) }.node(board).0
}

/// Adds a node that dials the first board.
fn add(stage: &mut Stage, name: &str) -> (usize, Screen) {
    stage.add(|board| member(board, name, Some(0), Admission::All))
}

/// A board, and Katie and Abdul, who are linked with it and with each other.
fn cast(seed: u64) -> (Stage, [Screen; 3]) {
    let mut stage = Stage::new(3, seed, Faults::default());
    let (_, board) = stage.add(|board| member(board, "board", None, Admission::All));
    let (_, katie) = add(&mut stage, "katie");
    expect(&mut stage, &board, "katie is here");
    let (_, abdul) = add(&mut stage, "abdul");
    expect(&mut stage, &board, "abdul is here");
    expect(&mut stage, &abdul, "katie is here");
    (stage, [board, katie, abdul])
}

#[test]
fn a_device_answers_and_raises_an_alarm_to_everyone() {
    let (mut stage, [board, katie, abdul]) = cast(41);
    katie.enter("send board temp?");
    expect(&mut stage, &board, "katie: temp?");
    expect(&mut stage, &katie, "board: 21 °C");
    expect(&mut stage, &board, "received by katie: up to 1");
    board.enter("temp 85");
    for other in [&katie, &abdul] {
        expect(&mut stage, other, "board: alarm: 85 °C");
    }
    expect(&mut stage, &board, "received by abdul: up to 2");
    assert!(!abdul.shows("21 °C"), "{}", abdul.text());
}

#[test]
fn a_text_goes_to_whoever_is_named() {
    let (mut stage, [board, katie, abdul]) = cast(42);
    let prefix = tag("abdul").to_string()[..6].to_owned();
    for line in
        ["send katie one", &format!("send {prefix} two"), "all three", "send zoe four", "sned katie five"]
    {
        board.enter(line);
    }
    expect(&mut stage, &katie, "board: three");
    expect(&mut stage, &abdul, "board: three");
    expect(&mut stage, &board, "zoe: there is nobody of this name");
    expect(&mut stage, &board, "there is no such command");
    assert!(katie.shows("board: one") && !katie.shows("two"), "{}", katie.text());
    assert!(abdul.shows("board: two") && !abdul.shows("one"), "{}", abdul.text());
    let shown = format!("abdul ({}): here", tag("abdul"));
    board.enter("who");
    expect(&mut stage, &board, &shown);
}

#[test]
fn a_text_in_parts_is_shown_and_no_question() {
    let (mut stage, [board, katie, _]) = cast(43);
    let long = "temp?".repeat(PART_MAX / 5);
    katie.enter(&format!("all {long}"));
    expect(&mut stage, &board, &long);
    katie.enter("send board over");
    expect(&mut stage, &board, "katie: over");
    assert!(!board.shows("°C"), "{}", board.text());
}

#[test]
fn one_more_than_there_is_room_for_is_told_so() {
    let mut stage = Stage::new(2 + u8::try_from(LINKS).unwrap(), 44, Faults::default());
    let (_, board) = stage.add(|board| member(board, "board", None, Admission::All));
    for number in 0..LINKS {
        add(&mut stage, &format!("guest {number}"));
        expect(&mut stage, &board, &format!("guest {number} is here"));
    }
    let (_, late) = add(&mut stage, "late");
    expect(&mut stage, &late, "not linked with 10.0.0.1:7776: the other side ended it: ");
    assert!(!board.shows("late") && !board.shows("left"), "{}", board.text());
    stage.stop(1);
    expect(&mut stage, &board, "guest 0 has left");
    expect(&mut stage, &board, "late is here");
}

#[test]
fn a_device_that_knows_whom_to_accept_turns_others_away_and_keeps_nothing_of_them() {
    let mut stage = Stage::new(16, 45, Faults::default());
    let known = Admission::Known([tag("katie")].into_iter().collect());
    let (board_at, board) = stage.add(|board| member(board, "board", None, known));
    for number in 0..=LINKS {
        let name = format!("stranger {number}");
        let (at, stranger) = add(&mut stage, &name);
        expect(&mut stage, &stranger, "not linked with 10.0.0.1:7776");
        expect(&mut stage, &board, &format!("{name} ({}) is not accepted", tag(&name)));
        stage.stop(at);
        expect_end(&mut stage, at);
    }
    let (_, katie) = add(&mut stage, "katie");
    expect(&mut stage, &board, "katie is here");
    katie.enter("send board temp?");
    expect(&mut stage, &katie, "board: 21 °C");
    board.enter("quit");
    expect_end(&mut stage, board_at);
    assert_eq!(stage.outcome(board_at), Some(Outcome::Done));
    expect(&mut stage, &katie, "board has left");
}
