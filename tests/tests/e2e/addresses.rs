//! Addresses as users write them, and names with several addresses, none, or slow resolution.

use std::fs;
use std::net::UdpSocket;
use std::path::Path;
use std::process::Command;

use p2pm_tests::namespace::{LINUX, Namespace};
use p2pm_tests::pty::{DEADLINE, Terminal};
use tempfile::TempDir;

use crate::cast::{KATIES_PASSWORD, Machine, SERVER_PASSWORD, server};

/// `client` with these files of `/etc` replaced, each given by name and content. Requires root, as a
/// namespace does.
fn client_with(network: &Namespace, machine: &Machine, files: &[(&str, &str)], folder: &Path) -> Command {
    let mut steps = Vec::new();
    for (name, content) in files {
        let path = folder.join(name);
        fs::write(&path, content).unwrap();
        steps.push(format!("mount --bind {} /etc/{name}", path.display()));
    }
    steps.push("exec \"$0\" \"$@\"".to_owned());
    let client = machine.command("client");
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", &steps.join(" && ")]);
    command.arg(client.get_program());
    for (variable, value) in client.get_envs() {
        match value {
            Some(value) => command.env(variable, value),
            None => command.env_remove(variable),
        };
    }
    network.enclose(&mut command);
    command
}

#[test]
fn an_address_with_its_port_is_asked_for_no_port() {
    let (_community, port) = server(2);
    let machine = Machine::new();
    let (_node, node) = machine.node(KATIES_PASSWORD);
    let mut client = machine.client();
    client.expect("Selection: ");
    client.send_line("1");
    client.expect("Enter the ip address to connect to\n");
    client.send_line(&format!("127.0.0.1:{port}"));
    client.expect("-----\nPlease enter password: ");
    client.send_line(SERVER_PASSWORD);
    client.expect("local port number: ");
    client.send_line("5460");
    client.expect("Enter username: ");
    client.send_line("katie");
    client.expect("menu for the menu: ");
    client.send_line("menu");
    client.expect("Selection: ");
    client.send_line("2");
    client.expect("Enter the ip address to connect to: ");
    client.send_line(&format!("127.0.0.1:{node}"));
    client.expect("-----\nPlease enter password:\n");
}

#[test]
fn a_host_without_a_port_is_the_servers_default_or_an_error_with_the_form() {
    let Some(network) = Namespace::for_test() else { return };
    let machine = Machine::on(&network);
    let mut community = machine.command("communityserver");
    community.args(["--listen", "127.0.0.1:5000"]).env("P2PM_PASSWORD", SERVER_PASSWORD);
    let mut community = Terminal::spawn(community);
    community.expect("listening on 127.0.0.1:5000");
    let mut client = machine.command("client");
    client.args(["--server", "127.0.0.1", "--name", "katie", "--port", "5460"]);
    client.env("P2PM_SERVER_PASSWORD", SERVER_PASSWORD);
    Terminal::spawn(client).expect(", you] katie");

    let refused = machine.command("client").args(["--call", "127.0.0.1"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    let why = String::from_utf8(refused.stderr).unwrap();
    assert!(why.contains("ADDRESS:PORT, for example 127.0.0.1:5460"), "{why}");
}

#[test]
fn a_node_says_where_it_can_be_called() {
    let Some(network) = Namespace::for_test() else { return };
    let (mut node, port) = Machine::on(&network).node(KATIES_PASSWORD);
    let addresses: Vec<_> =
        node.screen().lines().filter(|line| line.contains("reach you at")).map(str::to_owned).collect();
    assert_eq!(addresses, [format!("callers on your network reach you at {LINUX}:{port}")]);
    node.signal(rustix::process::Signal::TERM);
    assert!(node.wait().success());
}

#[test]
fn a_server_says_where_it_is_reached_unless_it_listens_on_one_address() {
    let Some(network) = Namespace::for_test() else { return };
    for (listen, reached) in
        [("0.0.0.0:5000", Some(LINUX)), ("[::]:5000", Some(LINUX)), ("127.0.0.1:5000", None)]
    {
        let mut command = Machine::on(&network).command("communityserver");
        command.args(["--listen", listen]).env("P2PM_PASSWORD", SERVER_PASSWORD);
        let mut community = Terminal::spawn(command);
        community.expect(&format!("listening on {listen}\n"));
        if let Some(reached) = reached {
            community.expect(&format!("users on your network reach it at {reached}:5000\n"));
        }
        community.signal(rustix::process::Signal::TERM);
        assert!(community.wait().success());
        assert_eq!(community.screen().matches("reach it at").count(), reached.iter().count(), "{listen}");
    }
}

/// The questions are those of 2015, which leave it to the user what they mean.
#[test]
fn what_to_answer_is_said_before_the_question() {
    let machine = Machine::new();
    let mut client = machine.client();
    for (option, program) in [("1", "communityserver"), ("2", "nodeServer")] {
        client.expect("Selection: ");
        client.send_line(option);
        client.expect(&format!("the {program} shows its address on the machine where it runs"));
        client.expect("127.0.0.1 is this one\nEnter the ip address to connect to");
        client.send_line("127.0.0.1:1");
        client
            .expect(&format!("whoever runs the {program} at 127.0.0.1:1 can tell you its password\n-----\n"));
        client.expect("Please enter password:");
        client.send_line("guess");
        client.expect("cannot connect");
    }
}

#[test]
fn every_address_of_a_host_is_tried() {
    let Some(network) = Namespace::for_test() else { return };
    let (machine, folder) = (Machine::on(&network), TempDir::new().unwrap());
    let mut community = machine.command("communityserver");
    community.args(["--listen", "127.0.0.7:5000"]).env("P2PM_PASSWORD", SERVER_PASSWORD);
    let mut community = Terminal::spawn(community);
    community.expect("listening on 127.0.0.7:5000");
    let hosts = "127.0.0.1 hall\n127.0.0.7 hall\n127.0.0.8 hall\n127.0.0.8 nobody\n127.0.0.9 nobody\n";
    let client = |server: &str| {
        let mut client = client_with(&network, &machine, &[("hosts", hosts)], folder.path());
        client.args(["--server", server, "--name", "katie", "--port", "5460"]);
        client.env("P2PM_SERVER_PASSWORD", SERVER_PASSWORD);
        Terminal::spawn(client)
    };
    client("hall:5000").expect(", you] katie");
    let mut lost = client("nobody:5000");
    lost.expect("cannot connect to nobody:5000: 127.0.0.8:5000: Connection refused");
    lost.expect("; 127.0.0.9:5000: Connection refused");
    assert_eq!(lost.wait().code(), Some(1));
}

/// The name server receives the query, and never answers. The test takes ten seconds: the program's own time
/// limit, on its own clock.
#[test]
fn a_name_that_is_being_resolved_can_be_given_up() {
    let Some(network) = Namespace::for_test() else { return };
    let (machine, folder) = (Machine::on(&network), TempDir::new().unwrap());
    let nobody = network.run(|| UdpSocket::bind("127.0.0.1:53")).unwrap();
    nobody.set_read_timeout(Some(DEADLINE)).unwrap();
    let patient = "nameserver 127.0.0.1\noptions timeout:30 attempts:5\n";
    let mut client = client_with(&network, &machine, &[("resolv.conf", patient)], folder.path());
    client.args(["--server", "hall.example:5000"]).env("P2PM_SERVER_PASSWORD", SERVER_PASSWORD);
    let mut client = Terminal::spawn(client);
    nobody.recv(&mut [0; 512]).expect("a question");
    client.send(b"\x03");
    assert_eq!(client.wait().code(), Some(130));

    let mut client = client_with(&network, &machine, &[("resolv.conf", patient)], folder.path());
    client.args(["--server", "hall.example:5000"]).env("P2PM_SERVER_PASSWORD", SERVER_PASSWORD);
    let mut client = Terminal::spawn(client);
    client.expect("cannot connect to hall.example:5000: no answer");
    assert_eq!(client.wait().code(), Some(1));
}
