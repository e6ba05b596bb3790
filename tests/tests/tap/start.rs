//! Prerequisites of the device, and its messages if one is missing.

use std::fs::{self, Permissions};
use std::io::pipe;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use p2pm_tests::namespace::{DEVICE_CIDR, LINUX, TAP};
use tempfile::TempDir;

use crate::cast::{PASSWORD, Site, run};

/// Checks that it ends with this status and one line that contains this.
#[track_caller]
fn assert_one_line(command: Command, status: i32, words: &str) {
    let output = run(command);
    let line = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(status), "{line}");
    assert!(line.contains(words), "{words:?} is not in: {line}");
    assert_eq!(line.matches('\n').count(), 1, "{line}");
    assert!(line.starts_with("p2pm-tap: ") && line.ends_with('\n'), "{line}");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "", "nothing has begun");
}

fn on_tap(site: &Site, tap: &str) -> Command {
    let mut command = site.linux.command("p2pm-tap");
    command.args(["--tap", tap, "--ip", DEVICE_CIDR, "node"]).env("P2PM_PASSWORD", PASSWORD);
    command
}

#[test]
fn a_tap_that_cannot_be_had_is_one_line() {
    let Some(site) = Site::for_test() else { return };
    assert_one_line(on_tap(&site, "tap9"), 1, "sudo ip tuntap add dev tap9 mode tap");
    assert_one_line(on_tap(&site, "lo"), 1, "--tap lo: ");
    let mut first = site.listening("node");
    assert_one_line(on_tap(&site, TAP), 1, "--tap tap0: ");
    // The first is not affected.
    _ = site.call("");
    first.expect("chat with 10.77.0.1\n");
}

#[test]
fn a_tap_that_is_down_is_told_and_used_once_it_is_up() {
    let Some(site) = Site::for_test() else { return };
    site.network.cut();
    let mut node = site.listening("node");
    assert!(node.screen().contains("sudo ip link set tap0 up"), "{}", node.screen());
    site.network.restore();
    _ = site.call("");
    node.expect("chat with 10.77.0.1\n");
}

#[test]
fn a_tap_that_vanishes_is_the_end() {
    let Some(site) = Site::for_test() else { return };
    let mut node = site.listening("node");
    let gone = site.network.command("ip").args(["link", "delete", TAP]).status();
    assert!(gone.unwrap().success());
    node.expect("tap0 is gone");
    assert_eq!(node.wait().code(), Some(1));
}

#[test]
fn a_tap_that_vanishes_in_mid_chat_is_the_end_without_a_goodbye() {
    let Some(site) = Site::for_test() else { return };
    let mut node = site.listening("node");
    let _client = site.call("");
    node.expect("chat with 10.77.0.1\n");
    let gone = site.network.command("ip").args(["link", "delete", TAP]).status();
    assert!(gone.unwrap().success());
    node.expect("tap0 is gone\n");
    assert_eq!(node.wait().code(), Some(1));
    assert!(!node.screen().contains("chat over"), "{}", node.screen());
}

#[test]
fn an_address_that_linux_has_is_refused() {
    let Some(site) = Site::for_test() else { return };
    let added = site.network.command("ip").args(["address", "add", "10.88.0.1/32", "dev", "lo"]).status();
    assert!(added.unwrap().success());
    for ip in [LINUX, "10.88.0.1"] {
        let mut command = site.linux.command("p2pm-tap");
        command.args(["--tap", TAP, "--ip", &format!("{ip}/24"), "node"]).env("P2PM_PASSWORD", PASSWORD);
        assert_one_line(command, 2, &format!("--ip {ip}: this machine has this address"));
    }
}

#[test]
fn without_rights_it_is_told_how_to_get_them() {
    let Some(site) = Site::for_test() else { return };
    // In a place without access for others.
    let folder = TempDir::new().unwrap();
    let program = folder.path().join("p2pm-tap");
    fs::copy(p2pm_tests::process::program("p2pm-tap"), &program).unwrap();
    for path in [folder.path(), &program] {
        fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
    }
    let mut command = site.network.command("setpriv");
    command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups"]).arg(program);
    command.args(["--tap", TAP, "--ip", DEVICE_CIDR, "node"]).env("P2PM_PASSWORD", PASSWORD);
    assert_one_line(command, 1, "; mend it with: sudo ");
}

#[test]
fn a_wrong_call_is_told_from_a_failure() {
    let Some(site) = Site::for_test() else { return };
    let with = |ip: &str, others: &[&str]| {
        let mut command = site.linux.command("p2pm-tap");
        command.args(["--tap", TAP, "--ip", ip]).args(others).env("P2PM_PASSWORD", PASSWORD);
        command
    };
    for cidr in ["10.77.0.2", "10.77.0.2/33", "10.77.0/24", "10.77.0.0/24", "10.77.0.255/24", "katie", ""] {
        let output = run(with(cidr, &["node"]));
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(&format!("invalid value '{cidr}' for '--ip")), "{said}");
    }
    assert_one_line(with(DEVICE_CIDR, &["--gateway", "10.78.0.1", "node"]), 2, "--gateway 10.78.0.1");

    let missing = [
        ("node", "P2PM_PASSWORD"),
        ("community", "P2PM_PASSWORD"),
        ("join 10.77.0.1:5000 --name device", "P2PM_SERVER_PASSWORD"),
        ("chat 10.77.0.1:5460", "P2PM_CHAT_PASSWORD"),
    ];
    for (role, variable) in missing {
        let mut command = site.device(role);
        command.env_remove(variable);
        assert_one_line(command, 2, variable);
        let mut command = site.device(role);
        command.env(variable, "");
        assert_one_line(command, 2, variable);
    }
    let mut command = site.device("join 10.77.0.1:5000 --name device");
    command.env_remove("P2PM_PASSWORD");
    assert_one_line(command, 2, "P2PM_PASSWORD");
}

#[test]
fn a_capture_that_cannot_be_written_is_one_line() {
    let Some(site) = Site::for_test() else { return };
    let mut command = site.linux.command("p2pm-tap");
    command.args(["--tap", TAP, "--ip", DEVICE_CIDR, "--pcap", "/no/such/folder/file", "node"]);
    command.env("P2PM_PASSWORD", PASSWORD);
    assert_one_line(command, 1, "/no/such/folder/file: ");
}

#[test]
fn output_without_a_reader_is_no_panic() {
    let Some(site) = Site::for_test() else { return };
    let mut help = site.linux.command("p2pm-tap");
    help.arg("--help");
    let mut nonsense = site.linux.command("p2pm-tap");
    nonsense.arg("--nonsense");
    for (mut command, status) in [(help, 0), (nonsense, 2), (on_tap(&site, "tap9"), 1)] {
        let (reader, writer) = pipe().unwrap();
        drop(reader);
        command.stdin(Stdio::null()).stdout(writer.try_clone().unwrap()).stderr(writer);
        assert_eq!(command.status().unwrap().code(), Some(status), "{command:?}");
    }
}
