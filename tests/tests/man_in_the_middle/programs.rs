//! The real programs, and how they show the end of a connection.

use std::net::SocketAddr;

use p2pm_core::channel::Ended;
use p2pm_host::triad::ended::{describe, describe_chat};
use p2pm_tests::machine::{Machine, number_after};
use p2pm_tests::middle::{NAME, PASSWORD, Source};
use p2pm_tests::pty::Terminal;

/// A listening program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listener {
    Node,
    Server,
}

impl Listener {
    /// The program, and its port.
    pub fn start(self) -> (Terminal, u16) {
        let (name, arguments, before) = match self {
            Self::Node => ("nodeServer", ["--port", "0", "--free"], "bind completed: port "),
            Self::Server => {
                ("communityserver", ["--listen", "127.0.0.1:0", "--users=4"], "listening on 127.0.0.1:")
            }
        };
        let machine = Machine::new();
        let mut command = machine.command(name);
        command.args(arguments).args(["--suite", "sealed"]).env("P2PM_PASSWORD", PASSWORD);
        let mut program = machine.run_alone(command);
        program.expect(before);
        program.expect("\n");
        let port = number_after(&program.screen(), before);
        (program, port)
    }

    /// A client for this kind of listener, at any address.
    pub fn visit(self, at: SocketAddr) -> Terminal {
        let machine = Machine::new();
        let mut command = machine.command("client");
        let at = at.to_string();
        match self {
            Self::Node => command.args(["--call", &at, "--free"]).env("P2PM_CHAT_PASSWORD", PASSWORD),
            Self::Server => {
                command.args(["--server", &at, "--port", "5460"]).env("P2PM_SERVER_PASSWORD", PASSWORD)
            }
        };
        command.args(["--name", NAME, "--suite", "sealed"]);
        machine.run_alone(command)
    }

    /// How the client shows its end: one of these lines.
    pub fn clients_lines(self, ended: Ended) -> Vec<String> {
        let why = describe(ended);
        match self {
            Self::Node => vec![format!("no chat: {why}\n"), format!("chat over: {}\n", describe_chat(ended))],
            Self::Server => vec![format!("community server: {why}\n")],
        }
    }

    /// How the listener shows its end: one of these lines. The client connects from `source`.
    pub fn own_lines(self, source: Source, ended: Ended) -> Vec<String> {
        let (ip, why) = (source.0, reason(ended));
        match (self, ended) {
            (Self::Node, _) => {
                vec![format!("no chat with {ip}: {why}\n"), format!("chat over: {}\n", describe_chat(ended))]
            }
            (Self::Server, Ended::ByUs(_)) => {
                vec![format!("refused {ip}: {why}\n"), format!("{NAME} left: {why} (0 online)\n")]
            }
            (Self::Server, Ended::ByPeer(_) | Ended::Claimed(_) | Ended::Lost) => {
                vec![format!("lost {ip}: {why}\n"), format!("{NAME} left: {why} (0 online)\n")]
            }
        }
    }

    /// Checks that the next direct client gets through, and meets no unexpected user.
    #[track_caller]
    pub fn check_open(self, program: &mut Terminal, port: u16) {
        let mut next = self.visit(([127, 0, 0, 1], port).into());
        match self {
            Self::Node => {
                next.expect("YOU: ");
                next.send_line("straight");
                program.expect("THEM: straight\n");
            }
            Self::Server => {
                next.expect("[1, you] katie\n");
                next.expect("menu for the menu: ");
                assert!(!next.screen().contains("[2] "), "{}", next.screen());
            }
        }
    }
}

/// A reason as a listener shows it.
fn reason(ended: Ended) -> String {
    match ended {
        Ended::ByUs(close) | Ended::ByPeer(close) => close.to_string(),
        Ended::Claimed(close) => format!("{close} (unconfirmed)"),
        Ended::Lost => "connection lost".to_owned(),
    }
}

/// Texts on a program's screen.
pub fn messages(screen: &str) -> Vec<&str> {
    screen.split("THEM: ").skip(1).map(|rest| rest.lines().next().unwrap_or_default()).collect()
}
