//! Input typed for one peer reaches no other.

use std::io::Write;

use p2pm_tests::machine::number_after;
use p2pm_tests::pty::Terminal;

use crate::cast::{KATIES_PASSWORD, Machine, caller, node_command, piped_node};

const DROPPED: &str = "what you had typed is dropped\n";

/// Types this without the end of a line, and waits until it is on the screen.
fn type_half(terminal: &mut Terminal, text: &str) {
    terminal.send(text.as_bytes());
    terminal.expect(text);
}

#[test]
fn half_a_line_typed_when_a_chat_ended_is_not_said_to_the_next_caller() {
    let machine = Machine::new();
    let (mut node, port) = machine.node(KATIES_PASSWORD);
    let mut first = caller(&machine, port, &[]);
    node.expect("waiting for client...");
    type_half(&mut node, "for the first alone");
    first.send_line("quit");
    node.expect(DROPPED);
    node.expect("listening...");

    let mut second = caller(&machine, port, &[]);
    second.send_line("hello");
    node.expect("THEM: hello\n");
    node.send_line("for the second");
    second.expect("THEM: for the second\n");
}

#[test]
fn a_line_typed_without_a_chat_reaches_no_peer() {
    let machine = Machine::new();
    let mut node = Terminal::spawn(node_command(&machine, &["--free"]));
    node.expect("bind completed: port ");
    node.expect("listening...");
    let port = number_after(&node.screen(), "bind completed: port ");
    node.send_line("for nobody");
    node.expect("not sent: you are in no chat\n");
    type_half(&mut node, "nor this");

    let mut caller = caller(&machine, port, &["--free"]);
    node.expect(DROPPED);
    node.expect("YOU: ");
    node.send_line("for the caller");
    caller.expect("THEM: ");
    caller.expect("for the caller\n");
    assert!(caller.screen().contains("THEM: for the caller\n"), "{}", caller.screen());
}

/// Where the user does not see it any more. On other terminals it stays: see `line_editing`.
#[test]
fn what_was_typed_out_of_turn_is_no_start_of_the_next_line() {
    let machine = Machine::new();
    let mut node = node_command(&machine, &[]);
    node.env("TERM", "dumb");
    let mut node = Terminal::spawn(node);
    node.expect("listening...");
    let port = number_after(&node.screen(), "bind completed: port ");
    let mut caller = caller(&machine, port, &[]);
    node.expect("waiting for client...");
    type_half(&mut node, "too early");
    caller.send_line("hello");
    node.expect(DROPPED);
    node.expect("THEM: hello\n");
    node.send_line("in time");
    caller.expect("THEM: in time\n");
}

#[test]
fn piped_lines_wait_for_their_turn_in_one_chat_after_the_other() {
    let machine = Machine::new();
    let (mut node, port) = piped_node(node_command(&machine, &[]));
    node.input.as_mut().unwrap().write_all(b"one\ntwo\n").unwrap();
    for line in ["one", "two"] {
        let mut caller = caller(&machine, port, &[]);
        caller.send_line("hello");
        caller.expect(&format!("THEM: {line}\n"));
        caller.send_line("quit");
        node.read_to("chat over");
    }
}
