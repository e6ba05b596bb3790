//! Round trip of a text over loopback, compared with as many bytes without our code.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;

use p2pm_core::limits::{FRAME_LEN, TEXT_MAX};
use p2pm_core::suite::Xor;
use p2pm_core::wire::Turns;
use p2pm_host::suite::Sealed;
use rustix::thread::CpuSet;

use crate::sampler::{Subject, medians};
use crate::table::{heading, row};
use crate::{node, processors};

const ROUNDS: usize = 501;
const OPERATIONS: u32 = 100;

/// Measures and prints.
pub fn report() {
    heading(
        "Chat round trip",
        "a text of 1000 bytes there and back over loopback; beside blocking reads and writes of 1024 bytes",
    );
    let anywhere = processors::available();
    if let [one, other] = processors::first(2)[..] {
        print("each end on its own processor", compare(&one, &other));
        print("both ends on one processor", compare(&one, &one));
    } else {
        print("only one processor", compare(&anywhere, &anywhere));
    }
    processors::run_on(&anywhere);
}

fn print(placement: &str, [bare, xor, sealed]: [f64; 3]) {
    let times = |ours: f64| format!("{:.2} times bare TCP", ours / bare);
    row(&format!("bare TCP, {placement}"), bare, "");
    row(&format!("p2pm xor, {placement}"), xor, &times(xor));
    row(&format!("p2pm sealed, {placement}"), sealed, &format!("{} (bound: at most 1.25)", times(sealed)));
}

/// Bare TCP and p2pm with either suite, with this end `here` and the other one `there`.
fn compare(here: &CpuSet, there: &CpuSet) -> [f64; 3] {
    processors::run_on(there);
    let (xor_node, sealed_node, mut bare) = (node::start::<Xor>(), node::start::<Sealed>(), bare_echo());
    processors::run_on(here);
    let (mut xor_line, mut xor_chat) = node::call::<Xor>(xor_node, Turns::Linear);
    let (mut sealed_line, mut sealed_chat) = node::call::<Sealed>(sealed_node, Turns::Linear);
    let text = "x".repeat(TEXT_MAX);
    let mut buffer = [b'x'; FRAME_LEN];
    medians(
        ROUNDS,
        [
            Subject::repeated(OPERATIONS, || {
                bare.write_all(&buffer).expect("an open connection");
                bare.read_exact(&mut buffer).expect("an echo");
            }),
            Subject::repeated(OPERATIONS, || node::exchange(&mut xor_line, &mut xor_chat, &text)),
            Subject::repeated(OPERATIONS, || node::exchange(&mut sealed_line, &mut sealed_chat, &text)),
        ],
    )
}

/// A connection to an echo.
pub fn bare_echo() -> TcpStream {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let stream = TcpStream::connect(listener.local_addr().expect("a bound socket")).expect("it listens");
    let (mut other, _) = listener.accept().expect("a connection");
    for end in [&stream, &other] {
        end.set_nodelay(true).expect("a TCP socket");
    }
    thread::spawn(move || {
        let mut buffer = [0; FRAME_LEN];
        while other.read_exact(&mut buffer).and_then(|()| other.write_all(&buffer)).is_ok() {}
    });
    stream
}
