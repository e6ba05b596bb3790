//! Programs that have no file descriptors left for whoever comes.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use p2pm_core::limits::CONNECT_TIMEOUT;
use p2pm_tests::pty::Terminal;
use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};

use crate::cast::{KATIES_PASSWORD, Machine, SERVER_PASSWORD, server};

/// Allows a program this many descriptors from now on, and returns what it was allowed before.
fn allow(program: &Terminal, limit: Rlimit) -> Rlimit {
    let pid = Pid::from_raw(program.id().cast_signed());
    prlimit(pid, Resource::Nofile, limit).expect("the limit of a program of one's own")
}

/// Allows a program no descriptor more than it has.
fn starve(program: &Terminal) -> Rlimit {
    allow(program, Rlimit { current: Some(next_descriptor(program)), ..getrlimit(Resource::Nofile) })
}

/// The lowest number that a new descriptor of this program would have.
fn next_descriptor(program: &Terminal) -> u64 {
    let folder = fs::read_dir(format!("/proc/{}/fd", program.id())).unwrap();
    let open: BTreeSet<u64> =
        folder.map(|entry| entry.unwrap().file_name().to_str().unwrap().parse().unwrap()).collect();
    (0..=u64::from(u16::MAX)).find(|number| !open.contains(number)).unwrap()
}

#[test]
fn a_node_without_descriptors_hangs_up_and_says_nothing() {
    let machine = Machine::new();
    let (mut node, port) = machine.node(KATIES_PASSWORD);
    let before = starve(&node);
    let call = || {
        let mut command = machine.command("client");
        command.args(["--call", &format!("127.0.0.1:{port}")]).env("P2PM_CHAT_PASSWORD", KATIES_PASSWORD);
        Terminal::spawn(command)
    };
    for _ in 0..2 {
        let mut starved = call();
        starved.expect("no chat: connection lost\n");
        assert_eq!(starved.wait().code(), Some(1));
    }
    allow(&node, before);
    let mut katie = call();
    katie.expect("YOU: ");
    node.expect("call from 127.0.0.1\n");
}

/// This one takes ten seconds: the limit is the client's own, on its own clock.
#[test]
fn a_community_server_without_descriptors_keeps_who_comes_waiting() {
    let (mut community, port) = server(2);
    let machine = Machine::new();
    let join = || {
        let mut command = machine.command("client");
        command.args(["--server", &format!("127.0.0.1:{port}"), "--name", "katie", "--port", "5460"]);
        command.env("P2PM_SERVER_PASSWORD", SERVER_PASSWORD);
        Terminal::spawn(command).with_patience(CONNECT_TIMEOUT + Duration::from_secs(10))
    };
    let before = starve(&community);
    let mut starved = join();
    starved.expect("community server: no answer\n");
    assert_eq!(starved.wait().code(), Some(1));
    allow(&community, before);
    join().expect("you are online as katie");
    community.expect("katie joined");
}
