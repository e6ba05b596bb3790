//! The device as a member of a community, and as a community server.

use p2pm_core::limits::{FREE_GUESSES, GUESS_INTERVAL};
use p2pm_tests::namespace::{DEVICE, LINUX};
use p2pm_tests::pty::Terminal;
use rustix::process::Signal;

use crate::cast::{NewSite, SERVER_PASSWORD, WRONG, assert_ends};

pub fn the_device_is_on_the_list_but_during_a_chat(new_site: NewSite) {
    let Some(site) = new_site() else { return };
    let mut community = site.community();
    let mut katie = Terminal::spawn(site.joiner(LINUX, "katie", SERVER_PASSWORD));
    katie.expect("you are online as katie");
    let mut device = Terminal::spawn(site.device(&format!("join {LINUX}:5000 --name device --echo")));
    device.expect("listening on port 5460\n");
    device.expect("online as device, to be called at 10.77.0.2:5460\n");
    device.expect("katie is at 10.77.0.1:6000\n");
    community.expect("device joined: 10.77.0.2:5460 (2 online)");
    katie.expect("device is online");
    katie.send_line("");
    katie.expect("[2] device\n10.77.0.2\n5460\n");

    let mut abdul = site.call("");
    device.expect("chat with 10.77.0.1\n");
    device.expect("left the community server: we ended it: goodbye\n");
    community.expect("device left: goodbye (1 online)");
    katie.expect("device");
    abdul.send_line("dinner?");
    abdul.expect("THEM: dinner?\n");
    abdul.expect("YOU: ");
    abdul.send_line("quit");
    device.expect("chat over: the other side ended it: goodbye\n");
    device.expect("online as device, to be called at 10.77.0.2:5460\n");
    community.expect("device joined: 10.77.0.2:5460 (2 online)");

    katie.send_line("menu");
    katie.send_line("3");
    assert_eq!(katie.wait().code(), Some(0));
    device.expect("katie is gone\n");
    device.signal(Signal::INT);
    community.expect("device left: goodbye (0 online)");
    assert_eq!(device.wait().code(), Some(0));
}

pub fn a_device_that_is_not_wanted_says_so(new_site: NewSite) {
    let Some(site) = new_site() else { return };
    let mut community = site.community();
    let join = format!("join {LINUX}:5000 --name katie");
    let mut device = site.device(&join);
    device.env("P2PM_SERVER_PASSWORD", WRONG);
    assert_ends(
        device,
        3,
        "left the community server: the other side ended it: wrong password (unconfirmed)\n",
    );
    let mut katie = Terminal::spawn(site.joiner(LINUX, "katie", SERVER_PASSWORD));
    katie.expect("you are online as katie");
    community.expect("katie joined");
    assert_ends(site.device(&join), 3, "not online: somebody online has this name\n");
}

pub fn a_device_that_has_to_wait_for_others_guesses_waits(new_site: NewSite) {
    let Some(site) = new_site() else { return };
    let mut community = site.community();
    let join = format!("join {LINUX}:5000 --name device");
    for _ in 0..FREE_GUESSES {
        let mut guess = site.device(&join);
        guess.env("P2PM_SERVER_PASSWORD", WRONG);
        assert_ends(guess, 3, "wrong password (unconfirmed)\n");
    }
    let mut device = Terminal::spawn(site.device(&join)).with_patience(GUESS_INTERVAL * 3);
    device.expect("the other side ended it: too many wrong passwords: wait ");
    device.expect("online as device");
    community.expect("device joined");
}

pub fn a_meeting_place_that_comes_back_has_the_device_again(new_site: NewSite) {
    let Some(site) = new_site() else { return };
    // No server yet.
    let mut device = Terminal::spawn(site.device(&format!("join {LINUX}:5000 --name device")));
    device.expect("no connection to 10.77.0.1:5000: ");
    for _ in 0..2 {
        let mut community = site.community();
        community.expect("device joined");
        device.expect("online as device");
        community.signal(Signal::TERM);
        device.expect("left the community server: the other side ended it: goodbye\n");
        assert!(community.wait().success());
    }
}

pub fn sixteen_meet_at_the_device_and_the_seventeenth_is_told_that_it_is_full(new_site: NewSite) {
    let Some(site) = new_site() else { return };
    let mut community = site.listening("community");
    assert!(community.screen().contains("community of 16 on port 5000\n"), "{}", community.screen());
    let join = |number: u16| {
        let mut user = Terminal::spawn(site.joiner(DEVICE, &format!("user {number}"), SERVER_PASSWORD));
        user.expect(&format!("you are online as user {number}, to be called at 10.77.0.1:6000\n"));
        user.expect(&format!("[{number}, you] user {number}\n10.77.0.1\n6000\n"));
        user
    };
    let mut users: Vec<Terminal> = Vec::new();
    for number in 1..=16 {
        users.push(join(number));
        community.expect(&format!("user {number} joined from 10.77.0.1:6000 ({number} online)\n"));
    }
    for _ in 0..3 {
        assert_ends(site.joiner(DEVICE, "user 17", SERVER_PASSWORD), 3, "the community server is full\n");
    }
    assert_ends(site.joiner(DEVICE, "user 18", WRONG), 3, "wrong password");
    community.expect("10.77.0.1 did not join: wrong password\n");

    let mut first = users.remove(0);
    first.send(b"\x03");
    assert_eq!(first.wait().code(), Some(130));
    community.expect("user 1 left (15 online)\n");
    users[0].expect("user 1 ");
    let mut late = Terminal::spawn(site.joiner(DEVICE, "user 17", SERVER_PASSWORD));
    late.expect("you are online as user 17, to be called at 10.77.0.1:6000\n");
    community.expect("user 17 joined from 10.77.0.1:6000 (16 online)\n");

    community.signal(Signal::INT);
    for user in &mut users {
        user.expect("community server: the other side said goodbye");
    }
    assert_eq!(community.wait().code(), Some(0));
}
