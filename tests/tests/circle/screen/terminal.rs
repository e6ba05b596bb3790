//! Terminals of all kinds and sizes.

use p2pm_tests::machine::Machine;
use p2pm_tests::pty::Terminal;
use p2pm_tests::screen::Screen;

use super::keys::F1;
use super::{ALT, ENTER, face, katie_and_abdul, katie_port, size, without_times};
use crate::cast::{Node, PASSPHRASE, eventually};

const CTRL_L: &str = "\x0c";

#[test]
fn on_sixty_columns_is_everything_but_the_list_of_people() {
    let machine = Machine::new();
    let (mut katie, abdul) = katie_and_abdul(&machine);
    katie.resize(size(14), size(60));
    let katie_is_at = format!("127.0.0.1:{}", katie_port(&machine));
    let _dora = Node::start("dora", None, &["--port", "0", "--connect", &katie_is_at]);
    let says = |text: &str| assert!(abdul.run(&["send", "katie", text]).status.success());
    says("a text that is too long for a row of sixty columns, and so has two of them");
    katie.expect(&[
        " p2pm  katie · home · sealed · 1 here · 1 unread    F1 help",
        "└ dora asks to be accepted · Alt-Y accept · Alt-N deny ────┘",
    ]);
    katie.press(&format!("{ALT}1half {}", "long ".repeat(10)));
    let conversation = "\x20p2pm  katie · home · sealed · 1 here               F1 help
┌ abdul ───────────────────────────────────────────────────┐
│── abdul is here ──                                       │
│10:30 abdul    a text that is too long for a row of sixty │
│               columns, and so has two of them            │
│                                                          │
│                                                          │
│                                                          │
│                                                          │
│                                                          │
├──────────────────────────────────────────────────────────┤
│abdul> half long long long long long long long long long  │
│       long                                               │
└ dora asks to be accepted · Alt-Y accept · Alt-N deny ────┘";
    katie.expect_that(conversation, |shown| without_times(shown) == conversation);
    katie.resize(size(40), size(60));
    katie.press(F1);
    katie.expect(&[
        "│Alt-0 … Alt-9     conversation 0 to 9; Ctrl-N, Ctrl-P: the│",
        "│                  next, the previous                      │",
        "│/bell         ring for what comes while you look elsewhere│",
        "│              /help  /quit                                │",
        "└ any key closes this ─────────────────────────────────────┘",
    ]);
    katie.press("x\x15/invite");
    katie.expect(&["│abdul> /invite  "]);
    katie.press(ENTER);
    katie.expect(&["┌ Join home with ─", "█ ▄▄▄▄▄ █", PASSPHRASE]);
    katie.press(&format!("/fly{ENTER}"));
    katie.expect(&["└ there is no /fly: /help shows all; // begins a text wit… ┘"]);
    katie.press(&format!("/invite{ENTER}"));
    katie.expect(&["┌ Join home with ─"]);
    katie.resize(size(24), size(80));
    katie.press("q");
    katie.expect_without(&["┌ People ─", "+ dora asks"], &[PASSPHRASE]);
}

#[test]
fn a_screen_that_was_small_is_what_it_was() {
    let machine = Machine::new();
    let (mut katie, _abdul) = katie_and_abdul(&machine);
    katie.press("half");
    katie.expect(&["everyone> half"]);
    let before = katie.contents();
    for (rows, columns, shown) in
        [(2, 30, " p2pm  katie"), (3, 7, "├ ever┤"), (1, 1, ""), (5, 1, ""), (1, 200, "F1 help")]
    {
        katie.resize_and_wait(size(rows), size(columns));
        katie.expect(&[shown]);
    }
    katie.resize(size(24), size(80));
    katie.expect_that("the screen as it was", |shown| shown == before);
}

#[test]
fn a_key_counts_that_is_pressed_while_the_size_changes() {
    let machine = Machine::new();
    let mut katie = face(&machine, &["--name", "katie"]);
    katie.expect(&["everyone>"]);
    let mut typed = String::new();
    for (key, columns) in ('a'..='j').zip([90, 70].into_iter().cycle()) {
        // As long as nobody looks at what is drawn, the face does not come to what follows, and then finds both at once. The
        // node, which answers all the same, lets it get so far.
        katie.press(&CTRL_L.repeat(500));
        katie_port(&machine);
        katie.resize(size(24), size(columns));
        katie_port(&machine);
        katie.press(key.encode_utf8(&mut [0; 4]));
        typed.push(key);
        katie.expect(&[&format!("everyone> {typed}")]);
    }
}

#[test]
fn nothing_has_a_colour_where_none_is_wished() {
    let machine = Machine::new();
    for (no_color, has_colours) in [("", true), ("1", false)] {
        let mut command = machine.command("p2pm");
        command.args(["--no-discovery", "--port", "0", "--name", "katie"]);
        command.env("P2PM_PASSPHRASE", PASSPHRASE).env("TERM", "xterm-256color").env("NO_COLOR", no_color);
        let mut katie = Screen::of(Terminal::spawn(command));
        katie.press(&format!("/fly{ENTER}"));
        katie.expect(&["there is no /fly", "a slash ─"]);
        let places = (0..24).flat_map(|row| (0..80).map(move |column| (row, column)));
        let mut colours = places.filter_map(|(row, column)| Some(katie.cells().cell(row, column)?.fgcolor()));
        assert_eq!(colours.any(|it| it != vt100::Color::Default), has_colours, "NO_COLOR={no_color}");
    }
}

#[test]
fn the_terminal_is_as_before_in_the_end() {
    let machine = Machine::new();
    let (mut katie, _abdul) = katie_and_abdul(&machine);
    assert!(!katie.terminal().echoes());
    // It takes the place of what is said in the last row.
    katie.expect(&["abdul is here"]);
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
    let abdul = Node::start("abdul", None, &["--port", "0"]);
    let mut command = machine.command("p2pm");
    command.args(["--no-discovery", "--port", "0", "--name", "katie", "--connect", &abdul.address()]);
    command.env("P2PM_PASSPHRASE", PASSPHRASE).env("TERM", "dumb");
    let mut katie = Terminal::spawn(command);
    katie.expect("-- abdul is here\n");
    katie.send_line("/help");
    katie.expect("/help  /quit\n");
    katie.send_line("/to abdul");
    katie.expect("abdul> ");
    katie.send_line("dinner?");
    eventually("the text", || {
        abdul.output(&["listen", "--since", "0", "--timeout", "1"]).contains("dinner?")
    });
    assert!(abdul.run(&["send", "katie", "at eight"]).status.success());
    katie.expect("abdul: at eight\n");
    katie.send_line("/quit");
    assert!(katie.wait().success());
    assert!(!katie.screen().contains("\x1b["), "{:?}", katie.screen());
}
