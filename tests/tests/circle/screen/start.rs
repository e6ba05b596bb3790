//! The first start, and later ones.

use p2pm_tests::lan::Lan;
use p2pm_tests::machine::Machine;
use p2pm_tests::pty::Terminal;
use p2pm_tests::screen::Screen;

use super::{ALT, ENTER};
use crate::cast::{Node, PASSPHRASE};

/// Questions and keystrokes, beside the code and the text, until somebody else on the network has received a message. Of the
/// programs of 2015 and of the triad, all that is typed is counted.
#[test]
fn from_an_empty_home_to_the_first_message() {
    let Some(lan) = Lan::for_test(2) else { return };
    let _abdul = Node::start_looking("abdul", &lan.hosts[0], &[]);
    let machine = Machine::on(&lan.hosts[1]);
    let (mut katie, mut keys) = (face_of_a_newcomer(&machine), 0);
    let mut press = |katie: &mut Screen, key: &str| {
        keys += 1;
        katie.press(key);
    };
    katie.expect(&["Your name [katie]:"]);
    press(&mut katie, ENTER);
    katie.expect(&["Passphrase (Enter"]);
    katie.press(PASSPHRASE);
    press(&mut katie, ENTER);
    katie.expect(&["abdul asks to be accepted"]);
    press(&mut katie, &format!("{ALT}y"));
    katie.expect(&["1 abdul        ●"]);
    katie.press("hello");
    press(&mut katie, ENTER);
    katie.expect(&["hello", "✓"]);
    let first = keys;
    katie.press("\x04");
    assert!(katie.terminal().wait().success());

    let mut katie = face_of_a_newcomer(&machine);
    katie.expect(&["everyone>", "1 abdul        ●"]);
    katie.press(&format!("hello again{ENTER}"));
    katie.expect(&["hello again", "✓"]);
    println!("{:<22} {:>9} {:>10}", "", "questions", "keystrokes");
    for (programs, questions, keys) in
        [("2015", 11, 87), ("the triad", 10, 79), ("p2pm, the first time", 2, first), ("p2pm, later", 0, 1)]
    {
        println!("{programs:<22} {questions:>9} {keys:>10}");
    }
    assert!(first <= 4, "{first}");
}

/// `p2pm` without an option, as somebody starts it who is told nothing but a code.
fn face_of_a_newcomer(machine: &Machine) -> Screen {
    let mut command = machine.command("p2pm");
    command.env("TERM", "xterm-256color").env("USER", "katie");
    Screen::of(Terminal::spawn(command))
}

/// A first start without a network, at the question for the passphrase.
fn at_the_passphrase(machine: &Machine) -> Screen {
    let mut command = machine.command("p2pm");
    command.args(["--no-discovery", "--port", "0"]).env("TERM", "xterm-256color").env("USER", "katie");
    let mut katie = Screen::of(Terminal::spawn(command));
    katie.expect(&["Your name [katie]:"]);
    katie.press(ENTER);
    katie.expect(&["Passphrase (Enter"]);
    katie
}

#[test]
fn whoever_does_not_want_to_answer_can_quit() {
    let machine = Machine::new();
    for (keys, status) in [("/quit\r", 0), ("/q\r", 0), ("\x04", 2), ("\x03", 130)] {
        let mut katie = at_the_passphrase(&machine);
        katie.press(keys);
        assert_eq!(katie.terminal().wait().code(), Some(status), "{keys:?}");
    }
}

#[test]
fn a_code_is_seen_from_its_beginning_to_its_end_while_it_is_typed() {
    let machine = Machine::new();
    let mut katie = at_the_passphrase(&machine);
    let code = "9999-situation-situation-situation-situation";
    katie.press(code);
    katie.expect_row(&format!("Passphrase (Enter makes one): {code}"), "");
}

#[test]
fn the_beginning_of_a_code_is_a_passphrase_only_if_it_is_typed_twice() {
    let machine = Machine::new();
    let mut katie = at_the_passphrase(&machine);
    katie.press(&format!("47-coral{ENTER}"));
    katie.expect(&["a code has 4 words behind its number; if this is none, type it again"]);
    katie.press(&format!("47-tulip{ENTER}"));
    katie.expect_that("the same again", |shown| shown.matches("type it again").count() == 2);
    katie.press(&format!("47-tulip{ENTER}"));
    katie.expect(&["everyone>"]);
    katie.press(&format!("/invite{ENTER}"));
    katie.expect(&["47-tulip"]);
}
