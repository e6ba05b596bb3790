//! Programs whose output blocks or is closed, and a node with few open files.

use std::io::{Write, pipe};
use std::iter;
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::thread;

use p2pm_tests::piped::Piped;
use p2pm_tests::pty::Terminal;
use rustix::process::{Resource, Rlimit, Signal, setrlimit};

use crate::cast::{KATIES_PASSWORD, Machine, caller, caller_command, node_command, piped_node};

const STOP_OUTPUT: &[u8] = b"\x13";
const GO_ON: &[u8] = b"\x11";

#[test]
fn a_node_whose_terminal_is_stopped_serves_its_callers() {
    let machine = Machine::new();
    let (mut node, port) = machine.node(KATIES_PASSWORD);
    node.send(STOP_OUTPUT);
    let mut first = caller(&machine, port, &[]);
    let mut second = Terminal::spawn(caller_command(&machine, port, &[]));
    second.expect("busy in another chat");
    first.send_line("can you see me?");
    node.send(GO_ON);
    node.expect("was told that you are busy\n");
    node.expect("THEM: can you see me?\n");
    node.send(STOP_OUTPUT);
    node.signal(Signal::TERM);
    first.expect("the other side said goodbye");
    assert_eq!(node.wait().code(), Some(0));
}

#[test]
fn a_node_whose_output_is_gone_says_goodbye_and_refuses_others() {
    let machine = Machine::new();
    let (mut node, port) = piped_node(node_command(&machine, &[]));
    let mut first = caller(&machine, port, &[]);
    node.output = None;
    first.expect("the other side said goodbye");
    for _ in 0..2 {
        let mut next = Terminal::spawn(caller_command(&machine, port, &[]));
        next.expect("no chat: ");
        assert_eq!(next.wait().code(), Some(3), "{}", next.screen());
    }
    assert!(node.is_alive());
}

/// Far more than the programs and the kernel buffer.
#[test]
fn a_peer_that_writes_faster_than_the_output_loses_nothing() {
    const LINES: usize = 10_000;
    let machine = Machine::new();
    let (mut node, port) = piped_node(node_command(&machine, &["--free"]));
    let mut caller = Piped::start(caller_command(&machine, port, &["--free"]));
    let mut input = caller.input.take().unwrap();
    let writing = thread::spawn(move || {
        let line = "x".repeat(900);
        (0..LINES).for_each(|number| writeln!(input, "{number} {line}").unwrap());
    });
    let shown = iter::repeat_with(|| node.read_to("")).take_while(|line| !line.starts_with("chat over"));
    assert_eq!(shown.filter(|line| line.starts_with("THEM: ")).count(), LINES);
    writing.join().unwrap();
    assert_eq!(caller.wait().code(), Some(0));
}

/// Exit status of a program whose output is closed.
fn unheard(mut command: Command) -> Option<i32> {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    command.stdout(writer.try_clone().unwrap()).stderr(writer);
    command.stdin(Stdio::null()).status().unwrap().code()
}

#[test]
fn output_without_a_reader_is_no_panic() {
    let machine = Machine::new();
    assert_eq!(unheard(machine.command("client")), Some(1), "the menu");
    assert_eq!(unheard(caller_command(&machine, 1, &[])), Some(1), "nobody to call");
    let mut usage = node_command(&machine, &[]);
    usage.env("P2PM_PASSWORD", "");
    assert_eq!(unheard(usage), Some(2), "an empty password");
    let mut elsewhere = machine.command("communityserver");
    elsewhere.args(["--listen", "192.0.2.1:5000"]).env("P2PM_PASSWORD", KATIES_PASSWORD);
    assert_eq!(unheard(elsewhere), Some(1), "an address of others");
    let mut demo = machine.command("p2pm");
    demo.arg("demo");
    assert_eq!(unheard(demo), Some(1), "the demo");
    let mut demo = machine.command("p2pm");
    demo.args(["demo", "--triad"]);
    assert_eq!(unheard(demo), Some(1), "the demo of 2015");
    let mut device = machine.command("p2pm-tap");
    device.args(["--tap", "none", "--ip", "192.0.2.2/24", "node"]).env("P2PM_PASSWORD", KATIES_PASSWORD);
    assert_ne!(unheard(device), Some(101), "the device");
}

#[test]
fn with_few_open_files_a_flood_keeps_no_caller_out() {
    let machine = Machine::new();
    let mut command = node_command(&machine, &[]);
    let limit = Rlimit { current: Some(64), maximum: Some(64) };
    // SAFETY: between fork and exec only async-signal-safe calls are allowed. This is a bare system call.
    unsafe { command.pre_exec(move || Ok(setrlimit(Resource::Nofile, limit)?)) };
    let (_node, port) = piped_node(command);
    let silent = (0..150).map(|_| TcpStream::connect(("127.0.0.1", port)).unwrap());
    let silent: Vec<_> = silent.collect();
    let _caller = caller(&machine, port, &[]);
    assert_eq!(silent.len(), 150);
}
