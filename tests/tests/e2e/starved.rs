//! Programs without file descriptors for new connections.

use std::fs;
use std::process::Command;
use std::time::Duration;

use p2pm_core::limits::CONNECT_TIMEOUT;
use p2pm_tests::pty::Terminal;
use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};

use crate::cast::{KATIES_PASSWORD, Machine, SERVER_PASSWORD, caller_command, server};

/// Fewer descriptors than a program has open, and enough for poll(2) to wait on those.
const FEW: u64 = 8;

/// Sets a program's limit on descriptors, and returns the old one.
fn allow(program: &Terminal, limit: Rlimit) -> Rlimit {
    let pid = Pid::from_raw(program.id().cast_signed());
    prlimit(pid, Resource::Nofile, limit).expect("the limit of a program of one's own")
}

/// Denies a program new descriptors, even in place of one that it closes.
fn starve(program: &Terminal) -> Rlimit {
    for number in 0..FEW {
        let taken = fs::symlink_metadata(format!("/proc/{}/fd/{number}", program.id()));
        assert!(taken.is_ok(), "descriptor {number} is free");
    }
    allow(program, Rlimit { current: Some(FEW), ..getrlimit(Resource::Nofile) })
}

/// CPU time of a program's main thread, which runs the loop (`schedstat` of proc(5), ns).
fn processor_time(program: &Terminal) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{}/schedstat", program.id())).unwrap();
    Duration::from_nanos(stat.split_ascii_whitespace().next().unwrap().parse().unwrap())
}

/// Connections from `command` are not answered while a program has no descriptors, during which it sleeps,
/// and are served afterwards.
///
/// The test takes ten seconds: the client's own time limit, on its own clock.
fn keeps_new_connections_waiting(
    program: &Terminal,
    command: impl Fn() -> Command,
    unanswered: &str,
    served: &str,
) {
    let before = starve(program);
    let start = processor_time(program);
    let call = || Terminal::spawn(command()).with_patience(CONNECT_TIMEOUT + Duration::from_secs(10));
    let mut starved = call();
    starved.expect(unanswered);
    assert_eq!(starved.wait().code(), Some(1));
    let used = processor_time(program).saturating_sub(start);
    assert!(used < Duration::from_secs(1), "it has used {used:?} of a processor to wait");
    allow(program, before);
    call().expect(served);
}

#[test]
fn a_node_without_descriptors_keeps_new_connections_waiting() {
    let machine = Machine::new();
    let (mut node, port) = machine.node(KATIES_PASSWORD);
    let call = || caller_command(&machine, port, &[]);
    keeps_new_connections_waiting(&node, call, "no chat: no answer\n", "YOU: ");
    node.expect("call from 127.0.0.1\n");
}

#[test]
fn a_community_server_without_descriptors_keeps_new_connections_waiting() {
    let (mut community, port) = server(2);
    let machine = Machine::new();
    let join = || {
        let mut command = machine.command("client");
        command.args(["--server", &format!("127.0.0.1:{port}"), "--name", "katie", "--port", "5460"]);
        command.env("P2PM_SERVER_PASSWORD", SERVER_PASSWORD);
        command
    };
    keeps_new_connections_waiting(
        &community,
        join,
        "community server: no answer\n",
        "you are online as katie",
    );
    community.expect("katie joined");
}
