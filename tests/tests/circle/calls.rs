//! Programs of the first generation that call a node.

use std::io::Write;
use std::process::Stdio;

use p2pm_tests::machine::Machine;
use p2pm_tests::pty::Terminal;

use crate::cast::{Node, PASSPHRASE, eventually};

/// A `client` that calls a node.
fn client(machine: &Machine, node: &Node, password: &str) -> Terminal {
    let mut command = machine.command("client");
    command.args(["--call", &node.address(), "--name", "abdul"]);
    command.env("P2PM_CHAT_PASSWORD", password);
    Terminal::spawn(command)
}

fn heard(node: &Node) -> String {
    node.output(&["listen", "--since", "0", "--timeout", "1"])
}

#[test]
fn who_calls_is_somebody_without_a_key() {
    let katie = Node::start("katie", None, &["--port", "0"]);
    let machine = Machine::new();
    let mut abdul = client(&machine, &katie, PASSPHRASE);
    abdul.expect("YOU: ");
    abdul.send_line("dinner?");
    eventually("the text", || heard(&katie).contains("abdul: dinner?"));
    assert!(katie.says_of("abdul").contains("(call-1): here"), "{}", katie.output(&["who"]));
    assert!(katie.run(&["send", "abdul", "at eight"]).status.success());
    abdul.expect("THEM: at eight");
    abdul.send_line("fine");
    eventually("the answer", || heard(&katie).contains("abdul: fine"));
    assert!(katie.run(&["send", "--all", "all of you"]).status.success());
    abdul.expect("THEM: all of you");
    assert_eq!(katie.run(&["verify", "abdul"]).status.code(), Some(2));
    assert_eq!(
        katie.run(&["send", "abdul", &"x".repeat(1100)]).status.code(),
        Some(2),
        "too long for a frame"
    );
    abdul.send_line("quit");
    eventually("the end", || heard(&katie).contains("abdul left"));
    assert_eq!(katie.run(&["send", "abdul", "gone?"]).status.code(), Some(4));
}

#[test]
fn a_call_is_accepted_or_refused_by_the_user() {
    let katie = Node::start("katie", None, &["--port", "0", "--accept", "ask"]);
    let machine = Machine::new();
    for (decision, shown) in [("deny", "no chat: "), ("accept", "YOU: ")] {
        let mut abdul = client(&machine, &katie, PASSPHRASE);
        eventually("the question", || katie.says_of("abdul").contains("asks"));
        assert_eq!(katie.run(&["send", "abdul", "hm"]).status.code(), Some(3));
        assert!(katie.run(&[decision, "abdul"]).status.success());
        abdul.expect(shown);
        if decision == "accept" {
            assert!(katie.run(&["deny", "abdul"]).status.success());
            abdul.expect("chat over");
            eventually("the end", || heard(&katie).contains("abdul left: you do not accept them"));
        }
    }
}

#[test]
fn a_caller_who_keeps_the_turn_keeps_nothing_from_others() {
    let katie = Node::start("katie", None, &["--port", "0"]);
    let zoe = Node::start("zoe", None, &["--port", "0", "--connect", &katie.address()]);
    let machine = Machine::new();
    let mut abdul = client(&machine, &katie, PASSPHRASE);
    abdul.expect("YOU: ");
    eventually("both", || katie.here() == 2);
    let mut send = katie.command(&["--timeout", "5", "send", "--all", "-"]);
    let mut send = send.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let texts = ["dinner?\n".repeat(17), "the last text\n".to_owned()].concat();
    send.stdin.take().unwrap().write_all(texts.as_bytes()).unwrap();
    let error = String::from_utf8(send.wait_with_output().unwrap().stderr).unwrap();
    assert_eq!(error.matches("not said to abdul: it is the caller's turn").count(), 2, "{error}");
    eventually("all texts", || heard(&zoe).contains("the last text"));
}

#[test]
fn who_does_not_know_the_passphrase_does_not_ring() {
    let katie = Node::start("katie", None, &["--port", "0"]);
    let machine = Machine::new();
    client(&machine, &katie, "guess").expect("wrong password");
    let known = Node::start("zoe", None, &["--port", "0", "--accept", "known"]);
    client(&machine, &known, PASSPHRASE).expect("no chat: ");
    assert!(!heard(&known).contains("abdul") && !heard(&katie).contains("abdul"));
}
