//! A password at its prompt while a shell stops the program and lets it go on, or the user ends it for good.

use std::process::Command;

use p2pm_tests::process::program;
use p2pm_tests::pty::Terminal;
use rustix::process::Signal;

use crate::cast::Machine;

/// Each program with what it is told, and its prompt.
const PROMPTS: [(&str, &str, &str); 3] = [
    ("communityserver", "--listen 127.0.0.1:0", "Please choose a password: "),
    ("nodeServer", "--port 0", "callers must give: "),
    ("client", "--server 127.0.0.1:1", "Please enter password: "),
];

/// A shell with job control, which leaves the modes of the terminal to itself (dash) or restores them (bash).
fn shell(machine: &Machine, command: &[&str]) -> Terminal {
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

/// Nobody could let it go on: it has a terminal of its own and no shell.
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
