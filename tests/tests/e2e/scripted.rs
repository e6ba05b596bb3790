//! Programs without questions: everything given as an option, or piped in.

use std::io::Write;
use std::process::{Output, Stdio};

use p2pm_tests::pty::Terminal;
use rustix::process::geteuid;

use crate::cast::{KATIES_PASSWORD, Machine, SERVER_PASSWORD, meet, server};

/// Runs a call without questions, with `input` typed ahead.
pub(crate) fn scripted_call(machine: &Machine, port: u16, password: &str, input: impl AsRef<[u8]>) -> Output {
    let mut client = machine
        .command("client")
        .args(["--call", &format!("127.0.0.1:{port}")])
        .env("P2PM_CHAT_PASSWORD", password)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // A client that is refused does not read it.
    let _ = client.stdin.take().unwrap().write_all(input.as_ref());
    client.wait_with_output().unwrap()
}

#[test]
fn a_call_with_everything_given_asks_nothing() {
    let machine = Machine::new();
    let (mut node, port) = machine.node(KATIES_PASSWORD);
    let answering = std::thread::spawn(move || {
        node.expect("THEM: one\n");
        node.send_line("two");
        node.expect("THEM: three\n");
        node.send_line("four");
        node.expect("the other side said goodbye");
        node
    });
    let output = scripted_call(&machine, port, KATIES_PASSWORD, "one\nthree\n");
    answering.join().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("THEM: two\n") && shown.contains("THEM: four\n"), "{shown}");
    assert!(!shown.contains("Please enter") && !shown.contains('\x1b'), "{shown}");
}

#[test]
fn the_exit_status_tells_what_happened() {
    let machine = Machine::new();
    let (mut node, port) = machine.node(KATIES_PASSWORD);
    assert_eq!(scripted_call(&machine, port, "guess", "").status.code(), Some(3), "wrong password");
    let mut busy = Terminal::spawn({
        let mut command = machine.command("client");
        command.args(["--call", &format!("127.0.0.1:{port}")]).env("P2PM_CHAT_PASSWORD", KATIES_PASSWORD);
        command
    });
    busy.expect("YOU: ");
    assert_eq!(scripted_call(&machine, port, KATIES_PASSWORD, "").status.code(), Some(3), "busy");
    node.send(b"\x03");
    assert!(node.wait().success());
    assert_eq!(scripted_call(&machine, port, KATIES_PASSWORD, "").status.code(), Some(1), "nobody there");
    assert_eq!(scripted_call(&machine, port, "", "").status.code(), Some(2), "an empty password");
}

#[test]
fn a_client_that_is_told_all_joins_at_once() {
    let (mut community, port) = server(2);
    let machine = Machine::new();
    let join = |name: &str| {
        let mut command = machine.command("client");
        command.args(["--server", &format!("127.0.0.1:{port}"), "--name", name, "--port", "5460"]);
        command.env("P2PM_SERVER_PASSWORD", SERVER_PASSWORD);
        command
    };
    let mut katie = Terminal::spawn(join("katie"));
    katie.expect(", you] katie\n127.0.0.1\n5460\n");
    community.expect("katie joined");

    let mut clash = Terminal::spawn(join("katie"));
    clash.expect("katie is taken");
    clash.expect("Enter username: ");
    // A name that looks like the mark of the own entry differs from it.
    clash.send_line("katie (you)");
    clash.expect(", you] katie (you)\n");
    assert!(clash.screen().contains("] katie\n"), "{}", clash.screen());

    let mut third = Terminal::spawn(join("eve"));
    third.expect("full");
    assert_eq!(third.wait().code(), Some(3));
}

#[test]
fn passwords_come_from_files_that_only_their_owner_can_read() {
    use std::os::unix::fs::{PermissionsExt, chown};
    let (_community, port) = server(2);
    let machine = Machine::new();
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, format!("{SERVER_PASSWORD}\n")).unwrap();
    let mut command = machine.command("client");
    command.args(["--server", &format!("127.0.0.1:{port}"), "--name", "katie", "--port", "5460"]);
    command.arg("--server-password-file").arg(&file).stdin(Stdio::null());

    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o644)).unwrap();
    let refused = command.output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("chmod 600"));

    // Root could read it.
    if geteuid().is_root() {
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).unwrap();
        chown(&file, Some(1), None).unwrap();
        let refused = command.output().unwrap();
        assert_eq!(refused.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&refused.stderr).contains("belongs to another user"));
        chown(&file, Some(0), None).unwrap();
    }

    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).unwrap();
    let accepted = command.output().unwrap();
    assert_eq!(accepted.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&accepted.stdout).contains(", you] katie"));
}

#[test]
fn with_a_capacity_of_five_the_sixth_is_told_so() {
    let (_community, port) = server(5);
    let machine = Machine::new();
    let mut users: Vec<Terminal> = (1..=5).map(|_| machine.client()).collect();
    for (number, user) in (1..).zip(&mut users) {
        meet(user, port, 5460 + number, &format!("user{number}"));
    }
    let mut sixth = Terminal::spawn({
        let mut command = machine.command("client");
        command.args(["--server", &format!("127.0.0.1:{port}"), "--name", "sixth", "--port", "5466"]);
        command.env("P2PM_SERVER_PASSWORD", SERVER_PASSWORD);
        command
    });
    sixth.expect("the community server is full");
    assert_eq!(sixth.wait().code(), Some(3));
}

#[test]
fn input_that_ends_too_early_is_no_success() {
    let (_community, port) = server(2);
    let machine = Machine::new();
    let status = |arguments: &[&str]| {
        let mut command = machine.command("client");
        command.args(arguments).env("P2PM_SERVER_PASSWORD", SERVER_PASSWORD).stdin(Stdio::null());
        command.output().unwrap().status.code()
    };
    let server = format!("127.0.0.1:{port}");
    let mut katie = machine.command("client");
    katie.args(["--server", &server, "--name", "katie", "--port", "5460"]);
    katie.env("P2PM_SERVER_PASSWORD", SERVER_PASSWORD);
    let mut katie = Terminal::spawn(katie);
    katie.expect("menu for the menu: ");
    assert_eq!(status(&["--call", "127.0.0.1:1"]), Some(2), "no password");
    assert_eq!(status(&["--server", &server, "--name", "abdul"]), Some(2), "no port");
    assert_eq!(status(&["--server", &server, "--name", "katie", "--port", "5460"]), Some(3), "name taken");
}
