//! The node that is shown: one of the face's own, or one that runs already.

use std::fs;

use p2pm_tests::machine::Machine;
use p2pm_tests::pty::Terminal;
use p2pm_tests::screen::Screen;
use rustix::process::{Pid, Signal, kill_process};

use super::{ALT, ENTER, face};
use crate::cast::{Node, eventually};

/// The face of a node that runs.
fn shown(node: &Node) -> Screen {
    let mut command = node.machine().command("p2pm");
    command.env("TERM", "xterm-256color").env("TZ", "UTC");
    Screen::of(Terminal::spawn(command))
}

/// A node that runs, and its user's face, which shows it.
#[test]
fn a_node_that_runs_is_shown_and_goes_on() {
    let mut katie = Node::start("katie", None, &["--port", "0"]);
    let abdul = Node::start("abdul", None, &["--port", "0", "--connect", &katie.address()]);
    eventually("a link", || katie.here() == 1 && abdul.here() == 1);
    for (node, to, text) in [(&abdul, "katie", "dinner?"), (&katie, "abdul", "at eight")] {
        assert!(node.run(&["send", to, text]).status.success());
    }
    let mut face = shown(&katie);
    face.expect(&["p2pm down ends it", "1 abdul        1"]);
    face.press(&format!("{ALT}1"));
    face.expect(&["abdul    dinner?", "katie    at eight", "✓│"]);
    assert!(katie.run(&["send", "abdul", "sent by a script"]).status.success());
    face.expect(&["katie    sent by a script", "✓│"]);
    face.press(&format!("bring bread{ENTER}"));
    face.expect(&["katie    bring bread", "✓│"]);
    face.press("\x04");
    assert!(face.terminal().wait().success());
    assert_eq!(katie.here(), 1, "it goes on");

    let mut face = shown(&katie);
    face.expect(&["1 abdul        1"]);
    face.press(&format!("{ALT}1"));
    face.expect(&["katie    bring bread", "1 abdul        ●"]);
    katie.kill();
    face.expect(&["the node has ended: it is shown here once", "· no node ", "1 abdul        ○"]);
    face.press(ENTER);
    face.expect(&["the node is not back: nobody has started it yet"]);
    // Without a key.
    katie.restart(&["--connect", &abdul.address()]);
    face.expect(&["the node has started again", "1 abdul        ●"]);
}

#[test]
fn a_node_of_the_face_that_has_ended_is_started_again_there() {
    let machine = Machine::new();
    let mut katie = face(&machine, &["--name", "katie"]);
    katie.expect(&["everyone>"]);
    katie.press("half");
    assert!(machine.command("p2pm").arg("down").status().expect("p2pm runs").success());
    katie.expect(&["the node has ended: Enter starts it again"]);
    katie.press(ENTER);
    katie.expect(&["the node has started again", "everyone> half"]);
    assert!(machine.command("p2pm").arg("who").status().expect("p2pm runs").success());
}

/// Has a node do nothing until it is told to go on.
fn stop(node: &Node) {
    signal(node, Signal::STOP);
    let is_stopped = |stat: String| stat.contains(") T ");
    eventually("a stop", || fs::read_to_string(format!("/proc/{}/stat", node.id())).is_ok_and(is_stopped));
}

fn signal(node: &Node, signal: Signal) {
    let id = i32::try_from(node.id()).ok().and_then(Pid::from_raw).expect("a process");
    kill_process(id, signal).expect("it runs");
}

#[test]
fn a_node_that_does_not_answer_holds_up_no_key() {
    let katie = Node::start("katie", None, &["--port", "0"]);
    let abdul = Node::start("abdul", None, &["--port", "0", "--connect", &katie.address()]);
    let mut face = shown(&katie);
    face.expect(&["1 abdul        ●"]);
    face.press(&format!("{ALT}1"));
    face.expect(&["abdul>"]);
    stop(&katie);
    face.press(&format!("dinner?{ENTER}/who{ENTER}half"));
    face.expect_without(&["│abdul> half "], &["katie    dinner?", "not known", "does not answer"]);
    signal(&katie, Signal::CONT);
    face.expect(&["katie    dinner?", "✓│", "you, at", "│abdul> half "]);
    stop(&katie);
    face.press(&format!("\x15bye{ENTER}\x04"));
    face.expect(&["the node has not answered yet"]);
    signal(&katie, Signal::CONT);
    assert!(face.terminal().wait().success());
    eventually("the last text", || {
        abdul.output(&["listen", "--since", "0", "--timeout", "1"]).contains("katie: bye")
    });
}
