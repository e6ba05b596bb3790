//! Files from memory to memory, over loopback: beside a bare loop of the same steps, and other programs.

mod bare;
pub mod nodes;
mod others;
mod ours;

use std::fs::{self, File};
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};

use p2pm_core::wire::Cipher;
use p2pm_host::suite::{Aes, Ring};

use self::bare::bare;
use self::others::{Ssh, ncat, tar_through_ncat};
use self::ours::{Carrier, peak_memory};
use crate::sampler::time;
use crate::table::{duration, heading};

/// Length of the file, in bytes.
const LENGTH: u64 = 2 << 30;
/// Files of the tree, and their lengths in bytes.
const FILES: u64 = 20_000;
const LENGTHS: std::ops::Range<u64> = 1024..8192;
const ROUNDS: usize = 5;

/// A way to bring a file or a folder to another place.
type Run<'a> = Box<dyn FnMut(&Path, &Path) + 'a>;

/// A program with its times.
struct Subject<'a> {
    name: &'static str,
    run: Run<'a>,
    times: Vec<f64>,
}

/// Measures and prints.
pub fn report() {
    let room = Room::new();
    of_a_file(&room);
    of_a_tree(&room);
}

fn of_a_file(room: &Room) {
    heading(
        "Transfer of a file",
        "2 GiB from memory to memory over loopback: medians of 5 interleaved rounds",
    );
    let from = room.0.join("file");
    fill(&from, LENGTH);
    let ssh = Ssh::start(&room.0);
    let mut subjects = vec![
        subject("p2pm, AES-256-GCM", |from, to| Carrier::carry(Cipher::Aes256Gcm, from, to)),
        subject("p2pm, ChaCha20-Poly1305", |from, to| Carrier::carry(Cipher::ChaCha20Poly1305, from, to)),
        subject("bare loop, AES-256-GCM", bare::<Aes>),
        subject("bare loop, ChaCha20-Poly1305", bare::<Ring>),
    ];
    if let Some(ssh) = &ssh {
        subjects.push(subject("scp, AES-256-GCM", |from, to| ssh.copy("aes256-gcm@openssh.com", from, to)));
        subjects.push(subject("scp, ChaCha20-Poly1305", |from, to| {
            ssh.copy("chacha20-poly1305@openssh.com", from, to);
        }));
    }
    if others::has_ncat() {
        subjects.push(subject("ncat, neither sealed nor checked", ncat));
    }
    measure(&mut subjects, &from, &room.0.join("to"));
    print(&subjects);
    println!("  p2pm's peak of memory, both ends in one process: {} KiB", peak_memory());
}

fn of_a_tree(room: &Room) {
    heading("Transfer of a tree", "20,000 files of 1 to 8 KiB, in the same way");
    let from = room.0.join("tree");
    plant(&from);
    let ssh = Ssh::start(&room.0);
    let mut subjects =
        vec![subject("p2pm, AES-256-GCM", |from, to| Carrier::carry(Cipher::Aes256Gcm, from, to))];
    if let Some(ssh) = &ssh {
        subjects.push(subject("scp -r", |from, to| ssh.copy("aes256-gcm@openssh.com", from, to)));
    }
    if others::has_ncat() {
        subjects.push(subject("tar through ncat", tar_through_ncat));
    }
    measure(&mut subjects, &from, &room.0.join("to"));
    print(&subjects);
}

fn subject<'a>(name: &'static str, run: impl FnMut(&Path, &Path) + 'a) -> Subject<'a> {
    Subject { name, run: Box::new(run), times: Vec::new() }
}

fn measure(subjects: &mut [Subject<'_>], from: &Path, to: &Path) {
    for _ in 0..ROUNDS {
        for Subject { run, times, .. } in &mut *subjects {
            fs::create_dir(to).expect("it is not there");
            times.push(time(|| run(from, to)).as_secs_f64());
            let arrived = to.join(from.file_name().expect("a name"));
            assert_eq!(size(&arrived), size(from), "not all of it has arrived");
            fs::remove_dir_all(to).expect("it is there");
        }
    }
}

fn print(subjects: &[Subject<'_>]) {
    let median = |times: &[f64]| {
        let mut times = times.to_vec();
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    let first = median(&subjects[0].times);
    for Subject { name, times, .. } in subjects {
        let median = median(times);
        println!("  {name:<40} {:>10}  {:.2} times p2pm", duration(median * 1e9), median / first);
    }
}

/// Bytes of everything there.
fn size(path: &Path) -> u64 {
    let facts = fs::symlink_metadata(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    if facts.is_dir() {
        fs::read_dir(path).expect("a folder").map(|entry| size(&entry.expect("an entry").path())).sum()
    } else {
        facts.len()
    }
}

/// A folder in memory, which is removed in the end.
pub struct Room(pub PathBuf);

impl Room {
    /// A new one.
    pub fn new() -> Self {
        let path = PathBuf::from(format!("/dev/shm/p2pm-bench-{}", std::process::id()));
        fs::create_dir(&path).expect("a place in memory");
        Self(path)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).expect("it is there");
    }
}

/// Numbers that no program finds anything in to compress.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 ^ self.0 >> 29
    }

    fn write(&mut self, mut to: impl Write, length: u64) {
        let block: Vec<u8> =
            (0..length.min(1 << 20).div_ceil(8)).flat_map(|_| self.next().to_be_bytes()).collect();
        let mut left = length;
        while left > 0 {
            let len = left.min(block.len() as u64);
            to.write_all(&block[..usize::try_from(len).expect("a block")]).expect("room in memory");
            left -= len;
        }
    }
}

/// Makes a file of so many bytes.
pub fn fill(path: &Path, length: u64) {
    Noise(1).write(File::create(path).expect("room in memory"), length);
}

fn plant(path: &Path) {
    let mut noise = Noise(2);
    for file in 0..FILES {
        let folder = path.join(format!("folder {}", file / 200));
        fs::create_dir_all(&folder).expect("room in memory");
        let length = LENGTHS.start + noise.next() % (LENGTHS.end - LENGTHS.start);
        noise.write(File::create(folder.join(format!("file {file}"))).expect("room in memory"), length);
    }
}

/// Both ends of a connection.
fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback");
    let dialler = TcpStream::connect(listener.local_addr().expect("bound")).expect("it listens");
    (dialler, listener.accept().expect("a connection").0)
}
