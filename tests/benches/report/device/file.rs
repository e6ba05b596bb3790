//! A file to a device and from it, compared with a bare socket of its network stack that moves the same bytes.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use p2pm_tap::size::WINDOW;
use p2pm_tap::tap::Tap;
use p2pm_tests::circle::{Node, PASSPHRASE};
use p2pm_tests::namespace::{DEVICE_CIDR, LINUX, Namespace, TAP};
use p2pm_tests::process::program;
use rustix::thread::CpuSet;
use smoltcp::socket::tcp;

use super::bare::{self, device_address};
use crate::processors;
use crate::sampler::{Subject, medians, time};
use crate::table::{heading, row};
use crate::transfer::{Room, fill};

const ROUNDS: usize = 5;
/// Length of the file, in bytes.
const LENGTH: u64 = 256 << 20;
/// Bytes that a bare socket's program reads or writes at once.
const BLOCK: usize = 64 * 1024;
/// Expected fraction of the bare socket's speed.
const BOUND: f64 = 0.8;
const PORT: &str = "7776";

/// Measures and prints.
pub fn report() {
    heading(
        "A file to a device and from it",
        "256 MiB from memory to memory between p2pm and p2pm-tap, sealed and checked; beside the same bytes through a bare TCP \
         socket of smoltcp over the same TAP, with buffers of the same size: medians of 5 interleaved rounds",
    );
    let site = match Namespace::new() {
        Ok(site) => site,
        Err(why) => return println!("  left out: {why}"),
    };
    let anywhere = processors::available();
    let (here, there) = match &processors::first(2)[..] {
        [one, other] => (*one, *other),
        _ => (anywhere, anywhere),
    };
    processors::run_on(&here);
    let stage = Stage::new(&site, here, there);
    let [bare_to, ours_to, bare_from, ours_from] = medians(
        ROUNDS,
        [
            Subject::new(1, || stage.bare_takes()),
            Subject::new(1, || stage.device_takes()),
            Subject::new(1, || stage.bare_sends()),
            Subject::new(1, || stage.device_sends()),
        ],
    );
    processors::run_on(&anywhere);
    for (way, bare, ours) in [("to the device", bare_to, ours_to), ("from the device", bare_from, ours_from)]
    {
        row(&format!("{way}: bare socket"), bare, "");
        let speed = bare / ours;
        row(
            &format!("{way}: p2pm-tap"),
            ours,
            &format!("{speed:.2} of the bare socket's speed; {BOUND} is enough"),
        );
    }
}

/// A file in memory, and a node on Linux that sends it or takes it.
struct Stage<'a> {
    site: &'a Namespace,
    here: CpuSet,
    there: CpuSet,
    room: Room,
    katie: Node,
}

impl<'a> Stage<'a> {
    fn new(site: &'a Namespace, here: CpuSet, there: CpuSet) -> Self {
        let room = Room::new();
        fill(&room.0.join("file"), LENGTH);
        let katie = Node::start("katie", Some(site), &["--port", PORT]);
        Self { site, here, there, room, katie }
    }

    fn file(&self) -> PathBuf {
        self.room.0.join("file")
    }

    fn arrived(&self) -> PathBuf {
        self.room.0.join("arrived")
    }

    /// Checks that all of it is there, and removes it.
    fn check(path: &Path) {
        assert_eq!(fs::metadata(path).expect("it has arrived").len(), LENGTH);
        fs::remove_file(path).expect("it is there");
    }

    /// Serves one connection on the device's processor, in place of the device.
    fn bare(
        &self,
        mut step: impl FnMut(&mut tcp::Socket<'_>) -> bool + Send + 'static,
    ) -> thread::JoinHandle<()> {
        let tap = self.site.run(|| Tap::open(TAP)).expect("nobody else has it");
        processors::run_on(&self.there);
        let server = thread::spawn(move || bare::serve(tap, WINDOW, &mut step));
        processors::run_on(&self.here);
        server
    }

    fn connect(&self) -> TcpStream {
        self.site.run(|| TcpStream::connect(device_address()).expect("it listens"))
    }

    fn bare_takes(&self) -> Duration {
        let mut to = File::create(self.arrived()).expect("room in memory");
        let server = self.bare(move |socket| {
            let write = |bytes: &mut [u8]| (bytes.len(), to.write_all(bytes).expect("room in memory"));
            socket.can_recv() && socket.recv(write).is_ok()
        });
        let (mut stream, mut from) = (self.connect(), File::open(self.file()).expect("it is there"));
        let taken = time(|| {
            let mut block = vec![0; BLOCK];
            loop {
                let read = from.read(&mut block).expect("it can be read");
                if read == 0 {
                    break;
                }
                stream.write_all(&block[..read]).expect("it is taken");
            }
            stream.shutdown(Shutdown::Write).expect("connected");
            assert_eq!(stream.read(&mut block).expect("it is all there"), 0);
        });
        server.join().expect("it ends with its connection");
        Self::check(&self.arrived());
        taken
    }

    fn bare_sends(&self) -> Duration {
        let mut from = File::open(self.file()).expect("it is there");
        let (mut block, mut unsent, mut is_over) = (vec![0; BLOCK], 0..0, false);
        let server = self.bare(move |socket| {
            if !socket.may_send() || is_over {
                return false;
            }
            if unsent.is_empty() {
                unsent = 0..from.read(&mut block).expect("it can be read");
                is_over = unsent.is_empty();
            }
            if is_over {
                socket.close();
            }
            let sent =
                if is_over { 0 } else { socket.send_slice(&block[unsent.clone()]).expect("connected") };
            unsent.start += sent;
            sent > 0 || is_over
        });
        let mut stream = self.connect();
        let mut to = File::create(self.arrived()).expect("room in memory");
        let taken = time(|| {
            let mut block = vec![0; BLOCK];
            loop {
                let read = stream.read(&mut block).expect("it is sent");
                if read == 0 {
                    break;
                }
                to.write_all(&block[..read]).expect("room in memory");
            }
        });
        drop(stream);
        server.join().expect("it ends with its connection");
        Self::check(&self.arrived());
        taken
    }

    fn device_takes(&self) -> Duration {
        let mut device = self.device("--save", &self.arrived());
        device.hear("katie is here");
        let mut offer = self.katie.command(&["send", "board", "--file"]);
        let mut offer = offer.arg(self.file()).stderr(Stdio::null()).spawn().expect("p2pm starts");
        device.hear("katie sends file");
        let start = Instant::now();
        device.hear("file is stored");
        let taken = start.elapsed();
        assert!(offer.wait().expect("it ends").success());
        drop(device);
        Self::check(&self.arrived());
        taken
    }

    fn device_sends(&self) -> Duration {
        // As it was, it would not be sent again.
        let file = File::options().write(true).open(self.file()).expect("it is there");
        file.set_modified(SystemTime::now()).expect("ours");
        let folder = self.room.0.join("taken");
        fs::create_dir_all(&folder).expect("room in memory");
        let _taking = self.katie.take_into(&folder);
        let mut device = self.device("--send", &self.file());
        device.hear("katie takes file");
        let start = Instant::now();
        device.hear("katie has file");
        let taken = start.elapsed();
        drop(device);
        Self::check(&folder.join("file"));
        taken
    }

    /// `p2pm-tap` on a processor of its own, in the same circle.
    fn device(&self, what: &str, path: &Path) -> Device {
        let mut command = Command::new(program("p2pm-tap"));
        self.site.enclose(&mut command);
        command.args([
            "--tap",
            TAP,
            "--ip",
            DEVICE_CIDR,
            "circle",
            &format!("{LINUX}:{PORT}"),
            "--name",
            "board",
        ]);
        command.arg("--identity").arg(self.room.0.join("identity")).arg(what).arg(path);
        command.env("P2PM_PASSPHRASE", PASSPHRASE).stdin(Stdio::null()).stdout(Stdio::piped());
        processors::run_on(&self.there);
        let mut child = command.spawn().expect("it is built");
        processors::run_on(&self.here);
        let shown = BufReader::new(child.stdout.take().expect("a pipe"));
        Device { child, shown }
    }
}

/// A device in a process of its own, killed on drop.
struct Device {
    child: Child,
    shown: BufReader<ChildStdout>,
}

impl Device {
    /// Reads its lines up to one that begins like this.
    fn hear(&mut self, begin: &str) {
        let mut line = String::new();
        while !line.starts_with(begin) {
            line.clear();
            assert!(self.shown.read_line(&mut line).is_ok_and(|len| len > 0), "p2pm-tap says {begin}");
        }
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
