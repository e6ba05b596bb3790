//! Throughput of texts through a device, compared with a bare socket of its network stack.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::os::fd::{AsFd, BorrowedFd};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use p2pm_core::limits::{FRAME_LEN, TEXT_MAX};
use p2pm_core::suite::{Protection, Xor};
use p2pm_core::wire::{ChatMessage, EMPTY_FRAME, Frame, Message, Text, Turns};
use p2pm_tap::size::BUFFER;
use p2pm_tap::tap::Tap;
use p2pm_tests::namespace::{DEVICE_CIDR, Namespace, TAP};
use p2pm_tests::process::program;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, read, write};
use smoltcp::socket::tcp;

use super::bare::{self, device_address};
use crate::node::{self, PASSWORD};
use crate::processors;
use crate::sampler::{Subject, medians, time};
use crate::table::{heading, row};

const ROUNDS: usize = 15;
/// Texts in a batch: 4 MiB of frames.
const TEXTS: u32 = 4096;
/// Texts before the measurement.
const WARM_UP: u32 = 256;
/// Expected fraction of the bare socket's throughput.
const BOUND: f64 = 0.9;

/// Measures and prints.
pub fn report() {
    heading(
        "Texts through a device",
        "4096 texts of 1000 bytes to p2pm-tap, with xor, which sends everything back; beside as many bytes to a bare \
         TCP socket of smoltcp that does the same, over the same TAP, with buffers of the same size",
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
    let frame = frame();
    let [bare, ours] = medians(
        ROUNDS,
        [
            Subject::new(TEXTS, || {
                processors::run_on(&there);
                let device = Bare::start(&site);
                processors::run_on(&here);
                device.measure(&site, &frame)
            }),
            Subject::new(TEXTS, || {
                processors::run_on(&there);
                let device = Ours::start(&site);
                processors::run_on(&here);
                device.measure(&site, &frame)
            }),
        ],
    );
    processors::run_on(&anywhere);
    let speed = bare / ours;
    row("a text there and back: bare socket", bare, "");
    row(
        "a text there and back: p2pm-tap",
        ours,
        &format!("{speed:.2} of the bare socket's speed; {BOUND} is enough"),
    );
}

/// A text as sent. With this suite the text that is sent back is the same to the byte.
fn frame() -> Frame {
    let mut frame = EMPTY_FRAME;
    Message::Chat(ChatMessage::Text(Text::new(&"x".repeat(TEXT_MAX)).expect("short enough")))
        .emit(&mut frame);
    Xor.seal(&mut frame);
    frame
}

/// Time for a batch to be sent and received back.
fn measure(socket: BorrowedFd<'_>, frame: &Frame) -> Duration {
    stream(socket, frame, WARM_UP);
    time(|| stream(socket, frame, TEXTS))
}

/// Sends the frame `times` times, as fast as it is taken, and receives every one of them back.
fn stream(socket: BorrowedFd<'_>, frame: &Frame, times: u32) {
    let total = FRAME_LEN * times as usize;
    let (mut sent, mut heard) = (0, 0);
    let mut buffer = [0; 16 * FRAME_LEN];
    while heard < total {
        let room = if sent < total { PollFlags::OUT } else { PollFlags::empty() };
        let limit = Timespec { tv_sec: 10, tv_nsec: 0 };
        let ready = poll(&mut [PollFd::from_borrowed_fd(socket, PollFlags::IN | room)], Some(&limit));
        assert!(ready.is_ok_and(|count| count > 0), "{heard} of {total} bytes came back");
        if sent < total
            && let Some(bytes) = moved(write(socket, &frame[sent % FRAME_LEN..]))
        {
            sent += bytes;
        }
        if let Some(bytes) = moved(read(socket, &mut buffer)) {
            assert!(bytes > 0, "the device hung up after {heard} of {total} bytes");
            let is_same = |(at, byte): (usize, &u8)| *byte == frame[(heard + at) % FRAME_LEN];
            assert!(buffer[..bytes].iter().enumerate().all(is_same), "what comes back is what was sent");
            heard += bytes;
        }
    }
}

/// Number of bytes moved, if any.
fn moved(result: Result<usize, Errno>) -> Option<usize> {
    match result {
        Ok(bytes) => Some(bytes),
        Err(Errno::AGAIN | Errno::INTR) => None,
        Err(error) => panic!("the connection: {error}"),
    }
}

/// `p2pm-tap` in a process of its own, killed on drop.
struct Ours {
    child: Child,
    /// Kept open, so that further output can be written.
    _shown: BufReader<ChildStdout>,
}

impl Ours {
    fn start(site: &Namespace) -> Self {
        let mut command = Command::new(program("p2pm-tap"));
        site.enclose(&mut command);
        command.args(["--tap", TAP, "--ip", DEVICE_CIDR, "--suite", "xor", "node", "--echo", "--free"]);
        command.env("P2PM_PASSWORD", std::str::from_utf8(PASSWORD).expect("a password of ASCII"));
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("it is built");
        let mut shown = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        while !line.starts_with("listening") {
            line.clear();
            assert!(shown.read_line(&mut line).is_ok_and(|len| len > 0), "p2pm-tap listens");
        }
        Self { child, _shown: shown }
    }

    fn measure(self, site: &Namespace, frame: &Frame) -> Duration {
        let (line, _chat) = site.run(|| node::call::<Xor>(device_address(), Turns::Free));
        let taken = measure(line.as_fd(), frame);
        drop(self);
        taken
    }
}

impl Drop for Ours {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// An echo on a bare socket of smoltcp, for one connection.
struct Bare(JoinHandle<()>);

impl Bare {
    fn start(site: &Namespace) -> Self {
        let tap = site.run(|| Tap::open(TAP)).expect("nobody else has it");
        Self(thread::spawn(move || bare::serve(tap, BUFFER, echo)))
    }

    fn measure(self, site: &Namespace, frame: &Frame) -> Duration {
        let stream = site.run(|| TcpStream::connect(device_address()).expect("it listens"));
        stream.set_nodelay(true).expect("a TCP socket");
        stream.set_nonblocking(true).expect("a socket");
        let taken = measure(stream.as_fd(), frame);
        drop(stream);
        self.0.join().expect("it ends with its connection");
        taken
    }
}

/// Sends back what has been received, as far as there is room; false if there was nothing to do.
fn echo(socket: &mut tcp::Socket<'_>) -> bool {
    let mut buffer = [0; BUFFER];
    let room = socket.send_capacity() - socket.send_queue();
    if !socket.can_recv() || room == 0 {
        return false;
    }
    let len = socket.recv_slice(&mut buffer[..room]).expect("there is something");
    socket.send_slice(&buffer[..len]).expect("it is connected") == len
}
