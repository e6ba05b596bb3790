//! A community server that dies while it sends a list of several pages.

use std::net::Ipv4Addr;
use std::process::{Command, Stdio};

use p2pm_core::channel::Ended;
use p2pm_core::time::Instant;
use p2pm_tests::machine::Machine;
use p2pm_tests::middle::{
    Deed, FramePosition, Member, Middle, MortalServer, NAME, PASSWORD, Party, RESIDENTS, crowded_host, meet,
    responders,
};
use p2pm_tests::pty::Terminal;
use p2pm_tests::random::Random;

/// Pages of the first list, after Hello, Welcome and Joined.
const PAGES: [FramePosition; 3] = [responders(3), responders(4), responders(5)];
/// Second page of a second list.
const LATER: FramePosition = responders(7);

#[test]
fn a_member_takes_no_part_of_a_list_for_the_list() {
    for (pages, position) in PAGES.into_iter().enumerate() {
        for bytes in [0, 1, 500, 1023] {
            let now = Instant::default();
            let (mut member, mut host) = (Member::new(now, &mut Random::new(6)), crowded_host(now));
            meet(&mut member, &mut host, &mut Middle::new([(position, Deed::Cut(bytes))]));
            // A member leaves once it has the whole list.
            assert_eq!(member.report().ended, Some(Ended::Lost));
            assert_eq!(host.report().ended, Some(Ended::Lost));
            assert_eq!(member.report().shown.len(), 1 + 24 * pages, "where it is called, and whole pages");
        }
    }
}

fn client(machine: &Machine, server: &MortalServer) -> Command {
    let mut command = machine.command("client");
    let server = server.address().unwrap().to_string();
    command.args(["--server", &server, "--name", NAME, "--port", "5460", "--suite", "sealed"]);
    command.env("P2PM_SERVER_PASSWORD", PASSWORD);
    command
}

#[test]
fn a_client_shows_no_part_of_a_list_and_fails() {
    for position in PAGES {
        let server = MortalServer::start(Ipv4Addr::LOCALHOST, position).unwrap();
        let output = client(&Machine::new(), &server).stdin(Stdio::null()).output().unwrap();
        server.bury();
        let shown = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(1), "{shown}");
        assert!(shown.contains("community server: connection lost\n"), "{shown}");
        assert!(!shown.contains("resident"), "{shown}");
    }
}

#[test]
fn a_user_whose_server_dies_later_is_back_at_the_menu() {
    let server = MortalServer::start(Ipv4Addr::LOCALHOST, LATER).unwrap();
    let machine = Machine::new();
    let mut client = Terminal::spawn(client(&machine, &server));
    client.expect("menu for the menu: ");
    client.send_line("");
    client.expect("community server: connection lost\n");
    client.expect("Selection: ");
    assert_eq!(client.screen().matches("resident").count(), RESIDENTS, "the first list alone");
    client.send_line("3");
    assert_eq!(client.wait().code(), Some(0));
    server.bury();
}
