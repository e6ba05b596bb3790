//! Two nodes as users have them: a message while a file crosses, and how soon the first byte of a large one comes.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread::park_timeout;
use std::time::{Duration, Instant};

use p2pm_host::config::profile::ProfileName;
use p2pm_host::node::control::Client;
use p2pm_host::node::{Answer, Ask, FileState, News};
use p2pm_tests::machine::Machine;
use p2pm_tests::small_disk::on_small_disk;

use super::{Room, fill};
use crate::circle::address_in;
use crate::link::PASSPHRASE;
use crate::table::{heading, row};

/// Messages that are timed, with and without a file.
const MESSAGES: usize = 500;
/// Between two of them.
const PAUSE: Duration = Duration::from_millis(5);
/// Of the file beside them, in bytes.
const LENGTH: u64 = 4 << 30;
/// Of the file whose first byte is waited for, in bytes.
const SPARSE_LENGTH: u64 = 100 << 30;
const PATIENCE: Duration = Duration::from_mins(2);

/// Measures and prints.
pub fn report() {
    heading(
        "Transfer between two nodes",
        "p2pm up twice, over loopback: from a request on the control socket to the news of the receipt",
    );
    beside_messages(&Room::new());
    first_byte();
}

fn beside_messages(room: &Room) {
    let (katie, abdul) = linked(&room.0);
    let quiet = round_trips(&katie, || abdul.state(0).is_none());
    let path = room.0.join("beside");
    fill(&path, LENGTH);
    let file = offer(&katie, &abdul, path);
    abdul.ask(&Ask::TakeFile { file, into: None, or_refuse: false });
    let moving = || abdul.state(file).is_some_and(|state| matches!(state, FileState::Moving { .. }));
    while !moving() {
        park_timeout(PAUSE);
    }
    let busy = round_trips(&katie, moving);
    for percent in [50, 99] {
        let [quiet, busy] = [&quiet, &busy].map(|times| times[(times.len() - 1) * percent / 100]);
        row(&format!("message and receipt, percentile {percent}"), quiet, "");
        let remark = if percent == 99 { " (bound: at most 3)" } else { "" };
        row("  while a file crosses", busy, &format!("{:.2} times that{remark}", busy / quiet));
    }
}

/// Times of messages with their receipts, in nanoseconds, in ascending order: as long as `goes_on`, at most so many.
fn round_trips(katie: &Node, goes_on: impl Fn() -> bool) -> Vec<f64> {
    let (mut asks, mut news) = (katie.client(), katie.client());
    news.listen(None).expect("it runs");
    let mut times = Vec::new();
    while times.len() < MESSAGES && goes_on() {
        let start = Instant::now();
        let said = asks.ask(&Ask::Say { to: Some("abdul".into()), circle: None, text: "dinner?".into() });
        let Ok(Answer::Said { message: ours, .. }) = said else { panic!("it is not said: {said:?}") };
        while !matches!(news.news().expect("it runs").news, News::Received { message, .. } if message == ours)
        {
        }
        times.push(start.elapsed().as_secs_f64() * 1e9);
        park_timeout(PAUSE);
    }
    println!("  {} messages", times.len());
    times.sort_by(f64::total_cmp);
    times
}

/// Nothing is read ahead: a file has no length for this.
fn first_byte() {
    let room_for_it = usize::try_from(2 * SPARSE_LENGTH).expect("64 bits");
    let measured = on_small_disk(room_for_it, |dir| {
        let (katie, abdul) = linked(dir);
        let path = dir.join("sparse");
        File::create(&path).and_then(|file| file.set_len(SPARSE_LENGTH)).expect("it takes no room");
        let file = offer(&katie, &abdul, path);
        let start = Instant::now();
        abdul.ask(&Ask::TakeFile { file, into: None, or_refuse: false });
        let unfinished = dir.join("abdul/.p2pm-unfinished");
        while !has_begun(&unfinished) {
            park_timeout(Duration::from_micros(200));
        }
        let time = start.elapsed();
        abdul.ask(&Ask::CancelFile { file });
        time
    });
    if let Some(time) = measured {
        row("answer to the first byte of 100 GiB", time.as_secs_f64() * 1e9, "(bound: at most 100 ms)");
    }
}

/// Whether there is a byte of anything.
fn has_begun(unfinished: &Path) -> bool {
    let slots = fs::read_dir(unfinished).into_iter().flatten().flatten();
    slots.map(|slot| slot.path().join("data")).any(|data| fs::metadata(data).is_ok_and(|data| data.len() > 0))
}

/// Katie offers Abdul a file: its number with him.
fn offer(katie: &Node, abdul: &Node, path: PathBuf) -> u32 {
    let mut news = abdul.client();
    news.listen(Some(0)).expect("it runs");
    katie.ask(&Ask::SendFile { to: Some("abdul".into()), circle: None, path });
    loop {
        if let News::File { file, state: FileState::Offered { .. } } = news.news().expect("it runs").news {
            return file.file;
        }
    }
}

/// Two nodes that are linked, whose files come into folders of this one.
fn linked(dir: &Path) -> (Node, Node) {
    let katie = Node::start("katie", dir, None);
    let address = katie.address();
    let abdul = Node::start("abdul", dir, Some(&address));
    let mut news = katie.client();
    news.listen(Some(0)).expect("it runs");
    while !matches!(news.news().expect("it runs").news, News::Came { .. }) {}
    (katie, abdul)
}

/// A node in a process of its own, killed on drop.
struct Node {
    machine: Machine,
    child: Child,
}

impl Node {
    fn start(name: &str, dir: &Path, connect: Option<&str>) -> Self {
        let machine = Machine::new();
        let mut command = machine.command("p2pm");
        command.args(["up", "--no-discovery", "--name", name, "--port", "0", "--accept", "all"]);
        command.args(connect.map(|address| ["--connect", address]).into_iter().flatten());
        command.arg("--save").arg(dir.join(name)).env("P2PM_PASSPHRASE", PASSPHRASE);
        let child = command.stdin(Stdio::null()).stderr(Stdio::null()).spawn().expect("it can be run");
        Self { machine, child }
    }

    /// A connection to it, as soon as it is up.
    fn client(&self) -> Client {
        let socket = self.machine.control_socket(ProfileName::default().as_str());
        let start = Instant::now();
        loop {
            match Client::connect_at(&socket, Some(PATIENCE)) {
                Ok(client) => return client,
                Err(why) => assert!(start.elapsed() < PATIENCE, "{why}"),
            }
            park_timeout(PAUSE);
        }
    }

    fn ask(&self, ask: &Ask) -> Answer {
        let answer = self.client().ask(ask).expect("it runs");
        assert!(!matches!(answer, Answer::Error { .. }), "{answer:?}");
        answer
    }

    fn address(&self) -> String {
        address_in(&self.ask(&Ask::Who {})).expect("an address").to_string()
    }

    fn state(&self, number: u32) -> Option<FileState> {
        let Answer::Files { files } = self.ask(&Ask::Files {}) else { return None };
        files.into_iter().find(|known| known.info.file == number).map(|known| known.state)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // Fails only if it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
