//! A file from memory to memory, over loopback: beside a bare loop of the same steps, and other programs.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Instant;

use p2pm_core::channel::Acceptor;
use p2pm_core::drive::{Connection, Pumped};
use p2pm_core::node::{Passage, TransferEnd, TransferKey};
use p2pm_core::suite::aead::Aead;
use p2pm_core::transfer::{Chain, Mark, Sink, Source, Ticket};
use p2pm_core::wire::{Cipher, Close, FrameLen, TransferId, TransferSecret};
use p2pm_host::reactor::transport::StdTransport;
use p2pm_host::suite::{Aes, Ring};
use p2pm_host::transfer::{Begin, Cargo, Worker};
use p2pm_posix::clock::Clock;

use crate::line::entropy;
use crate::table::{heading, row};

/// Length of the file, in bytes.
const LENGTH: u64 = 2 << 30;
const ROUNDS: usize = 5;
const FRAME: usize = 64 * 1024;

/// A way to bring a file to another place.
type Run<'a> = &'a dyn Fn(&Path, &Path);

/// A file that is sent.
struct Sent(File, u64);

impl Source for Sent {
    fn seek(&mut self, offset: u64) -> Result<(), Close> {
        self.1 = offset;
        Ok(())
    }

    fn read(&mut self, into: &mut [u8]) -> Result<usize, Close> {
        let read = self.0.read_at(into, self.1).map_err(|_| Close::Failed)?;
        self.1 += read as u64;
        Ok(read)
    }

    fn check(&mut self) -> Result<(), Close> {
        Ok(())
    }
}

/// A file that is received.
struct Received(File);

impl Sink for Received {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Close> {
        self.0.write_all(bytes).map_err(|_| Close::Failed)
    }

    fn mark(&mut self, _: Mark) -> Result<(), Close> {
        Ok(())
    }

    fn retreat(&mut self) -> Result<Chain, Close> {
        Err(Close::Failed)
    }

    fn finish(&mut self) -> Result<(), Close> {
        Ok(())
    }
}

pub fn report() {
    heading("Transfer", "2 GiB from memory to memory over loopback, medians of 5 interleaved rounds");
    let directory = PathBuf::from("/dev/shm/p2pm-bench");
    std::fs::create_dir_all(&directory).expect("a place in memory");
    let (from, to) = (directory.join("from"), directory.join("to"));
    fill(&from);
    let subjects: [(&str, Run<'_>); 4] = [
        ("bare loop, AES-256-GCM", &bare::<Aes>),
        ("p2pm, AES-256-GCM", &|from, to| ours(Cipher::Aes256Gcm, from, to)),
        ("bare loop, ChaCha20-Poly1305", &bare::<Ring>),
        ("p2pm, ChaCha20-Poly1305", &|from, to| ours(Cipher::ChaCha20Poly1305, from, to)),
    ];
    let mut times = subjects.map(|_| Vec::new());
    for _ in 0..ROUNDS {
        for ((_, run), times) in subjects.iter().zip(&mut times) {
            let _ = std::fs::remove_file(&to);
            let start = Instant::now();
            run(&from, &to);
            times.push(start.elapsed());
            assert_eq!(std::fs::metadata(&to).expect("it has arrived").len(), LENGTH);
        }
    }
    for ((name, _), times) in subjects.iter().zip(&mut times) {
        times.sort();
        row(name, times[ROUNDS / 2].as_secs_f64() * 1e9, &format!("{times:?}"));
    }
    std::fs::remove_dir_all(&directory).expect("it is there");
}

fn fill(path: &Path) {
    let mut file = File::create(path).expect("room in memory");
    let mut block = vec![0_u8; 1 << 20];
    let mut state = 1_u64;
    for _ in 0..LENGTH >> 20 {
        for bytes in block.chunks_exact_mut(8) {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            bytes.copy_from_slice(&state.to_be_bytes());
        }
        file.write_all(&block).expect("room in memory");
    }
}

fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback");
    let dialler = TcpStream::connect(listener.local_addr().expect("bound")).expect("it listens");
    (dialler, listener.accept().expect("a connection").0)
}

/// Read, hash, seal, send; receive, open, hash, write.
fn bare<A: Aead>(from: &Path, to: &Path) {
    let (mut out, mut incoming) = pair();
    let (from, to) = (from.to_owned(), to.to_owned());
    let sender = thread::spawn(move || {
        let (mut file, mut hash) = (File::open(from).unwrap(), blake3::Hasher::new());
        let mut frame = vec![0; FRAME];
        let mut number = 0_u64;
        loop {
            let mut filled = 0;
            while filled < FRAME - 16 {
                match file.read(&mut frame[filled..FRAME - 16]).unwrap() {
                    0 => break,
                    read => filled += read,
                }
            }
            if filled == 0 {
                return hash.finalize();
            }
            hash.update(&frame[..filled]);
            let mut nonce = [0; 12];
            nonce[4..].copy_from_slice(&number.to_be_bytes());
            number += 1;
            let tag = A::seal(&[7; 32], &nonce, &mut frame[..filled]).unwrap();
            frame[filled..filled + 16].copy_from_slice(&tag);
            out.write_all(&frame[..filled + 16]).unwrap();
        }
    });
    let (mut file, mut hash) = (File::create(to).unwrap(), blake3::Hasher::new());
    let mut frame = vec![0; FRAME];
    let mut number = 0_u64;
    loop {
        let mut filled = 0;
        while filled < FRAME {
            match incoming.read(&mut frame[filled..]).unwrap() {
                0 => break,
                read => filled += read,
            }
        }
        if filled == 0 {
            break;
        }
        let mut nonce = [0; 12];
        nonce[4..].copy_from_slice(&number.to_be_bytes());
        number += 1;
        let (text, tag) = frame[..filled].split_last_chunk_mut::<16>().unwrap();
        A::open(&[7; 32], &nonce, text, tag).unwrap();
        hash.update(text);
        file.write_all(text).unwrap();
    }
    assert_eq!(sender.join().unwrap(), hash.finalize());
}

fn ours(cipher: Cipher, from: &Path, to: &Path) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback");
    let ticket =
        Ticket { id: TransferId([1; 8]), secret: TransferSecret([2; 32]), frame_len: FrameLen::Long };
    let clock = Clock::start();
    let (ended, ends) = channel();
    let passage = || Passage { key: TransferKey::default(), ticket: ticket.clone(), cipher };
    let source = Box::new(Sent(File::open(from).unwrap(), 0));
    let sender = Worker {
        passage: passage(),
        begin: Begin::Dial(listener.local_addr().unwrap()),
        cargo: Cargo::Sent { source, proved: Chain::default() },
        length: LENGTH,
        clock,
    };
    let told = ended.clone();
    sender.start(move |report| told.send((report.end, report.why)).unwrap()).unwrap();
    let (stream, _) = listener.accept().unwrap();
    let (stream, acceptor) = heard(stream, clock);
    let sink = Box::new(Received(File::create(to).unwrap()));
    let receiver = Worker {
        passage: passage(),
        begin: Begin::Accepted(stream, acceptor),
        cargo: Cargo::Received { sink, has: Chain::default() },
        length: LENGTH,
        clock,
    };
    receiver.start(move |report| ended.send((report.end, report.why)).unwrap()).unwrap();
    for _ in 0..2 {
        assert_eq!(ends.recv().unwrap(), (TransferEnd::Stored, String::new()));
    }
}

/// The acceptor that has read the Hello of a connection.
fn heard(stream: TcpStream, clock: Clock) -> (TcpStream, Box<Acceptor>) {
    let mut acceptor = Box::new(Acceptor::new(clock.now(), Ipv4Addr::LOCALHOST.into(), entropy()));
    let mut connection = Connection::default();
    let mut transport = StdTransport(stream);
    while !matches!(
        connection.pump(&mut transport, acceptor.as_mut(), clock.now(), |_| ()),
        Pumped::Event(())
    ) {
        thread::yield_now();
    }
    (transport.0, acceptor)
}
