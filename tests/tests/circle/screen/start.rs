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
    katie.expect(&["Passphrase of your circle"]);
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
