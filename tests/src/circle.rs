//! Nodes as users run them, and the commands that they give.
#![allow(clippy::missing_panics_doc, reason = "a test that cannot go on panics")]

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread::park_timeout;
use std::time::{Duration, Instant};

use p2pm_core::wire::PublicKey;
use p2pm_host::config::profile::{Homes, Profile, ProfileName};

use crate::machine::Machine;
use crate::namespace::Namespace;

/// Passphrase of the circle, unless another one is named.
pub const PASSPHRASE: &str = "47-coral-tulip-anvil-mocha";
/// Longest wait for anything that must happen.
const PATIENCE: Duration = Duration::from_mins(2);
/// Time between two looks.
const INTERVAL: Duration = Duration::from_millis(250);

/// A node that runs, on a machine of its own, which is ended on drop.
pub struct Node {
    machine: Machine,
    /// Its name.
    pub name: String,
    running: Option<Child>,
    /// Whether it may look for others on its network, which is then one of the test's own.
    looks: bool,
}

impl Node {
    /// Starts `p2pm up` and waits until it can be asked.
    pub fn start(name: &str, network: Option<&Namespace>, arguments: &[&str]) -> Self {
        let machine = network.map_or_else(Machine::new, Machine::on);
        let mut node = Self { machine, name: name.to_owned(), running: None, looks: false };
        node.restart(arguments);
        node
    }

    /// Starts `p2pm up` on a network of the test's own, with discovery.
    pub fn start_looking(name: &str, network: &Namespace, arguments: &[&str]) -> Self {
        Self::start_looking_in(PASSPHRASE, name, network, arguments)
    }

    /// The same in the circle of this passphrase.
    pub fn start_looking_in(passphrase: &str, name: &str, network: &Namespace, arguments: &[&str]) -> Self {
        let machine = Machine::on(network);
        let mut node = Self { machine, name: name.to_owned(), running: None, looks: true };
        node.run_up(Some(passphrase), arguments);
        node
    }

    /// Starts `p2pm up` in the circle of this passphrase.
    pub fn start_in(passphrase: &str, name: &str, arguments: &[&str]) -> Self {
        let mut node = Self::stopped(name);
        node.run_up(Some(passphrase), arguments);
        node
    }

    /// A node that has not been started yet.
    pub fn stopped(name: &str) -> Self {
        Self { machine: Machine::new(), name: name.to_owned(), running: None, looks: false }
    }

    /// Starts it again, with the same identity.
    pub fn restart(&mut self, arguments: &[&str]) {
        self.run_up(Some(PASSPHRASE), arguments);
    }

    /// Starts it with the circles of its settings.
    pub fn restart_in_its_circles(&mut self, arguments: &[&str]) {
        self.run_up(None, arguments);
    }

    fn run_up(&mut self, passphrase: Option<&str>, arguments: &[&str]) {
        let mut command = self.command(&["up", "--name", &self.name]);
        if !arguments.contains(&"--accept") {
            command.args(["--accept", "all"]);
        }
        if !self.looks {
            command.arg("--no-discovery");
        }
        command.args(arguments).envs(passphrase.map(|it| ("P2PM_PASSPHRASE", it)));
        self.running = Some(command.spawn().expect("p2pm starts"));
        eventually("an answer", || self.run(&["who"]).status.success());
    }

    /// Ends it with a goodbye.
    pub fn end(&mut self) {
        let down = self.run(&["down"]);
        assert!(down.status.success(), "{down:?}");
        if let Some(mut child) = self.running.take() {
            child.wait().expect("it has ended");
        }
    }

    /// Ends it without a goodbye.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.running.take() {
            // It is ours, and not waited for yet.
            child.kill().expect("it runs");
            child.wait().expect("it has ended");
        }
    }

    /// Its key, as it is stored. The node must not be running.
    pub fn key(&self) -> PublicKey {
        let home = self.machine.home().to_owned();
        let homes = Homes { config: home.clone(), data: home };
        let profile = Profile::open(&homes, &ProfileName::default()).expect("a profile");
        profile.identity().expect("an identity").expect("it has one").key()
    }

    /// A command for it.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.machine.command("p2pm");
        command.args(arguments).stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("p2pm runs")
    }

    /// What a command prints.
    pub fn output(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        String::from_utf8(output.stdout).expect("text")
    }

    /// Has it take every file, into this folder, as long as the value exists.
    pub fn take_into(&self, folder: &Path) -> Taking {
        let mut command = self.command(&["listen", "--save"]);
        Taking(command.arg(folder).stdout(Stdio::null()).spawn().expect("p2pm starts"))
    }

    /// Number of those who are here.
    pub fn here(&self) -> usize {
        self.output(&["who"]).lines().filter(|line| line.contains(": here")).count()
    }

    /// The machine that it is on.
    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    /// Number of its process.
    pub fn id(&self) -> u32 {
        self.running.as_ref().expect("it runs").id()
    }

    /// Number of threads of its program.
    pub fn threads(&self) -> usize {
        fs::read_dir(format!("/proc/{}/task", self.id())).expect("it runs").count()
    }

    /// Where it can be dialled from the same machine.
    pub fn address(&self) -> String {
        let who = self.output(&["who"]);
        let port = who.lines().next().and_then(|line| line.rsplit(':').next());
        format!("127.0.0.1:{}", port.expect("a port"))
    }

    /// What it says of somebody.
    pub fn says_of(&self, name: &str) -> String {
        let who = self.output(&["who"]);
        who.lines().find(|line| line.starts_with(&format!("{name} ("))).unwrap_or_default().to_owned()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
    }
}

/// `p2pm listen --save`, which takes everything.
pub struct Taking(Child);

impl Drop for Taking {
    fn drop(&mut self) {
        // It is ours, and not waited for yet.
        self.0.kill().expect("it runs");
        self.0.wait().expect("it has ended");
    }
}

/// Waits until something holds.
///
/// # Panics
///
/// If it does not come to hold.
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "waited in vain for {what}");
        park_timeout(INTERVAL);
    }
}
