//! Communities of devices.

use core::time::Duration;

use p2pm_core::limits::LINGER_TIMEOUT;
use p2pm_core::suite::Suite;
use p2pm_core::wire::Turns;
use p2pm_fw::app::Outcome;
use p2pm_tests::device::{Faults, SOCKETS, Stage};

use crate::cast::{Holder, PASSWORD, call, community, expect, expect_end, expect_quiet, member, online};

pub fn sixteen_get_in_and_the_next_when_one_leaves<S: Suite + 'static>() {
    let mut stage = Stage::new(19, 11, Faults::default());
    let (place_at, place) = stage.add(community::<S>);
    let users: Vec<_> =
        (1..=16).map(|number| stage.add(|_| member::<S>(0, &format!("user {number}"), PASSWORD))).collect();
    for (number, (_, screen)) in users.iter().enumerate() {
        expect(&mut stage, screen, &format!("online as user {}, to be called at", number + 1));
    }
    expect(&mut stage, &place, "(16 online)");
    expect(&mut stage, &users[0].1, "user 16");

    let (late_at, late) = stage.add(|_| member::<S>(0, "late", PASSWORD));
    expect(&mut stage, &late, "not online: the community is full");
    expect_end(&mut stage, late_at);
    assert_eq!(stage.outcome(late_at), Some(Outcome::Refused));

    stage.stop(users[4].0);
    expect(&mut stage, &place, "user 5 left (15 online)");
    expect(&mut stage, &users[0].1, "user 5 is gone");
    expect_end(&mut stage, users[4].0);
    let (_, later) = stage.add(|_| member::<S>(0, "later", PASSWORD));
    expect(&mut stage, &later, "online as later");
    expect(&mut stage, &later, "user 16");

    stage.stop(place_at);
    expect_end(&mut stage, place_at);
    assert_eq!(stage.outcome(place_at), Some(Outcome::Done));
}

pub fn a_wrong_password_and_a_name_that_is_taken<S: Suite + 'static>() {
    let mut stage = Stage::new(4, 12, Faults::default());
    let (place_at, _) = stage.add(community::<S>);
    let (_, katie) = stage.add(|_| member::<S>(0, "katie", PASSWORD));
    expect(&mut stage, &katie, "online as katie");
    let (guess_at, guess) = stage.add(|_| member::<S>(0, "guess", "guess"));
    expect(&mut stage, &guess, "left the community server: the other side ended it: wrong password");
    let (double_at, double) = stage.add(|_| member::<S>(0, "katie", PASSWORD));
    expect(&mut stage, &double, "not online: somebody online has this name");
    for number in [guess_at, double_at] {
        expect_end(&mut stage, number);
        assert_eq!(stage.outcome(number), Some(Outcome::Refused));
    }
    stage.stop(place_at);
    expect(&mut stage, &katie, "left the community server: the other side ended it: goodbye");
}

pub fn a_node_is_on_the_list_while_it_waits_for_a_chat<S: Suite + 'static>() {
    let mut stage = Stage::new(4, 13, Faults::default());
    let (place_at, place) = stage.add(community::<S>);
    let (online_at, _) = stage.add(online::<S>);
    expect(&mut stage, &place, "board joined from 10.0.0.2:5460 (1 online)");
    let (_, katie) = stage.add(|board| call::<S>(board, 1, PASSWORD, Turns::Linear));
    expect(&mut stage, &katie, "chat accepted");
    expect(&mut stage, &place, "board left");
    katie.enter("hello");
    expect(&mut stage, &katie, "THEM: hello");
    katie.enter("quit");
    let came_back =
        stage.play_until(crate::cast::PATIENCE, || place.text().matches("board joined").count() == 2);
    assert!(came_back, "{}", place.text());
    stage.stop(online_at);
    expect_end(&mut stage, online_at);
    assert_eq!(stage.outcome(online_at), Some(Outcome::Done));
    expect_quiet(&mut stage, place_at);
}

/// The community server is cut off, so that it does not hang up; nor does a caller before its chat.
pub fn a_node_that_is_online_ends_in_time_despite_open_connections<S: Suite + 'static>() {
    let mut stage = Stage::new(3, 15, Faults::default());
    let (_, place) = stage.add(community::<S>);
    let (online_at, _) = stage.add(online::<S>);
    expect(&mut stage, &place, "board joined");
    stage.add(|board| Holder::new(board, 1));
    stage.play_for(Duration::from_millis(100));
    stage.ethernet.cut(0, true);
    stage.stop(online_at);
    stage.play_for(LINGER_TIMEOUT * 2 + Duration::from_millis(100));
    assert_eq!(stage.outcome(online_at), Some(Outcome::Done));
    assert_eq!(stage.free_sockets(online_at), SOCKETS);
}

pub fn a_member_finds_its_way_back<S: Suite + 'static>() {
    let mut stage = Stage::new(3, 14, Faults::default());
    stage.add(community::<S>);
    let (_, katie) = stage.add(|_| member::<S>(0, "katie", PASSWORD));
    expect(&mut stage, &katie, "online as katie");
    stage.ethernet.cut(1, true);
    let is_lost = stage.play_until(Duration::from_secs(90), || katie.shows("left the community server"));
    assert!(is_lost, "{}", katie.text());
    stage.ethernet.cut(1, false);
    let is_back =
        stage.play_until(Duration::from_secs(90), || katie.text().matches("online as katie").count() == 2);
    assert!(is_back, "{}", katie.text());
}
