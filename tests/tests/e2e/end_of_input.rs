//! End of input of a node, and unsent input of a client.

use std::io::Write;
use std::process::Stdio;

use crate::cast::{KATIES_PASSWORD, Machine, caller, caller_command, node_command, piped_node};
use crate::scripted::scripted_call;

#[test]
fn ctrl_d_ends_a_chat_and_then_the_node() {
    let machine = Machine::new();
    let (mut node, port) = machine.node(KATIES_PASSWORD);
    let mut first = caller(&machine, port, &[]);
    node.expect("waiting for client...");
    node.send(b"\x04");
    first.expect("the other side said goodbye");
    node.expect("chat over: you said goodbye\n");
    node.expect("listening...");
    // The node serves others.
    let mut second = caller(&machine, port, &[]);
    second.send_line("quit");
    node.expect("chat over: the other side said goodbye\n");
    node.expect("listening...");
    node.send(b"\x04");
    assert_eq!(node.wait().code(), Some(0));
}

#[test]
fn a_node_without_input_listens() {
    let machine = Machine::new();
    let (mut node, port) = piped_node(node_command(&machine, &["--free"]));
    node.input = None;
    let mut free = caller(&machine, port, &["--free"]);
    for line in ["one", "two"] {
        free.send_line(line);
        node.read_to(&format!("THEM: {line}"));
    }
    free.send_line("quit");
    node.read_to("chat over: the other side said goodbye");
    // In a linear chat the end of the node's input ends the chat, since it cannot answer.
    let mut linear = caller(&machine, port, &[]);
    linear.send_line("three");
    node.read_to("THEM: three");
    linear.expect("the other side said goodbye");
    assert_eq!(linear.wait().code(), Some(0));
    node.read_to("listening...");
    assert!(node.is_alive());
}

#[test]
fn piped_lines_that_are_not_sent_are_no_success() {
    let machine = Machine::new();
    let (mut node, port) = machine.node(KATIES_PASSWORD);
    let answering = std::thread::spawn(move || {
        for _ in 0..2 {
            node.expect("THEM: sent\n");
            node.send_line("answer");
            node.expect("chat over: the other side said goodbye\n");
        }
        node.expect("THEM: one\n");
        node.send_line("quit");
        node.expect("listening...");
        node
    });
    let too_long = [&[b'x'; 1001], &b"\nsent\n"[..]].concat();
    for (input, why) in [(&b"\xFF\nsent\n"[..], "not UTF-8"), (&too_long, "a message has at most")] {
        let output = scripted_call(&machine, port, KATIES_PASSWORD, input);
        let shown = String::from_utf8(output.stdout).unwrap();
        assert!(shown.contains("not sent: ") && shown.contains(why), "{shown}");
        assert_eq!(output.status.code(), Some(1), "{shown}");
    }
    let output = scripted_call(&machine, port, KATIES_PASSWORD, b"one\ntwo\nthree\n");
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("not sent: the rest of the input\n"), "{shown}");
    assert_eq!(output.status.code(), Some(1), "{shown}");
    drop(answering.join().unwrap());
}

/// The test takes a second: the program's own time limit, on its own clock.
#[test]
fn a_call_that_nobody_answers_ends_in_time() {
    let machine = Machine::new();
    let (mut node, port) = machine.node(KATIES_PASSWORD);
    let mut command = caller_command(&machine, port, &["--timeout", "1"]);
    let mut client = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    client.stdin.as_mut().unwrap().write_all(b"dinner?\n").unwrap();
    node.expect("THEM: dinner?\n");
    node.expect("chat over: the other side said goodbye\n");
    let output = client.wait_with_output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("chat over: no answer"));
    assert_eq!(output.status.code(), Some(1));
}
