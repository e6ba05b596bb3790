//! The device and Linux, one at each end of a TAP.

use std::process::{Command, Output, Stdio};

use p2pm_tests::machine::Machine;
use p2pm_tests::namespace::{DEVICE, DEVICE_CIDR, LINUX, Namespace, TAP};
use p2pm_tests::pty::Terminal;

/// Password of every node.
pub const PASSWORD: &str = "barbeau";
/// Password of every community server.
pub const SERVER_PASSWORD: &str = "password";

/// A wrong password.
pub const WRONG: &str = "guess";

/// [`Site::sealed`] or [`Site::xor`].
pub type NewSite = fn() -> Option<Site>;

/// A network with Linux and room for a device.
pub struct Site {
    pub network: Namespace,
    pub linux: Machine,
}

impl Site {
    /// With the default suite. `None` if that is not possible here: see [`Namespace::for_test`].
    #[track_caller]
    pub fn for_test() -> Option<Self> {
        let network = Namespace::for_test()?;
        Some(Self { linux: Machine::on(&network), network })
    }

    /// With the sealed suite on the command line of every program.
    pub fn sealed() -> Option<Self> {
        Self::for_test().map(|site| site.with_suite("sealed"))
    }

    /// With the xor suite on the command line of every program.
    pub fn xor() -> Option<Self> {
        Self::for_test().map(|site| site.with_suite("xor"))
    }

    fn with_suite(self, name: &'static str) -> Self {
        Self { linux: self.linux.with_suite(name), ..self }
    }

    /// The device with these options, in one string, and with the right passwords.
    pub fn device(&self, options: &str) -> Command {
        let mut command = self.linux.command("p2pm-tap");
        command.args(["--tap", TAP, "--ip", DEVICE_CIDR]).args(options.split_whitespace());
        let is_community = options.split_whitespace().any(|word| word == "community");
        let own = if is_community { SERVER_PASSWORD } else { PASSWORD };
        command.env("P2PM_PASSWORD", own);
        command.env("P2PM_SERVER_PASSWORD", SERVER_PASSWORD).env("P2PM_CHAT_PASSWORD", PASSWORD);
        command
    }

    /// The device with these options, once it listens.
    pub fn listening(&self, options: &str) -> Terminal {
        let mut device = Terminal::spawn(self.device(options));
        device.expect(" on port ");
        device.expect("\n");
        device
    }

    /// A `client` that calls the device.
    pub fn caller(&self, options: &str, password: &str) -> Command {
        let mut command = self.linux.command("client");
        command.args(["--call", &format!("{DEVICE}:5460")]).args(options.split_whitespace());
        command.env("P2PM_CHAT_PASSWORD", password);
        command
    }

    /// A `client` in a chat with the device.
    pub fn call(&self, options: &str) -> Terminal {
        let mut client = Terminal::spawn(self.caller(options, PASSWORD));
        client.expect("YOU: ");
        client
    }

    /// A `client` that joins the community at this address, port 5000.
    pub fn joiner(&self, server: &str, name: &str, password: &str) -> Command {
        let mut command = self.linux.command("client");
        command.args(["--server", &format!("{server}:5000"), "--name", name, "--port", "6000"]);
        command.env("P2PM_SERVER_PASSWORD", password);
        command
    }

    /// A `communityserver` on Linux, port 5000.
    pub fn community(&self) -> Terminal {
        let mut command = self.linux.command("communityserver");
        command.args(["--listen", &format!("{LINUX}:5000")]).env("P2PM_PASSWORD", SERVER_PASSWORD);
        let mut community = Terminal::spawn(command);
        community.expect("listening on");
        community
    }
}

/// Output and exit status of the program, without input.
pub fn run(mut command: Command) -> Output {
    command.stdin(Stdio::null()).output().expect("the program is there")
}

/// Output of a program that has ended.
pub fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes)).concat()
}

/// Checks that it ends with this status, and that its output contains this.
#[track_caller]
pub fn assert_ends(command: Command, status: i32, words: &str) {
    let output = run(command);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(status), "{said}");
    assert!(said.contains(words), "{words:?} is not in: {said}");
}
