//! A device that holds texts for those who are away.

use std::time::Duration;

use p2pm_tests::device::{CIRCLE_PORT, Faults, Middle, Person, SOCKETS, Screen, Small, Stage};

use crate::cast::{address, expect};

/// Connections of each.
const PLACES: usize = 12;
const KATIE: usize = 1;
const ABDUL: u8 = 2;
/// Within which a cable that is out is noticed, and one that is in again is found out.
const NOTICE: Duration = Duration::from_mins(10);

/// Puts somebody at the next port who dials the board at the first one.
fn add(stage: &mut Stage, name: &str) -> Screen {
    let person = Person::dialling(name, address(0, CIRCLE_PORT));
    stage.add::<Small, _>(|board| person.node::<_, SOCKETS, PLACES>(board).0).1
}

fn notice(stage: &mut Stage, screen: &Screen, text: &str) {
    assert!(stage.play_until(NOTICE, || screen.shows(text)), "{text}: {}", screen.text());
}

#[test]
fn what_is_said_to_somebody_whose_cable_is_out_is_held_and_passed_on() {
    let mut stage = Stage::new(3, 61, Faults::default());
    let alone = Person { finds: false, ..Person::new("board") };
    let (_, board) = stage.add::<Middle, _>(|board| alone.node::<_, SOCKETS, PLACES>(board).0);
    let katie = add(&mut stage, "katie");
    expect(&mut stage, &board, "katie is here");
    let abdul = add(&mut stage, "abdul");
    expect(&mut stage, &board, "abdul is here");
    expect(&mut stage, &katie, "abdul is here");
    expect(&mut stage, &abdul, "katie is here");

    stage.ethernet.cut(ABDUL, true);
    notice(&mut stage, &katie, "abdul has left");
    notice(&mut stage, &board, "abdul has left");
    katie.enter("send abdul dinner?");
    expect(&mut stage, &katie, "held by board for abdul: up to 1");
    board.enter("who");
    expect(&mut stage, &board, ": away, 1 held");

    // From now on Abdul can have it from the board alone.
    stage.stop(KATIE);
    expect(&mut stage, &board, "katie has left");
    stage.ethernet.cut(ABDUL, false);
    notice(&mut stage, &abdul, "katie: dinner?");
    assert!(!board.shows("dinner?"), "{}", board.text());
}
