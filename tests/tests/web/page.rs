//! `p2pm web` as a browser sees it.

use std::process::{Command, Stdio};
use std::thread::park_timeout;
use std::time::{Duration, Instant};

use p2pm_tests::machine::Machine;
use p2pm_tests::piped::Piped;

use super::http::{Reply, exchange};

pub const PASSPHRASE: &str = "47-coral-tulip-anvil-mocha";

/// Options of a node that neither looks for others nor is in the way of another.
pub const QUIET: [&str; 3] = ["--no-discovery", "--port", "0"];

/// Longest wait for anything that must happen.
const PATIENCE: Duration = Duration::from_mins(1);
/// Time between two looks.
const INTERVAL: Duration = Duration::from_millis(50);

/// Waits until something holds.
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "{what}");
        park_timeout(INTERVAL);
    }
}

/// A page that is served, on a machine of its own. Its program is killed on drop.
pub struct Page {
    pub machine: Machine,
    program: Piped,
    pub port: u16,
    pub token: String,
    /// As a header field sends it, once the token was exchanged.
    pub cookie: String,
}

impl Page {
    /// Starts `p2pm web` for a user who is to be asked everything.
    pub fn of_new_user() -> Self {
        Self::of_user_of(Machine::new())
    }

    /// The same, on a machine on which there may be something of theirs.
    pub fn of_user_of(machine: Machine) -> Self {
        Self::start(machine, |command| command.args(QUIET))
    }

    /// The same for one who has a name and a circle, and whose browser was let in.
    pub fn of(name: &str) -> Self {
        let mut page = Self::start(Machine::new(), |command| {
            command.args(QUIET).args(["--name", name, "--accept", "all"]).env("P2PM_PASSPHRASE", PASSPHRASE)
        });
        page.enter();
        page
    }

    /// Shows the node that runs on a machine.
    pub fn of_node_on(machine: Machine) -> Self {
        let mut page = Self::start(machine, |command| command);
        page.enter();
        page
    }

    fn start(machine: Machine, change: impl FnOnce(&mut Command) -> &mut Command) -> Self {
        let mut command = machine.command("p2pm");
        change(command.args(["web", "--no-open", "--page-port", "0"]));
        let mut program = Piped::start(command);
        let address = program.read_to("http://127.0.0.1:");
        let (place, token) = address.split_once("/#").expect("a token");
        let port = place.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
        Self { machine, program, port, token: token.to_owned(), cookie: String::new() }
    }

    /// Exchanges the token.
    pub fn enter(&mut self) {
        let reply = self.post("/api/session", &format!("{{\"token\":\"{}\"}}", self.token));
        assert_eq!(reply.status, 204, "{reply:?}");
        let cookie = reply.field("set-cookie").and_then(|it| it.split(';').next()).expect("a cookie");
        cookie.clone_into(&mut self.cookie);
    }

    /// The head of a request that is as it should be, without its end.
    pub fn head(&self, method: &str, path: &str) -> String {
        let (port, cookie) = (self.port, &self.cookie);
        format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\nCookie: {cookie}\r\n"
        )
    }

    pub fn get(&self, path: &str) -> Reply {
        self.send(&format!("{}\r\n", self.head("GET", path)))
    }

    pub fn post(&self, path: &str, json: &str) -> Reply {
        self.send(&self.posted(path, "application/json", json))
    }

    /// Asks the node, and returns what it answers.
    pub fn ask(&self, json: &str) -> String {
        self.post("/api/do", json).text()
    }

    /// A request with a body.
    pub fn posted(&self, path: &str, kind: &str, body: &str) -> String {
        let (head, len) = (self.head("POST", path), body.len());
        format!("{head}Content-Type: {kind}\r\nContent-Length: {len}\r\n\r\n{body}")
    }

    pub fn send(&self, request: &str) -> Reply {
        exchange(self.port, request.as_bytes()).unwrap_or_else(|error| panic!("{request}: {error}"))
    }

    /// A command for its node.
    pub fn command(&self, arguments: &[&str]) -> String {
        let mut command = self.machine.command("p2pm");
        let output = command.args(arguments).stdin(Stdio::null()).output().expect("p2pm runs");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).expect("text")
    }

    pub fn is_alive(&mut self) -> bool {
        self.program.is_alive()
    }
}
