//! A node from the first run to its end, and what is in the way of it.

use std::process::{Command, Stdio};

use p2pm_tests::machine::Machine;

use super::page::{PASSPHRASE, QUIET};

/// How many open files a program says to need that is started with so few.
fn needed(arguments: &[&str], files: usize) -> usize {
    let program = Machine::new();
    let p2pm = program.command("p2pm");
    let mut command = Command::new("bash");
    command
        .args(["-c", "ulimit -n \"$1\" && shift && exec \"$@\"", "bash", &files.to_string()])
        .arg(p2pm.get_program());
    command
        .args(arguments)
        .args(QUIET)
        .args(["--name", "katie"])
        .envs(p2pm.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = command.env("P2PM_PASSPHRASE", PASSPHRASE).stdin(Stdio::null()).output().expect("bash runs");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let number =
        text.split("need ").nth(1).and_then(|rest| rest.split(' ').next()).and_then(|it| it.parse().ok());
    number.unwrap_or_else(|| panic!("{output:?}"))
}

#[test]
fn what_is_open_for_the_page_is_not_taken_from_the_node() {
    let alone = needed(&["up"], 400);
    assert!(needed(&["web", "--no-open", "--page-port", "0"], alone) > alone);
}
