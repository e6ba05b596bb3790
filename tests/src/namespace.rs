//! Network namespace for a test, isolated, and without anything left behind.
//!
//! The namespace has no name. It exists for as long as it is held by a [`Namespace`], or by a program inside.
//! So there is nothing to clean up, however a test ends.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write};
use std::net::Ipv6Addr;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::{env, panic, process, thread};

use rustix::thread::{LinkNameSpaceType, UnshareFlags, move_into_link_name_space, unshare_unsafe};

/// TAP interface in every namespace. It belongs to root.
pub const TAP: &str = "tap0";
/// Address of Linux on the TAP.
pub const LINUX: &str = "10.77.0.1";
/// Address for the device behind the TAP.
pub const DEVICE: &str = "10.77.0.2";
/// The same with the prefix length.
pub const DEVICE_CIDR: &str = "10.77.0.2/24";
/// Addresses of a wire between two namespaces: see [`Namespace::wire_to`].
pub const WIRE_ENDS: [&str; 2] = ["10.78.0.1", "10.78.0.2"];

/// If set, a missing prerequisite is a failure, instead of a reason to skip a test.
const REQUIRED: &str = "P2PM_REQUIRE_ROOT_TESTS";

/// A network namespace with a loopback interface, and a TAP with an address of Linux.
#[derive(Clone, Debug)]
pub struct Namespace(Arc<File>);

impl Namespace {
    /// A namespace for a test. `None` if that is not possible here, which is reported: the test is then
    /// skipped.
    ///
    /// # Panics
    ///
    /// If it is not possible, and `P2PM_REQUIRE_ROOT_TESTS` is set.
    #[track_caller]
    pub fn for_test() -> Option<Self> {
        Self::new().map_err(|error| skip(&error)).ok()
    }

    /// A namespace, for callers that can do without.
    ///
    /// # Errors
    ///
    /// The missing prerequisite: usually root.
    pub fn new() -> Result<Self, String> {
        // The thread ends, and the file holds the namespace.
        thread::spawn(|| {
            // SAFETY: file descriptors remain common to all threads.
            let unshared = unsafe { unshare_unsafe(UnshareFlags::NEWNET) };
            unshared.map_err(|error| format!("no network namespace without the rights of root: {error}"))?;
            let file = File::open("/proc/thread-self/ns/net").map_err(|error| error.to_string())?;
            set_up()?;
            Ok(Self(Arc::new(file)))
        })
        .join()
        .unwrap_or_else(|panic| panic::resume_unwind(panic))
    }

    /// Adds these IPv6 addresses to an interface.
    ///
    /// # Errors
    ///
    /// The missing prerequisite: usually a kernel with IPv6.
    pub fn add_ipv6(
        &self,
        interface: &str,
        addresses: impl IntoIterator<Item = Ipv6Addr>,
    ) -> Result<(), String> {
        let add = |address| format!("address add {address}/128 dev {interface} nodad\n");
        let commands: String = addresses.into_iter().map(add).collect();
        self.run(|| {
            let path = format!("/proc/sys/net/ipv6/conf/{interface}/disable_ipv6");
            fs::write(&path, "0").map_err(|error| format!("{path}: {error}"))?;
            ip_batch(&commands)
        })
    }

    /// A command to run inside.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        self.enclose(&mut command);
        command
    }

    /// Makes a command run inside.
    pub fn enclose(&self, command: &mut Command) {
        let namespace = self.clone();
        // SAFETY: between fork and exec only async-signal-safe calls are allowed. This is a bare system call: it
        // neither allocates nor locks, and the file stays open for as long as the command lives.
        unsafe { command.pre_exec(move || namespace.enter()) };
    }

    /// Runs `work` inside: the sockets that it opens belong there.
    ///
    /// # Panics
    ///
    /// If the work panics, or the namespace cannot be entered.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        thread::scope(|scope| {
            let inside = scope.spawn(|| {
                self.enter().expect("whoever made a namespace may enter it");
                work()
            });
            inside.join().unwrap_or_else(|panic| panic::resume_unwind(panic))
        })
    }

    /// Connects two namespaces by a wire with an MTU of 1500 bytes. This end gets the first of [`WIRE_ENDS`].
    ///
    /// # Panics
    ///
    /// If there is one already.
    #[track_caller]
    pub fn wire_to(&self, other: &Self) {
        let [near, far] = WIRE_ENDS;
        let there = other.path(process::id());
        let pair = ["link", "add", "wire", "mtu", "1500", "type", "veth"];
        let peer = ["peer", "name", "wire", "mtu", "1500", "netns", &there];
        let laid = self.run(|| ip(&[&pair[..], &peer].concat()).and_then(|()| attach(near)));
        laid.and_then(|()| other.run(|| attach(far))).expect("two namespaces can be wired");
    }

    /// Runs commands of iproute2 inside, one per line.
    ///
    /// # Errors
    ///
    /// What iproute2 says.
    pub fn ip_batch(&self, commands: &str) -> Result<(), String> {
        self.run(|| ip_batch(commands))
    }

    /// Path of the namespace for iproute2, as long as the process `holder`, which holds it, lives.
    pub fn path(&self, holder: u32) -> String {
        format!("/proc/{holder}/fd/{}", self.0.as_raw_fd())
    }

    /// Limits the send and receive buffers of the sockets inside, in bytes.
    ///
    /// # Panics
    ///
    /// If the kernel does not allow that.
    #[track_caller]
    pub fn limit_buffers(&self, bytes: usize) {
        self.run(|| {
            for direction in ["wmem", "rmem"] {
                let path = format!("/proc/sys/net/ipv4/tcp_{direction}");
                fs::write(&path, format!("{bytes} {bytes} {bytes}")).expect("the namespace is ours");
            }
        });
    }

    /// Sets the TAP down: no packet gets through.
    pub fn cut(&self) {
        self.link("down");
    }

    /// Sets the TAP up again.
    pub fn restore(&self) {
        self.link("up");
    }

    #[track_caller]
    fn link(&self, state: &str) {
        self.run(|| ip(&["link", "set", TAP, state])).expect("the TAP is there");
    }

    fn enter(&self) -> io::Result<()> {
        Ok(move_into_link_name_space(self.0.as_fd(), Some(LinkNameSpaceType::Network))?)
    }
}

/// Fails, or reports on standard error, bypassing the test's captured output, that the current test is
/// skipped.
#[track_caller]
pub(crate) fn skip(why: &str) {
    let thread = thread::current();
    let test = thread.name().unwrap_or("a test");
    assert!(env::var_os(REQUIRED).is_none(), "{test} cannot run: {why}");
    // A failure to report is ignored.
    _ = writeln!(io::stderr(), "{test} is SKIPPED: {why}");
}

/// Configures the namespace of this thread.
fn set_up() -> Result<(), String> {
    fs::metadata("/dev/net/tun").map_err(|error| format!("/dev/net/tun: {error}"))?;
    for interfaces in ["all", "default"] {
        silence_ipv6(interfaces)?;
    }
    ip(&["link", "set", "lo", "up"])?;
    ip(&["tuntap", "add", "dev", TAP, "mode", "tap", "user", "0"])?;
    ip(&["address", "add", &format!("{LINUX}/24"), "dev", TAP])?;
    ip(&["link", "set", TAP, "up"])
}

/// Sets up this namespace's end of a wire.
fn attach(address: &str) -> Result<(), String> {
    ip(&["address", "add", &format!("{address}/24"), "dev", "wire"])?;
    ip(&["link", "set", "wire", "up"])
}

/// Disables IPv6, since Linux would send unrequested packets.
fn silence_ipv6(interfaces: &str) -> Result<(), String> {
    let path = format!("/proc/sys/net/ipv6/conf/{interfaces}/disable_ipv6");
    match fs::write(&path, "1") {
        // A kernel without IPv6 sends none.
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(format!("{path}: {error}")),
        _ => Ok(()),
    }
}

/// Runs the command of iproute2 in the namespace of this thread.
fn ip(arguments: &[&str]) -> Result<(), String> {
    ip_fed(arguments, "")
}

/// Runs several of its commands, one per line.
fn ip_batch(commands: &str) -> Result<(), String> {
    ip_fed(&["-batch", "-"], commands)
}

fn ip_fed(arguments: &[&str], input: &str) -> Result<(), String> {
    let mut command = Command::new("ip");
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let missing = |error: io::Error| format!("ip, of the package iproute2: {error}");
    let mut child = command.spawn().map_err(missing)?;
    // If it has ended already, its output says why.
    _ = child.stdin.take().map(|mut stdin| stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().map_err(missing)?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("ip {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim()))
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    const OWN: (&str, u16) = (LINUX, 5000);

    #[test]
    fn namespaces_are_apart_from_each_other_and_from_the_machine() {
        let (Some(one), Some(other)) = (Namespace::for_test(), Namespace::for_test()) else { return };
        let _listener = one.run(|| TcpListener::bind(OWN)).unwrap();
        let taken = one.run(|| TcpListener::bind(OWN)).unwrap_err();
        assert_eq!(taken.kind(), io::ErrorKind::AddrInUse);
        other.run(|| TcpListener::bind(OWN)).unwrap();
        let unknown = TcpListener::bind(OWN).unwrap_err();
        assert_eq!(unknown.kind(), io::ErrorKind::AddrNotAvailable);
    }

    #[test]
    fn the_tap_is_cut_and_restored() {
        let Some(namespace) = Namespace::for_test() else { return };
        let is_up = || {
            let output = namespace.command("ip").args(["link", "show", "up", "dev", TAP]).output().unwrap();
            assert!(output.status.success());
            !output.stdout.is_empty()
        };
        assert!(is_up());
        namespace.cut();
        assert!(!is_up());
        namespace.restore();
        assert!(is_up());
    }

    #[test]
    fn a_wire_connects_two() {
        let (Some(near), Some(far)) = (Namespace::for_test(), Namespace::for_test()) else { return };
        near.wire_to(&far);
        far.limit_buffers(4096);
        let listener = far.run(|| TcpListener::bind((WIRE_ENDS[1], 5000))).unwrap();
        near.run(|| TcpStream::connect((WIRE_ENDS[1], 5000))).unwrap();
        assert_eq!(listener.accept().unwrap().1.ip().to_string(), WIRE_ENDS[0]);
    }

    #[test]
    #[should_panic(expected = "inside")]
    fn what_panics_inside_panics_outside() {
        match Namespace::for_test() {
            Some(namespace) => namespace.run(|| panic!("inside")),
            None => panic!("there is no inside"),
        }
    }
}
