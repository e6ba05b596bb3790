//! A wire that loses packets, or turns their bits over: what was said arrives all the same, in order, once.

use std::thread;
use std::time::Duration;

use p2pm_tests::namespace::{DEVICE, LINUX};
use p2pm_tests::pty::Terminal;
use rustix::process::Signal;

use crate::cast::{PASSWORD, SERVER_PASSWORD, Site, WRONG};

/// Lost packets are sent again, and each time it takes twice as long before they are.
const PATIENCE: Duration = Duration::from_secs(75);
/// How often a user tries.
const ATTEMPTS: usize = 6;
/// How much is said, each way.
const MESSAGES: usize = 40;

#[test]
fn whatever_the_wire_does_all_that_is_said_is_heard() {
    let stories = [echo, take_turns, be_found, be_a_meeting_place];
    thread::scope(|scope| {
        for faults in ["--drop-pct 10", "--drop-pct 20", "--corrupt-pct 5"] {
            for story in stories {
                let Some(site) = Site::for_test() else { return };
                scope.spawn(move || story(&site, faults));
            }
        }
    });
}

/// What the client says comes back.
fn echo(site: &Site, faults: &str) {
    let _node = site.listening(&format!("{faults} node --echo --free"));
    let mut client = call(site, "--free");
    for number in 1..=MESSAGES {
        client.send_line(&message("Linux", number));
        client.expect(&format!("THEM: {}\n", message("Linux", number)));
    }
    client.send_line("quit");
    assert_eq!(client.wait().code(), Some(0));
    assert_heard(&client, "Linux");
}

/// Each says something when it is their turn.
fn take_turns(site: &Site, faults: &str) {
    let mut node = site.listening(&format!("{faults} node")).with_patience(PATIENCE);
    let mut client = call(site, "");
    for number in 1..=MESSAGES {
        client.send_line(&message("Linux", number));
        node.expect(&format!("THEM: {}\n", message("Linux", number)));
        node.send_line(&message("device", number));
        client.expect(&format!("THEM: {}\n", message("device", number)));
        client.expect("YOU: ");
    }
    client.send_line("quit");
    node.expect("chat over: the other side ended it: goodbye\n");
    assert_eq!(client.wait().code(), Some(0));
    assert_heard(&client, "device");
    assert_heard(&node, "Linux");
}

/// The device is on the list of Linux, and found there.
fn be_found(site: &Site, faults: &str) {
    let mut community = site.community().with_patience(PATIENCE);
    let mut katie = Terminal::spawn(site.joiner(LINUX, "katie", SERVER_PASSWORD)).with_patience(PATIENCE);
    katie.expect("katie (you)");
    let mut device = site.listening(&format!("{faults} join {LINUX}:5000 --name device --echo"));
    device = device.with_patience(PATIENCE);
    device.expect("online as device");
    katie.expect("device is online");
    let mut client = call(site, "");
    community.expect("device left");
    client.send_line("hello device!");
    client.expect("THEM: hello device!\n");
    client.send_line("quit");
    device.expect("chat over");
    device.expect("online as device");
    device.signal(Signal::INT);
    community.expect("device left");
    assert_eq!(device.wait().code(), Some(0));
}

/// Linux is on the list of the device; whoever does not know the password is not.
fn be_a_meeting_place(site: &Site, faults: &str) {
    let mut community = site.listening(&format!("{faults} community")).with_patience(PATIENCE);
    let mut katie = until_it_shows("menu for the menu: ", || site.joiner(DEVICE, "katie", SERVER_PASSWORD));
    let mut abdul = until_it_shows("menu for the menu: ", || site.joiner(DEVICE, "abdul", SERVER_PASSWORD));
    katie.expect("abdul is online");
    until_it_shows("wrong password", || site.joiner(DEVICE, "mallory", WRONG));
    abdul.send(b"\x03");
    assert_eq!(abdul.wait().code(), Some(130));
    katie.expect("abdul");
    community.signal(Signal::INT);
    assert_eq!(community.wait().code(), Some(0));
    assert!(!community.screen().contains("mallory"), "{}", community.screen());
}

fn message(from: &str, number: usize) -> String {
    format!("message {number} of {from}")
}

/// A chat with the device.
fn call(site: &Site, options: &str) -> Terminal {
    until_it_shows("YOU: ", || site.caller(options, PASSWORD))
}

/// Starts a program until it gets so far, as a user would who is not answered at once.
fn until_it_shows(text: &str, command: impl Fn() -> std::process::Command) -> Terminal {
    for _ in 0..ATTEMPTS {
        let mut program = Terminal::spawn(command()).with_patience(PATIENCE);
        if program.shows(text) {
            return program;
        }
        assert_eq!(program.wait().code(), Some(1), "the network stood in the way: {}", program.screen());
    }
    panic!("{text:?} was not shown in any of {ATTEMPTS} attempts")
}

/// All that was said, in order, once.
#[track_caller]
fn assert_heard(listener: &Terminal, from: &str) {
    let screen = listener.screen();
    let heard: Vec<&str> = screen.split("THEM: ").skip(1).filter_map(|rest| rest.lines().next()).collect();
    let said: Vec<String> = (1..=MESSAGES).map(|number| message(from, number)).collect();
    assert_eq!(heard, said, "{screen}");
}
