//! The programs of the tests, started as a user starts them.

use std::process::Command;

pub use p2pm_tests::machine::Machine;
use p2pm_tests::machine::number_after;
use p2pm_tests::piped::Piped;
use p2pm_tests::pty::Terminal;

pub const SERVER_PASSWORD: &str = "password";
pub const KATIES_PASSWORD: &str = "barbeau";

/// A `communityserver` for this many users, and its port.
pub fn server(users: usize) -> (Terminal, u16) {
    Machine::new().community_server("127.0.0.1:0", users, SERVER_PASSWORD)
}

/// Option 1 of the menu, up to the prompt after the list.
pub fn meet(client: &mut Terminal, server: u16, port: u16, name: &str) {
    client.expect("Selection: ");
    client.send_line("1");
    client.expect("Enter the ip address to connect to\n");
    client.send_line("127.0.0.1");
    client.expect("Enter port number to of server\n");
    client.send_line(&server.to_string());
    client.expect("-----\nPlease enter password: ");
    client.send_line(SERVER_PASSWORD);
    client.expect("Welcome inside, Enter your local port number: ");
    client.send_line(&port.to_string());
    client.expect("Enter username: ");
    client.send_line(name);
    client.expect("menu for the menu: ");
}

/// Option 1 again, with every answer as before.
pub fn meet_again(client: &mut Terminal, server: u16, port: u16, name: &str) {
    client.expect("Selection: ");
    client.send_line("1");
    client.expect(&format!("Enter the ip address to connect to [127.0.0.1:{server}]\n"));
    client.send_line("");
    client.expect("-----\nPlease enter password (Enter for the same): ");
    client.send_line("");
    client.expect(&format!("Welcome inside, Enter your local port number [{port}]: "));
    client.send_line("");
    client.expect(&format!("Enter username [{name}]: "));
    client.send_line("");
    client.expect("menu for the menu: ");
}

/// Option 2 of the menu, up to the password.
pub fn call(client: &mut Terminal, port: u16, password: &str) {
    client.expect("Selection: ");
    client.send_line("2");
    client.expect("Enter the ip address to connect to: ");
    client.send_line("0.0.0.0");
    client.expect("Enter port number to of server: ");
    client.send_line(&port.to_string());
    client.expect("-----\nPlease enter password:\n");
    client.send_line(password);
}

/// A `client` that calls the node, without questions.
pub fn caller_command(machine: &Machine, port: u16, arguments: &[&str]) -> Command {
    let mut command = machine.command("client");
    command.args(["--call", &format!("127.0.0.1:{port}")]).args(arguments);
    command.env("P2PM_CHAT_PASSWORD", KATIES_PASSWORD);
    command
}

/// The same on a terminal, in the chat.
pub fn caller(machine: &Machine, port: u16, arguments: &[&str]) -> Terminal {
    let mut caller = Terminal::spawn(caller_command(machine, port, arguments));
    caller.expect("YOU: ");
    caller
}

/// A `nodeServer` without questions.
pub fn node_command(machine: &Machine, arguments: &[&str]) -> Command {
    let mut command = machine.command("nodeServer");
    command.args(["--port", "0"]).args(arguments).env("P2PM_PASSWORD", KATIES_PASSWORD);
    command
}

/// A listening `nodeServer` without a terminal, and its port.
pub fn piped_node(command: Command) -> (Piped, u16) {
    let mut node = Piped::start(command);
    let port = number_after(&node.read_to("bind completed: port "), "bind completed: port ");
    node.read_to("listening...");
    (node, port)
}
