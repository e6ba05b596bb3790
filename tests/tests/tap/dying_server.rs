//! The device as a client of a community server that dies while it sends a list of several pages.

use std::net::Ipv4Addr;

use p2pm_tests::middle::{MortalServer, PASSWORD, RESIDENTS, responders};
use p2pm_tests::namespace::LINUX;
use p2pm_tests::pty::Terminal;
use rustix::process::Signal;

use crate::cast::Site;

/// The device shows each page as it arrives: it has no room for them all.
#[test]
fn a_device_says_that_the_list_is_not_complete() {
    let Some(site) = Site::sealed() else { return };
    let at: Ipv4Addr = LINUX.parse().unwrap();
    // The second page, after Hello, Welcome, Joined and the first.
    let server = site.network.run(|| MortalServer::start(at, responders(4))).unwrap();
    let mut command = site.device(&format!("join {} --name device", server.address().unwrap()));
    command.env("P2PM_SERVER_PASSWORD", PASSWORD);
    let mut device = Terminal::spawn(command);
    device.expect("online as device");
    device.expect("the list is not complete\nleft the community server: connection lost\n");
    let shown = device.screen().matches("resident").count();
    assert!((1..RESIDENTS).contains(&shown), "one page: {shown}");
    server.bury();
    device.signal(Signal::INT);
    assert_eq!(device.wait().code(), Some(0));
}
