//! The programs as a user starts them.

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::namespace::Namespace;
use crate::process::program;
use crate::pty::Terminal;

/// A user's machine: its programs find each other, and keep what they keep, in a directory of their own, which exists as
/// long as this value. Without it the programs of all users whose machine is gone would share a directory.
#[derive(Debug)]
pub struct Machine {
    home: TempDir,
    network: Option<Namespace>,
    suite: Option<&'static str>,
}

impl Machine {
    /// On the network of the test.
    ///
    /// # Panics
    ///
    /// If the directory cannot be created.
    #[allow(clippy::new_without_default, reason = "it makes a directory")]
    pub fn new() -> Self {
        Self { home: TempDir::new().expect("a temporary directory"), network: None, suite: None }
    }

    /// On this network.
    pub fn on(network: &Namespace) -> Self {
        Self { network: Some(network.clone()), ..Self::new() }
    }

    /// Where its programs keep what they keep.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// With this suite on the command line of every program.
    #[must_use]
    pub fn with_suite(self, suite: &'static str) -> Self {
        Self { suite: Some(suite), ..self }
    }

    /// Path of the control socket of a profile.
    pub fn control_socket(&self, profile: &str) -> PathBuf {
        self.home.path().join("p2pm").join(format!("{profile}.sock"))
    }

    /// A program, without environment variables of the test that it would read, for a terminal that can be drawn on.
    pub fn command(&self, name: &str) -> Command {
        let mut command = Command::new(program(name));
        for home in ["HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME"] {
            command.env(home, self.home.path());
        }
        for variable in ["P2PM_PASSWORD", "P2PM_SERVER_PASSWORD", "P2PM_CHAT_PASSWORD", "P2PM_PASSPHRASE"] {
            command.env_remove(variable);
        }
        // What this terminal can do is no matter of the test's own one.
        for variable in
            ["COLORTERM", "KITTY_WINDOW_ID", "LC_TERMINAL", "NO_COLOR", "STY", "TERM_PROGRAM", "TMUX"]
        {
            command.env_remove(variable);
        }
        command.env("TERM", "xterm-256color");
        command.args(self.suite.map(|suite| ["--suite", suite]).into_iter().flatten());
        if let Some(network) = &self.network {
            network.enclose(&mut command);
        }
        command
    }

    /// Starts the only program on this machine, which lives as long as the program.
    pub fn run_alone(self, command: Command) -> Terminal {
        Terminal::spawn(command).alone_on(self)
    }

    /// Runs a `communityserver` for this many users as the only program on this machine; returns it with its port.
    pub fn community_server(self, listen: &str, users: usize, password: &str) -> (Terminal, u16) {
        let mut command = self.command("communityserver");
        command.args(["--listen", listen, "--users", &users.to_string()]);
        command.env("P2PM_PASSWORD", password);
        let mut server = self.run_alone(command);
        server.expect("listening on 127.0.0.1:");
        server.expect("\n");
        let port = number_after(&server.screen(), "listening on 127.0.0.1:");
        (server, port)
    }

    /// A `client` at its first question.
    pub fn client(&self) -> Terminal {
        Terminal::spawn(self.command("client"))
    }

    /// A listening `nodeServer`, and its port.
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

/// The number after `text` on a screen.
///
/// # Panics
///
/// If there is none.
pub fn number_after(screen: &str, text: &str) -> u16 {
    let (_, rest) = screen.split_once(text).expect("the text");
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..digits].parse().expect("a number")
}
