//! A node from the first run to its end, and what is in the way of it.

use std::os::unix::net::UnixListener;
use std::process::{Command, Stdio};
use std::thread;

use p2pm_tests::machine::Machine;

use super::page::{PASSPHRASE, Page, QUIET, eventually};

#[test]
fn whoever_has_left_the_last_circle_goes_by_the_name_that_they_type() {
    let machine = Machine::new();
    for arguments in [&["circle", "new", "home", "--name", "katie"][..], &["circle", "leave", "home"]] {
        let output =
            machine.command("p2pm").args(arguments).stdin(Stdio::null()).output().expect("p2pm runs");
        assert!(output.status.success(), "{output:?}");
    }
    let mut page = Page::of_user_of(machine);
    page.enter();
    assert_eq!(page.get("/api/state").text(), "{\"phase\":\"first_run\",\"name\":\"katie\"}");
    assert_eq!(page.post("/api/start", "{\"name\":\"zoe\",\"passphrase\":null}").status, 200);
    assert!(page.command(&["who"]).starts_with("zoe ("));
    page.command(&["down"]);
    eventually("it has ended", || page.get("/api/state").text().contains("stopped"));
    assert_eq!(page.post("/api/restart", "{}").status, 200);
    assert!(page.command(&["who"]).starts_with("zoe ("), "it is stored");
}

#[test]
fn a_node_that_says_nothing_is_in_nobodys_way() {
    let page = Page::of("katie");
    page.command(&["down"]);
    eventually("it has ended", || page.get("/api/state").text().contains("stopped"));
    let socket = page.machine.control_socket("default");
    // Its node may have left it behind.
    let _ = std::fs::remove_file(&socket);
    let silent = UnixListener::bind(socket).expect("a socket");
    thread::scope(|scope| {
        let first = scope.spawn(|| page.get("/api/state"));
        let (waiting, _) = silent.accept().expect("somebody asks");
        eventually("others are answered", || page.get("/api/state").text() == "{\"phase\":\"looking\"}");
        drop((silent, waiting));
        let first = first.join().expect("an answer");
        assert_eq!(first.status, 503, "{first:?}");
    });
    assert!(page.get("/api/state").text().contains("stopped"));
}

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
