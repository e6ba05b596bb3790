//! A device that nobody has told an address, and nodes on Linux: they find each other.

use std::process::Command;

use p2pm_tests::circle::{Node, PASSPHRASE, eventually};
use p2pm_tests::namespace::DEVICE;
use p2pm_tests::pty::Terminal;
use rustix::process::Signal;

use crate::cast::Site;

/// The device as a node of the circle.
fn circle(site: &Site) -> Command {
    let mut device = site.device("circle --name board");
    device.env("P2PM_PASSPHRASE", PASSPHRASE);
    device
}

#[test]
fn a_device_is_found_talks_and_is_missed_when_it_leaves() {
    let Some(site) = Site::for_test() else { return };
    let katie = Node::start_looking("katie", &site.network, &[]);
    let mut device = Terminal::spawn(circle(&site));
    device.expect("katie is here\n");
    eventually("the device to be here", || katie.says_of("board").contains(": here"));
    assert!(katie.says_of("board").contains(DEVICE), "{}", katie.says_of("board"));
    assert!(katie.run(&["send", "board", "dinner?"]).status.success());
    device.expect("katie: dinner?\n");
    device.send_line("send katie at eight");
    device.expect("received by katie");
    let told = katie.output(&["listen", "--since", "0", "--timeout", "1"]);
    assert!(told.contains("board: at eight"), "{told}");
    device.signal(Signal::TERM);
    assert_eq!(device.wait().code(), Some(0));
    eventually("it to be missed", || katie.says_of("board").contains("away"));
}

#[test]
fn a_device_finds_who_comes_later() {
    let Some(site) = Site::for_test() else { return };
    let mut device = Terminal::spawn(circle(&site));
    device.expect(" on port ");
    for name in ["katie", "abdul"] {
        let node = Node::start_looking(name, &site.network, &[]);
        device.expect(&format!("{name} is here\n"));
        eventually("the device to be here", || node.says_of("board").contains(": here"));
        drop(node);
        device.expect(&format!("{name} has left\n"));
    }
}

#[test]
fn a_device_whose_cable_was_out_is_found_again() {
    let Some(site) = Site::for_test() else { return };
    let mut device = Terminal::spawn(circle(&site));
    device.expect(" on port ");
    site.network.cut();
    let katie = Node::start_looking("katie", &site.network, &[]);
    assert_eq!(katie.here(), 0);
    site.network.restore();
    device.expect("katie is here\n");
    eventually("the device to be here", || katie.says_of("board").contains(": here"));
}
