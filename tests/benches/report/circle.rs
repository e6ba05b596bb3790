//! One node with many links: a broadcast, the memory of a link, and what an idle node does.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::{self, park_timeout};
use std::time::{Duration, Instant};

use p2pm_core::identity::Identity;
use p2pm_core::limits::{FRAME_LEN, PART_MAX};
use p2pm_core::node::Policy;
use p2pm_core::suite::Password;
use p2pm_core::wire::Name;
use p2pm_host::config::profile::{ProfileName, Unsent};
use p2pm_host::node::control::Client;
use p2pm_host::node::{self, Answer, Ask, Changes, CircleConfig, Config, Handle, Lasting, News, Store};
use p2pm_tests::machine::Machine;

use crate::link::{End, PASSPHRASE};
use crate::sampler::{Subject, medians};
use crate::table::{heading, row};

const LINKS: usize = 64;
const MANY_LINKS: usize = 256;
const ROUNDS: usize = 101;
const MINUTE: Duration = Duration::from_mins(1);
/// Longest wait for anything that must happen.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often the other ends of idle links are served.
const SERVICE_INTERVAL: Duration = Duration::from_secs(1);

/// Measures and prints.
pub fn report() {
    heading("Circle", "p2pm up with 64 links over loopback, whose other ends are served by one thread");
    let hub = Hub::start();
    let address = hub.address();
    let (mut ends, mut seed) = (Vec::new(), 0);
    let mut link_up_to = |ends: &mut Vec<End>, links: usize| {
        while ends.len() < links {
            seed += 1;
            ends.push(End::dial_as(seed, address));
        }
        hub.settle(ends);
    };
    link_up_to(&mut ends, LINKS);
    let before = hub.switches();
    serve_for(&mut ends, MINUTE);
    println!("  wake-ups in a minute without texts: {}", hub.switches() - before);
    let at_first = hub.resident_bytes();
    link_up_to(&mut ends, MANY_LINKS);
    let bytes = (hub.resident_bytes() - at_first) / (MANY_LINKS - LINKS);
    println!(
        "  resident bytes of an idle link, from {LINKS} to {MANY_LINKS} of them: {bytes} (bound: at most 1300)"
    );
    let [nothing, who] = medians(
        ROUNDS,
        [
            Subject::repeated(1, || run(&mut Command::new("true"))),
            Subject::repeated(1, || run(&mut hub.command(&["who"]))),
        ],
    );
    row("true, start to exit", nothing, "");
    let times = who / nothing;
    row("p2pm who, start to exit", who, &format!("{times:.1} times true (bound: at most 5)"));
    drop(ends);
    broadcast();
}

fn broadcast() {
    let (node, address) = start_node();
    let news = node.listen(None);
    thread::spawn(move || {
        let mut ends: Vec<_> = (0..LINKS).map(|seed| End::dial_as(seed, address)).collect();
        // All are admitted before one of them alone is waited for.
        serve_for(&mut ends, 2 * SERVICE_INTERVAL);
        answer_all(ends);
    });
    let expect = |is_it: &dyn Fn(&News) -> bool| {
        let mut left = LINKS;
        while left > 0 {
            left -= usize::from(is_it(&news.recv_timeout(PATIENCE).expect("news").news));
        }
    };
    expect(&|news| matches!(news, News::Came { .. }));
    let mut bare = bare_peers();
    let (text, mut buffer) = ("x".repeat(PART_MAX), [b'x'; FRAME_LEN]);
    let [bare, said] = medians(
        ROUNDS,
        [
            Subject::repeated(1, || {
                for peer in &mut bare {
                    peer.write_all(&buffer).expect("an open connection");
                }
                for peer in &mut bare {
                    peer.read_exact(&mut buffer).expect("an answer");
                }
            }),
            Subject::repeated(1, || {
                let ask = Ask::Say { to: None, circle: None, text: text.clone() };
                let Answer::Said { message, .. } = node.ask(ask) else { panic!("it is not said") };
                expect(&|news| matches!(news, News::Received { message: last, .. } if *last == message));
            }),
        ],
    );
    row("64 bare writes, and 64 reads of the answers", bare, "");
    let times = said / bare;
    row(
        "a text to 64 others, and their receipts",
        said,
        &format!("{times:.2} times that (bound: at most 2)"),
    );
}

/// A node in a thread of this process, and its address.
fn start_node() -> (Handle, SocketAddr) {
    let name: Name = "hub".parse().expect("a name");
    let passphrase = Password::new(PASSPHRASE.as_bytes()).expect("a password");
    let config = Config {
        discovery: None,
        inbox: None,
        sends: Vec::new(),
        identity: Identity::from_seed(&[1; 32]),
        name: name.clone(),
        port: Some(0),
        policy: Policy::All,
        circle: CircleConfig { name, number: None, passphrase },
        others: Vec::new(),
        contacts: Vec::new(),
    };
    let (node, _) = node::start(config, Box::new(Forgetful)).expect("a free port");
    let address = address_in(&node.ask(Ask::Who {})).expect("an address");
    (node, address)
}

/// Stores nothing.
struct Forgetful;

impl Store for Forgetful {
    fn store_contacts(&mut self, _: Lasting<'_, '_>) -> Result<(), String> {
        Ok(())
    }

    fn store_sends(&mut self, _: Vec<Unsent>) -> Result<(), String> {
        Ok(())
    }

    fn store_changes(&mut self, _: Changes) -> Result<(), String> {
        Ok(())
    }
}

/// Where a node can be dialled from this machine.
pub fn address_in(who: &Answer) -> Option<SocketAddr> {
    let Answer::Who { me, .. } = who else { return None };
    let address: SocketAddr = me.addresses.first()?.parse().ok()?;
    Some((Ipv4Addr::LOCALHOST, address.port()).into())
}

/// Connections to a reader, which answers each frame with one.
fn bare_peers() -> Vec<TcpStream> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = listener.local_addr().expect("a bound socket");
    let connect = |_| {
        let ours = TcpStream::connect(address).expect("it listens");
        let (theirs, _) = listener.accept().expect("a connection");
        for stream in [&ours, &theirs] {
            stream.set_nodelay(true).expect("a TCP socket");
        }
        (ours, theirs)
    };
    let (ours, mut theirs): (Vec<_>, Vec<_>) = (0..LINKS).map(connect).unzip();
    thread::spawn(move || {
        let mut buffer = [0; FRAME_LEN];
        while theirs
            .iter_mut()
            .all(|peer| peer.read_exact(&mut buffer).and_then(|()| peer.write_all(&buffer)).is_ok())
        {}
    });
    ours
}

/// Receives a text at each end, again and again, until one has ended.
fn answer_all(mut ends: Vec<End>) {
    while ends.iter_mut().all(End::receive_texts) {}
}

/// Serves the other ends of idle links.
fn serve_for(ends: &mut [End], time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        for end in &mut *ends {
            end.serve();
        }
        park_timeout(SERVICE_INTERVAL);
    }
}

fn run(command: &mut Command) {
    assert!(command.stdout(Stdio::null()).status().expect("it can be run").success());
}

/// A node in a process of its own, killed on drop.
struct Hub {
    machine: Machine,
    child: Child,
}

impl Hub {
    fn start() -> Self {
        let machine = Machine::new();
        let mut command = machine.command("p2pm");
        command
            .args(["up", "--no-discovery", "--name", "hub", "--port", "0", "--accept", "all"])
            .env("P2PM_PASSPHRASE", PASSPHRASE);
        let child = command.stdin(Stdio::null()).spawn().expect("it can be run");
        Self { machine, child }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.machine.command("p2pm");
        command.args(arguments).stdin(Stdio::null());
        command
    }

    fn who(&self) -> Option<Answer> {
        let socket = self.machine.control_socket(ProfileName::default().as_str());
        Client::connect_at(&socket, Some(PATIENCE)).ok()?.ask(&Ask::Who {}).ok()
    }

    fn address(&self) -> SocketAddr {
        let start = Instant::now();
        loop {
            if let Some(address) = self.who().as_ref().and_then(address_in) {
                return address;
            }
            assert!(start.elapsed() < PATIENCE, "it does not start");
            park_timeout(Duration::from_millis(10));
        }
    }

    /// Serves the other ends until the node has so many links and nobody has anything to say.
    fn settle(&self, ends: &mut [End]) {
        let start = Instant::now();
        loop {
            serve_for(ends, SERVICE_INTERVAL);
            if let Some(Answer::Who { people, .. }) = self.who()
                && people.iter().filter(|known| known.here).count() == ends.len()
            {
                return;
            }
            assert!(start.elapsed() < PATIENCE, "not everybody is linked");
        }
    }

    /// How often the node's thread has waited for something.
    fn switches(&self) -> usize {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.child.id())).expect("it runs");
        let mut paths = tasks.map(|task| task.expect("it runs").path());
        let is_node =
            |path: &PathBuf| fs::read_to_string(path.join("comm")).is_ok_and(|comm| comm == "node\n");
        let status = paths.find(is_node).expect("it has such a thread").join("status");
        number(&fs::read_to_string(status).expect("it runs"), "voluntary_ctxt_switches:")
    }

    fn resident_bytes(&self) -> usize {
        resident_bytes(self.child.id())
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        // Fails only if it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Bytes of a process that are in memory.
pub fn resident_bytes(process: u32) -> usize {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("it runs");
    number(&status, "VmRSS:") * 1024
}

/// The number after a label of `/proc`.
pub fn number(status: &str, label: &str) -> usize {
    let line = status.lines().find_map(|line| line.strip_prefix(label)).expect("the label");
    line.split_whitespace().next().and_then(|number| number.parse().ok()).expect("a number")
}
