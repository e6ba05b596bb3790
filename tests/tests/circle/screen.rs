//! The face for terminals, as a person at a keyboard sees it.

use std::num::NonZeroU16;

use p2pm_tests::lan::Lan;
use p2pm_tests::machine::Machine;
use p2pm_tests::pty::Terminal;
use p2pm_tests::screen::Screen;

use crate::cast::{Node, PASSPHRASE, eventually};

pub const ENTER: &str = "\r";
pub const ALT: &str = "\x1b";

/// Katie's face, with these arguments. It asks before it accepts.
pub fn face(machine: &Machine, arguments: &[&str]) -> Screen {
    let mut command = machine.command("p2pm");
    command.args(["--no-discovery", "--port", "0"]).args(arguments);
    command.env("P2PM_PASSPHRASE", PASSPHRASE).env("TERM", "xterm-256color").env("TZ", "UTC");
    Screen::of(Terminal::spawn(command))
}

/// Katie, whom Abdul has been told of.
fn katie_and_abdul(machine: &Machine) -> (Screen, Node) {
    let abdul = Node::start("abdul", None, &["--port", "0"]);
    let mut katie = face(machine, &["--name", "katie", "--connect", &abdul.address()]);
    katie.expect(&["1 abdul        ●"]);
    (katie, abdul)
}

/// A screen, or its picture, without what is another time different.
pub fn without_times(contents: &str) -> String {
    let is_time = |text: &str| {
        let bytes = text.as_bytes();
        bytes.len() == 5 && bytes[2] == b':' && [0, 1, 3, 4].iter().all(|at| bytes[*at].is_ascii_digit())
    };
    let mut shown = contents.to_owned();
    let times: Vec<_> =
        contents.split([' ', '│', '>', '<']).filter(|word| is_time(word)).map(str::to_owned).collect();
    for time in times {
        shown = shown.replace(&time, "10:30");
    }
    shown
}

#[test]
fn what_is_said_is_shown_with_what_has_become_of_it() {
    let machine = Machine::new();
    let (mut katie, abdul) = katie_and_abdul(&machine);
    assert!(abdul.run(&["send", "katie", "dinner? 漢字😀"]).status.success());
    katie.expect(&["1 abdul        1"]);
    katie.press("half");
    katie.press(&format!("{ALT}1"));
    katie.expect(&["dinner? 漢字😀"]);
    katie.press(&format!("at eight{ENTER}"));
    katie.expect(&["at eight", "✓│"]);
    katie.press("bring");
    katie.expect(&["abdul> bring"]);
    let conversation = "\x20p2pm  katie · home · sealed · 1 here                                   F1 help
┌ People ──────────┬ abdul ────────────────────────────────────────────────────┐
│  0 everyone      │── abdul is here ──                                        │
│▸ 1 abdul        ●│10:30 abdul    dinner? 漢字😀                              │
│                  │10:30 katie    at eight                                   ✓│";
    let below = "\
├──────────────────┴───────────────────────────────────────────────────────────┤
│abdul> bring                                                                  │
└ Alt-0…9 chat · Alt-A unread · Tab complete · /help ──────────────────────────┘";
    let shown = without_times(&katie.contents());
    assert!(shown.starts_with(conversation) && shown.ends_with(below), "{shown}");
    katie.press(&format!("{ALT}0"));
    katie.expect(&["everyone> half"]);
    katie.press("\x15all");
    katie.press(ENTER);
    katie.expect(&["all", "✓│"]);
    eventually("the text", || {
        abdul.output(&["listen", "--since", "0", "--timeout", "1"]).contains("all: all")
    });
}

#[test]
fn whoever_asks_is_accepted_with_one_key() {
    let machine = Machine::new();
    let mut katie = face(&machine, &["--name", "katie"]);
    katie.expect(&["everyone>"]);
    let port = katie_port(&machine);
    let abdul = Node::start("abdul", None, &["--port", "0", "--connect", &format!("127.0.0.1:{port}")]);
    katie.expect(&["+ abdul asks", "abdul asks to be accepted · Alt-Y accept"]);
    katie.press(&format!("{ALT}a"));
    katie.expect(&["abdul>", "under the name abdul"]);
    katie.press("are you the real one?");
    katie.expect(&["abdul> are you the real one?", "+ abdul asks"]);
    katie.press(&format!("{ALT}y"));
    katie.expect(&["1 abdul        ●", "abdul>"]);
    eventually("to be here", || abdul.here() == 1);
}

pub fn katie_port(machine: &Machine) -> String {
    let mut port = String::new();
    eventually("an answer", || {
        let who = machine.command("p2pm").arg("who").output().expect("p2pm runs");
        let text = String::from_utf8(who.stdout).expect("text");
        text.lines()
            .next()
            .and_then(|line| line.rsplit(':').next())
            .unwrap_or_default()
            .clone_into(&mut port);
        !port.is_empty()
    });
    port
}

#[test]
fn the_bell_rings_for_what_comes_while_nobody_looks() {
    let machine = Machine::new();
    let (mut katie, abdul) = katie_and_abdul(&machine);
    katie.press(&format!("/bell{ENTER}"));
    katie.expect(&["the bell rings"]);
    // What a terminal sends that is not looked at any more.
    katie.press("\x1b[O");
    assert!(abdul.run(&["send", "katie", "dinner?"]).status.success());
    katie.expect(&["1 abdul        1"]);
    katie.terminal().expect("\x1b]9;p2pm: abdul");
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

#[test]
fn a_small_screen_has_the_conversation_alone() {
    let machine = Machine::new();
    let (mut katie, _abdul) = katie_and_abdul(&machine);
    katie.resize(size(12), size(60));
    katie.expect_that("no people", |shown| !shown.contains("People") && shown.contains("everyone>"));
    katie.resize(size(24), size(80));
    katie.expect(&["People", "everyone>"]);
}

pub fn size(side: u16) -> NonZeroU16 {
    NonZeroU16::new(side).expect("it is not 0")
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
