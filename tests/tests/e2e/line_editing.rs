//! What is half typed on a terminal, as a person sees it: it stays below whatever arrives, and can be edited.

use std::num::NonZeroU16;
use std::process::Command;

use p2pm_tests::machine::number_after;
use p2pm_tests::process::program;
use p2pm_tests::pty::Terminal;
use p2pm_tests::screen::Screen;
use rustix::process::{Pid, Signal, kill_process};

use crate::cast::{KATIES_PASSWORD, Machine, caller_command, node_command};
use crate::job_control::shell;

const ENTER: &str = "\r";
const LEFT: &str = "\x1b[D";
const UP: &str = "\x1b[A";
const DOWN: &str = "\x1b[B";
/// Ctrl-U, which clears a line at whose end the cursor is.
const CLEAR: &str = "\x15";

/// A node, and a client in a chat with it, on screens.
fn chat(machine: &Machine, arguments: &[&str]) -> (Screen, Screen) {
    let mut node = Terminal::spawn(node_command(machine, arguments));
    node.expect("listening...");
    let port = number_after(&node.screen(), "bind completed: port ");
    let client = Terminal::spawn(caller_command(machine, port, arguments));
    let (mut node, mut client) = (Screen::of(node), Screen::of(client));
    client.expect_row("YOU: ", "");
    node.expect(&["Waiting for password"]);
    (node, client)
}

/// A `client` at its menu.
fn menu(machine: &Machine) -> Screen {
    let mut client = Screen::of(machine.client());
    client.expect_row("Selection: ", "");
    client
}

#[test]
fn what_is_half_typed_stays_below_what_arrives() {
    let machine = Machine::new();
    let (mut node, mut client) = chat(&machine, &["--free"]);
    client.press("half ty");
    client.expect_row("YOU: half ty", "");
    node.press(&format!("hello{ENTER}"));
    client.expect(&["THEM: hello\nYOU: half ty"]);
    client.press(&format!("{LEFT}{LEFT}"));
    client.expect_row("YOU: half ", "ty");
    node.press(&format!("and again{ENTER}"));
    client.expect(&["THEM: hello\nTHEM: and again\nYOU: half ty"]);
    client.expect_row("YOU: half ", "ty");
    client.press(&format!("emp{ENTER}"));
    node.expect(&["THEM: half empty\nYOU:"]);
    client.expect(&["THEM: and again\nYOU: half empty\nYOU:"]);
}

#[test]
fn what_is_half_typed_out_of_turn_stays_for_the_turn() {
    let machine = Machine::new();
    let (mut node, mut client) = chat(&machine, &[]);
    node.expect(&["waiting for client..."]);
    node.press("early");
    node.expect_row("early", "");
    client.press(&format!("hello{ENTER}"));
    node.expect(&["waiting for client...\nTHEM: hello\nYOU: early"]);
    node.press(ENTER);
    client.expect(&["YOU: hello\nTHEM: early\nYOU:"]);
}

#[test]
fn every_key_edits_the_line() {
    let machine = Machine::new();
    let mut client = menu(&machine);
    for (keys, before, behind) in [
        ("one two\x01", "", "one two"),
        ("one two\x01\x05", "one two", ""),
        ("one two\x1b[H", "", "one two"),
        ("one two\x1b[1~\x1b[4~", "one two", ""),
        ("one two\x17", "one ", ""),
        ("one two\x1b[D\x1b[D\x15", "", "wo"),
        ("one two\x1b[D\x1b[D\x0b", "one t", ""),
        ("one two\x17\x01\x19", "two", "one"),
        ("one two\x1b[D\x7f", "one t", "o"),
        ("one two\x1b[D\x1b[3~", "one tw", ""),
        ("one two\x1b[1;5D", "one ", "two"),
        ("one two\x1b[D\x1b[D\x1b[C\x02", "one t", "wo"),
    ] {
        client.press(keys);
        client.expect_row(&format!("Selection: {before}"), behind);
        client.press(&format!("\x05{CLEAR}"));
        client.expect_row("Selection: ", "");
    }
}

#[test]
fn what_was_typed_is_found_again_but_no_password() {
    let machine = Machine::new();
    let mut client = menu(&machine);
    for wrong in ["7", "8"] {
        client.press(&format!("{wrong}{ENTER}"));
        client.expect(&[&format!("there is no option \"{wrong}\"")]);
        client.expect_row("Selection: ", "");
    }
    client.press("half");
    for (key, found) in [(UP, "8"), (UP, "7"), (UP, "7"), (DOWN, "8"), (DOWN, "half")] {
        client.press(key);
        client.expect_row(&format!("Selection: {found}"), "");
    }
    client.press(&format!("{CLEAR}2{ENTER}127.0.0.1:1{ENTER}"));
    client.expect(&["Please enter password"]);
    client.press(&format!("topsecret{CLEAR}topsecret{ENTER}"));
    client.expect(&["cannot connect"]);
    client.expect_row("Selection: ", "");
    for (key, found) in [("\x19", ""), (UP, "127.0.0.1:1"), (UP, "2"), (UP, "8"), (UP, "7")] {
        client.press(key);
        client.expect_row(&format!("Selection: {found}"), "");
    }
    assert!(!client.terminal().screen().contains("topsecret"));
}

#[test]
fn wide_text_is_where_the_cursor_is() {
    let machine = Machine::new();
    let (mut node, mut client) = chat(&machine, &["--free"]);
    client.press(&format!("漢字e\u{301}😀{LEFT}"));
    client.expect_row("YOU: 漢字e\u{301}", "😀");
    node.press(&format!("ok{ENTER}"));
    client.expect(&["THEM: ok\nYOU: 漢字"]);
    client.expect_row("YOU: 漢字e\u{301}", "😀");
    client.press(&format!("\x7f\x7f\x7f!{ENTER}"));
    node.expect(&["THEM: 漢!😀"]);
}

#[test]
fn of_a_long_line_the_part_at_the_cursor_is_shown_and_all_of_it_sent() {
    let machine = Machine::new();
    let (mut node, mut client) = chat(&machine, &["--free"]);
    let numbers: Vec<_> = (100..150).map(|number| number.to_string()).collect();
    let line = numbers.join(" ");
    client.press(&line);
    client.expect_row(&format!("YOU: {}", &line[line.len() - 74..]), "");
    client.press("\x01");
    client.expect_row("YOU: ", &line[..74]);
    node.press(&format!("ok{ENTER}"));
    client.expect(&["THEM: ok"]);
    client.expect_row("YOU: ", &line[..74]);
    client.press("\x05");
    client.expect_row(&format!("YOU: {}", &line[line.len() - 74..]), "");
    client.press(ENTER);
    // On the screen it goes on in the next rows.
    client.expect(&[&line[..75], &format!("{}\nYOU:", &line[75 + 80..])]);
    node.expect(&[&line[..74], &line[line.len() - 20..]]);
}

#[test]
fn what_is_half_typed_has_the_width_of_the_terminal() {
    let machine = Machine::new();
    let (_node, mut client) = chat(&machine, &["--free"]);
    let (rows, narrow, wide) = (size(24), size(20), size(60));
    client.press("one two three four five six");
    client.expect_row("YOU: one two three four five six", "");
    client.resize(rows, narrow);
    client.expect_row("YOU:  four five six", "");
    client.resize(rows, wide);
    client.expect_row("YOU: one two three four five six", "");
}

fn size(side: u16) -> NonZeroU16 {
    NonZeroU16::new(side).expect("it is not 0")
}

#[test]
fn lines_that_are_pasted_are_one_and_wait_for_enter() {
    let machine = Machine::new();
    let (mut node, mut client) = chat(&machine, &["--free"]);
    client.press("\x1b[200~one\rtwo\x04\rthree\r\x1b[201~");
    client.expect_row("YOU: one two three", "");
    client.press(ENTER);
    node.expect(&["THEM: one two three"]);
}

#[test]
fn a_stopped_program_gives_the_terminal_back_and_goes_on_where_it_was() {
    let machine = Machine::new();
    let mut node = Terminal::spawn(node_command(&machine, &["--free"]));
    node.expect("listening...");
    let port = number_after(&node.screen(), "bind completed: port ");
    for command in [&["bash", "--norc", "--noprofile", "--noediting", "-i"][..], &["dash", "-i"]] {
        let mut shell = Screen::of(shell(&machine, command));
        let client = program("client");
        shell.press(&format!(
            "P2PM_CHAT_PASSWORD={KATIES_PASSWORD} {} --free --call 127.0.0.1:{port}{ENTER}",
            client.display()
        ));
        shell.expect_row("YOU: ", "");
        shell.press(&format!("half ty{LEFT}{LEFT}"));
        shell.expect_row("YOU: half ", "ty");
        assert!(!shell.terminal().echoes() && shell.cells().bracketed_paste());
        shell.press("\x1a");
        shell.expect(&["Stopped"]);
        shell.expect_row("shell> ", "");
        assert!(shell.terminal().echoes() && !shell.cells().bracketed_paste(), "{}", command[0]);
        shell.press(&format!("fg{ENTER}"));
        shell.expect_row("YOU: half ", "ty");
        assert!(!shell.terminal().echoes() && shell.cells().bracketed_paste(), "{}", command[0]);
        shell.press(&format!("emp{ENTER}"));
        node.expect("THEM: half empty\n");
        shell.expect_row("YOU: ", "");
        shell.press("\x04");
        shell.expect_row("shell> ", "");
        node.expect("listening...");
    }
}

#[test]
fn a_program_in_the_background_leaves_the_terminal_to_the_shell() {
    let machine = Machine::new();
    let mut shell = Screen::of(shell(&machine, &["bash", "--norc", "--noprofile", "--noediting", "-i"]));
    shell.press(&format!("{} &{ENTER}", program("client").display()));
    shell.expect(&["Selection:"]);
    assert!(shell.terminal().echoes());
    shell.press(&format!("fg{ENTER}"));
    shell.expect_that("the prompt again", |shown| shown.ends_with("client\nSelection:"));
    shell.press(&format!("half{LEFT}"));
    shell.expect_row("Selection: hal", "f");
    shell.press("\x03");
    shell.expect_row("shell> ", "");
    assert!(shell.terminal().echoes());
}

/// SIGSTOP leaves it no time to give the terminal back. Bash does that, dash does not.
#[test]
fn a_program_stopped_without_notice_still_gives_the_terminal_back_in_the_end() {
    let machine = Machine::new();
    for command in [&["bash", "--norc", "--noprofile", "--noediting", "-i"][..], &["dash", "-i"]] {
        let mut shell = Screen::of(shell(&machine, command));
        let client = program("client");
        shell.press(&format!("sh -c 'echo \"pid $$.\"; exec {}' &{ENTER}", client.display()));
        shell.expect(&["Selection:"]);
        let shown = shell.contents();
        let number = shown.rsplit("pid ").next().and_then(|it| it.split('.').next()).expect("its number");
        let client = Pid::from_raw(number.parse().expect("a number")).expect("not 0");
        shell.press(&format!("fg{ENTER}half"));
        shell.expect_row("Selection: half", "");
        kill_process(client, Signal::STOP).expect("it runs");
        shell.expect(&["Stopped"]);
        shell.press(&format!("fg{ENTER}"));
        shell.expect_row("Selection: half", "");
        shell.press("\x03");
        shell.expect_row("shell> ", "");
        assert!(shell.terminal().echoes(), "{}", command[0]);
    }
}

#[test]
fn the_terminal_is_as_before_however_the_program_ends() {
    let mut untouched = Terminal::spawn(Command::new("true"));
    untouched.wait();
    let before = format!("{:?}", untouched.modes());
    let machine = Machine::new();
    for (keys, signal) in [
        (&format!("3{ENTER}")[..], None),
        ("\x04", None),
        ("\x03", None),
        ("", Some(Signal::INT)),
        ("", Some(Signal::TERM)),
        ("", Some(Signal::HUP)),
    ] {
        let mut client = menu(&machine);
        assert_ne!(format!("{:?}", client.terminal().modes()), before);
        assert!(client.cells().bracketed_paste());
        client.press(keys);
        if let Some(signal) = signal {
            client.press("half");
            client.expect_row("Selection: half", "");
            client.terminal().signal(signal);
        }
        client.terminal().wait();
        assert_eq!(format!("{:?}", client.terminal().modes()), before, "{keys:?} {signal:?}");
        client.expect_row("", "");
        assert!(!client.cells().bracketed_paste(), "{keys:?} {signal:?}");
    }
}

/// Once nothing is asked any more, the terminal is left alone.
#[test]
fn a_server_keeps_the_terminal_for_its_question_alone() {
    let mut command = Machine::new().command("communityserver");
    command.args(["--listen", "127.0.0.1:0"]);
    let mut server = Terminal::spawn(command);
    server.expect("choose a password: ");
    assert!(!server.echoes());
    server.send_line("topsecret");
    server.expect("listening on ");
    assert!(server.echoes());
    assert!(!server.screen().contains("topsecret"));
}

#[test]
fn a_terminal_that_cannot_be_drawn_on_has_its_own_lines() {
    let machine = Machine::new();
    let mut command = machine.command("client");
    command.env("TERM", "dumb");
    let mut client = Terminal::spawn(command);
    client.expect("Selection: ");
    assert!(client.echoes());
    client.send_line("3");
    assert!(client.wait().success());
    assert!(!client.output().contains(&0x1b));
}
