//! The programs of the story, started as a user starts them.

use std::process::Command;

use p2pm_tests::process::program;
use p2pm_tests::pty::Terminal;
use tempfile::TempDir;

pub const SERVER_PASSWORD: &str = "password";
pub const KATIES_PASSWORD: &str = "barbeau";

/// A user's machine: its programs find each other in a directory of its own.
pub struct Machine {
    runtime: TempDir,
}

impl Machine {
    pub fn new() -> Self {
        Self { runtime: TempDir::new().unwrap() }
    }

    /// One of the programs, with nothing of this test's environment that it would take for an answer.
    pub fn command(&self, name: &str) -> Command {
        let mut command = Command::new(program(name));
        command.env("XDG_RUNTIME_DIR", self.runtime.path());
        for variable in ["P2PM_PASSWORD", "P2PM_SERVER_PASSWORD", "P2PM_CHAT_PASSWORD"] {
            command.env_remove(variable);
        }
        command
    }

    pub fn client(&self) -> Terminal {
        Terminal::spawn(self.command("client"))
    }

    /// A `nodeServer` that listens, and its port.
    pub fn node(&self, password: &str) -> (Terminal, u16) {
        let mut node = Terminal::spawn(self.command("nodeServer"));
        node.expect("Please enter port you would like to listen on: ");
        node.send_line("0");
        node.expect("callers must give: ");
        node.send_line(password);
        node.expect("socket created\n");
        node.expect("listening...");
        let port = number_after(&node.screen(), "bind completed: port ");
        (node, port)
    }
}

/// A `communityserver` for so many users, and its port.
pub fn server(users: usize) -> (Terminal, u16) {
    let mut command = Machine::new().command("communityserver");
    command.args(["--listen", "127.0.0.1:0", "--users", &users.to_string()]);
    command.env("P2PM_PASSWORD", SERVER_PASSWORD);
    let mut server = Terminal::spawn(command);
    server.expect("listening on 127.0.0.1:");
    server.expect("\n");
    let port = number_after(&server.screen(), "listening on 127.0.0.1:");
    (server, port)
}

fn number_after(screen: &str, text: &str) -> u16 {
    let (_, rest) = screen.split_once(text).unwrap();
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..digits].parse().unwrap()
}

/// Option 1 of the menu, to the prompt that comes after the list.
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

/// Option 2 of the menu, to the password.
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
