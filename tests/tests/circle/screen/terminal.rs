//! Terminals of all kinds and sizes.

use p2pm_tests::machine::Machine;
use p2pm_tests::pty::Terminal;

use super::{katie_and_abdul, size};
use crate::cast::PASSPHRASE;

#[test]
fn a_small_screen_has_the_conversation_alone() {
    let machine = Machine::new();
    let (mut katie, _abdul) = katie_and_abdul(&machine);
    katie.resize(size(12), size(60));
    katie.expect_that("no people", |shown| !shown.contains("People") && shown.contains("everyone>"));
    katie.resize(size(24), size(80));
    katie.expect(&["People", "everyone>"]);
}

#[test]
fn the_terminal_is_as_before_in_the_end() {
    let machine = Machine::new();
    let (mut katie, _abdul) = katie_and_abdul(&machine);
    assert!(!katie.terminal().echoes());
    katie.press("\x03");
    katie.expect(&["Ctrl-C once more quits"]);
    katie.press("\x03");
    assert!(katie.terminal().wait().success());
    assert!(katie.terminal().echoes());
    let last = String::from_utf8_lossy(katie.terminal().output()).into_owned();
    assert!(last.contains("\x1b[?1049l"), "{last:?}");
}

#[test]
fn a_terminal_that_cannot_be_drawn_on_has_lines() {
    let machine = Machine::new();
    let mut command = machine.command("p2pm");
    command.args(["--no-discovery", "--port", "0", "--name", "katie"]);
    command.env("P2PM_PASSPHRASE", PASSPHRASE).env("TERM", "dumb");
    let mut katie = Terminal::spawn(command);
    katie.expect("everyone> ");
    katie.send_line("/quit");
    assert!(katie.wait().success());
}
