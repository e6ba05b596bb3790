//! The node that is shown: one of the face's own, or one that runs already.

use p2pm_tests::machine::Machine;
use p2pm_tests::pty::Terminal;
use p2pm_tests::screen::Screen;

use super::{ALT, ENTER, face};
use crate::cast::{Node, eventually};

/// A node that runs, and its user's face, which shows it.
#[test]
fn a_node_that_runs_is_shown_and_goes_on() {
    let mut katie = Node::start("katie", None, &["--port", "0"]);
    let abdul = Node::start("abdul", None, &["--port", "0", "--connect", &katie.address()]);
    eventually("a link", || katie.here() == 1 && abdul.here() == 1);
    for (node, to, text) in [(&abdul, "katie", "dinner?"), (&katie, "abdul", "at eight")] {
        assert!(node.run(&["send", to, text]).status.success());
    }
    let shown = |katie: &Node| {
        let mut command = katie.machine().command("p2pm");
        command.env("TERM", "xterm-256color").env("TZ", "UTC");
        Screen::of(Terminal::spawn(command))
    };
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
    face.expect(&["1 abdul        "]);
    katie.kill();
    face.expect(&["the node has ended: Enter starts it again"]);
    katie.restart(&["--connect", &abdul.address()]);
    face.press(ENTER);
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
