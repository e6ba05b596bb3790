//! Job control: a shell stops and continues the program at a password prompt or in a chat, or the user ends
//! it.

use std::process::Command;

use p2pm_tests::machine::number_after;
use p2pm_tests::process::program;
use p2pm_tests::pty::Terminal;
use rustix::process::Signal;

use crate::cast::{KATIES_PASSWORD, Machine, caller};

/// Each program with its arguments, and its prompt.
const PROMPTS: [(&str, &str, &str); 3] = [
    ("communityserver", "--listen 127.0.0.1:0", "Please choose a password: "),
    ("nodeServer", "--port 0", "callers must give: "),
    ("client", "--server 127.0.0.1:1", "Please enter password: "),
];

/// A shell with job control, which leaves the terminal's modes alone (dash) or restores them (bash).
pub fn shell(machine: &Machine, command: &[&str]) -> Terminal {
    let mut shell = Command::new(command[0]);
    shell.args(&command[1..]).env("PS1", "shell> ").env_remove("ENV");
    for (variable, value) in machine.command("client").get_envs() {
        match value {
            Some(value) => shell.env(variable, value),
            None => shell.env_remove(variable),
        };
    }
    let mut shell = Terminal::spawn(shell);
    shell.expect("shell> ");
    shell.send_line("ulimit -c 0");
    shell.expect("shell> ");
    shell
}

/// A shell that runs a node in the foreground, which listens on the port returned.
fn node_under_shell(machine: &Machine, arguments: &str) -> (Terminal, u16) {
    let mut shell = shell(machine, &["bash", "--norc", "--noprofile", "--noediting", "-i"]);
    let node = program("nodeServer");
    shell.send_line(&format!("P2PM_PASSWORD={KATIES_PASSWORD} {} --port 0 {arguments}", node.display()));
    shell.expect("listening...");
    let port = number_after(&shell.screen(), "bind completed: port ");
    (shell, port)
}

#[test]
fn a_password_is_hidden_again_when_a_stopped_program_goes_on() {
    let machine = Machine::new();
    for command in [&["bash", "--norc", "--noprofile", "--noediting", "-i"][..], &["dash", "-i"]] {
        for (name, arguments, prompt) in PROMPTS {
            let mut shell = shell(&machine, command);
            shell.send_line(&format!("{} {arguments}", program(name).display()));
            shell.expect(prompt);
            shell.send(b"half of it\x1a");
            shell.expect("Stopped");
            shell.expect("shell> ");
            assert!(shell.echoes(), "{name} stopped under {}", command[0]);
            shell.send_line("fg");
            shell.expect(prompt);
            assert!(!shell.echoes(), "{name} goes on under {}", command[0]);
            shell.send_line("topsecret");
            shell.expect_one_of(&["listening", "cannot connect"]);
            assert!(!shell.screen().contains("topsecret"), "{}", shell.screen());
        }
    }
}

#[test]
fn a_program_that_is_quit_at_a_password_leaves_the_terminal_as_it_was() {
    let machine = Machine::new();
    for (name, arguments, prompt) in PROMPTS {
        let mut shell = shell(&machine, &["dash", "-i"]);
        shell.send_line(&format!("{} {arguments}; echo status $?", program(name).display()));
        shell.expect(prompt);
        shell.send(b"\x1c");
        shell.expect(&format!("status {}", 128 + Signal::QUIT.as_raw()));
        shell.expect("shell> ");
        assert!(shell.echoes(), "{name}");
    }
}

/// No shell could continue it: it has a terminal of its own.
#[test]
fn a_program_without_a_shell_is_not_stopped_at_a_password() {
    let machine = Machine::new();
    let mut command = machine.command("nodeServer");
    command.args(["--port", "0"]);
    let mut node = Terminal::spawn(command);
    node.expect("callers must give: ");
    node.send(b"\x1a");
    node.expect("callers must give: ");
    assert!(!node.echoes());
    node.send_line("topsecret");
    node.expect("listening...");
    assert!(!node.screen().contains("topsecret"), "{}", node.screen());
}

/// In the background it prints nothing: the shell has the terminal.
#[test]
fn a_chat_that_goes_on_in_the_foreground_shows_whose_turn_it_is_again() {
    let machine = Machine::new();
    let (mut node, port) = machine.node(KATIES_PASSWORD);
    let mut shell = shell(&machine, &["bash", "--norc", "--noprofile", "--noediting", "-i"]);
    let client = program("client");
    shell.send_line(&format!(
        "P2PM_CHAT_PASSWORD={KATIES_PASSWORD} {} --call 127.0.0.1:{port}",
        client.display()
    ));
    shell.expect("YOU: ");
    for text in ["straight on", "by way of the background"] {
        shell.send(b"\x1a");
        shell.expect("Stopped");
        shell.expect("shell> ");
        if text.contains("background") {
            shell.send_line("bg");
            shell.expect("shell> ");
        }
        shell.send_line("fg");
        shell.expect("YOU: ");
        shell.send_line(text);
        node.expect(&format!("THEM: {text}\n"));
        node.send_line("and you?");
        shell.expect("THEM: and you?\n");
        shell.expect("YOU: ");
    }
}

/// Ctrl-D passes the start of a line to the program, so that it is no longer in the terminal's queue.
#[test]
fn the_start_of_a_line_from_before_a_stop_is_not_said_to_the_next_caller() {
    let machine = Machine::new();
    let (mut shell, port) = node_under_shell(&machine, "--free");

    let mut first = caller(&machine, port, &["--free"]);
    shell.expect("YOU: ");
    shell.send(b"for the first alone\x04");
    shell.expect("for the first alone");
    // Once this is shown, earlier input has been read.
    first.send_line("are you there?");
    shell.expect("THEM: are you there?\n");
    shell.send(b"\x1a");
    shell.expect("shell> ");
    shell.send_line("bg");
    shell.expect("shell> ");
    first.send_line("quit");
    shell.expect("listening...");

    let mut second = caller(&machine, port, &["--free"]);
    shell.expect("YOU: ");
    shell.send_line("fg");
    shell.expect("nodeServer");
    shell.send_line("for the second");
    second.expect("THEM: ");
    second.expect("for the second\n");
    assert!(second.screen().contains("THEM: for the second\n"), "{}", second.screen());
}

/// The line that continues the program is readable for a moment before the shell reads it. Ten times, since the race
/// is not lost each time.
#[test]
fn a_program_stopped_and_continued_at_once_still_hears_its_callers() {
    let machine = Machine::new();
    let (mut shell, port) = node_under_shell(&machine, "");
    for _ in 0..10 {
        shell.send(b"\x1afg\n");
        shell.expect("nodeServer");
        let mut client = caller(&machine, port, &[]);
        client.send_line("quit");
        shell.expect("listening...");
    }
}
