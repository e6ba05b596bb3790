//! Chats over a network whose buffers hold less than there is to send. Requires root.

use std::io::Write;
use std::process::Command;

use p2pm_tests::machine::Machine;
use p2pm_tests::namespace::{Namespace, WIRE_ENDS};
use p2pm_tests::piped::Piped;
use p2pm_tests::pty::Terminal;

const PASSWORD: &str = "barbeau";
const PORT: &str = "5460";

/// The machines of two users, and the wire between them.
struct Users {
    caller: Machine,
    callee: Machine,
}

impl Users {
    /// Sockets with buffers of this many bytes; `None` for the system's default.
    fn new(buffer: Option<usize>) -> Option<Self> {
        let (near, far) = (Namespace::for_test()?, Namespace::for_test()?);
        near.wire_to(&far);
        for network in [&near, &far] {
            if let Some(bytes) = buffer {
                network.limit_buffers(bytes);
            }
        }
        Some(Self { caller: Machine::on(&near), callee: Machine::on(&far) })
    }

    fn client(&self) -> Command {
        let mut command = self.caller.command("client");
        command.args(["--free", "--call", &format!("{}:{PORT}", WIRE_ENDS[1])]);
        command.env("P2PM_CHAT_PASSWORD", PASSWORD);
        command
    }

    fn node(&self) -> Command {
        let mut command = self.callee.command("nodeServer");
        command.args(["--free", "--port", PORT]).env("P2PM_PASSWORD", PASSWORD);
        command
    }
}

/// Numbered lines, then the end of the chat, into a pipe that stays open.
fn say_all(speaker: &mut Piped, lines: usize) {
    let input = speaker.input.as_mut().unwrap();
    for number in 1..=lines {
        writeln!(input, "line {number}").unwrap();
    }
    writeln!(input, "quit").unwrap();
}

fn hear_all(listener: &mut Terminal, lines: usize) {
    for number in 1..=lines {
        listener.expect(&format!("THEM: line {number}\n"));
    }
    listener.expect("chat over: the other side said goodbye\n");
}

/// Size of the buffers, and more lines than fit.
const CASES: [(Option<usize>, usize); 2] = [(None, 1000), (Some(4096), 120)];

#[test]
fn a_client_says_all_that_is_piped_in() {
    for (buffer, lines) in CASES {
        let Some(users) = Users::new(buffer) else { return };
        let mut node = Terminal::spawn(users.node());
        node.expect("listening...");
        let mut client = Piped::start(users.client());
        say_all(&mut client, lines);
        hear_all(&mut node, lines);
        assert!(client.wait().success());
    }
}

#[test]
fn a_node_says_all_that_is_piped_in() {
    for (buffer, lines) in CASES {
        let Some(users) = Users::new(buffer) else { return };
        let mut node = Piped::start(users.node());
        node.read_to("listening...");
        let mut client = Terminal::spawn(users.client());
        client.expect("YOU: ");
        say_all(&mut node, lines);
        hear_all(&mut client, lines);
    }
}
