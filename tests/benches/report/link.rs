//! Texts over a link, compared with as many bytes without our code.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::num::NonZeroU16;
use std::thread;

use p2pm_core::channel::{Acceptor, AcceptorEvent, Machine};
use p2pm_core::door::Door;
use p2pm_core::identity::Identity;
use p2pm_core::limits::{FRAME_LEN, PART_MAX};
use p2pm_core::link::Link;
use p2pm_core::node::{
    CircleId, Contact, ContactId, Delivery, Inline, LinkEvent, Node, OpeningEvent, Policy, Rows, Setup, To,
};
use p2pm_core::suite::Password;
use p2pm_core::wire::Endpoint;
use p2pm_host::suite::Fast;
use p2pm_posix::clock::Clock;
use rustix::thread::CpuSet;
use std::io::{Read, Write};

use crate::line::{Line, entropy};
use crate::sampler::{Subject, medians};
use crate::table::{heading, row};
use crate::{node, processors, round_trip};

/// Passphrase of the circles here.
pub const PASSPHRASE: &str = "open sesame";
const ROUNDS: usize = 301;
const OPERATIONS: u32 = 100;
/// Texts of one batch that are said without waiting.
const BATCH: u32 = 200;

type OurNode = Box<Node<Inline<4, 4, 256, { 1 << 18 }>>>;

/// Measures and prints.
pub fn report() {
    heading(
        "Link",
        "a text of 987 bytes and its receipt over loopback; beside blocking reads and writes of 1024 bytes",
    );
    let anywhere = processors::available();
    if let [one, other] = processors::first(2)[..] {
        print("each end on its own processor", compare(&one, &other));
    } else {
        print("only one processor", compare(&anywhere, &anywhere));
    }
    processors::run_on(&anywhere);
}

fn print(placement: &str, [bare, linked, bare_stream, stream]: [f64; 4]) {
    row(&format!("bare TCP, there and back, {placement}"), bare, "");
    let times = linked / bare;
    row("text and receipt", linked, &format!("{times:.2} times bare TCP (bound: at most 1.35)"));
    let batch = f64::from(BATCH);
    row("bare TCP, one way", bare_stream / batch, "");
    let speed = bare_stream / stream;
    row("texts one way", stream / batch, &format!("{speed:.2} of bare TCP's speed (bound: at least 0.5)"));
}

fn compare(here: &CpuSet, there: &CpuSet) -> [f64; 4] {
    processors::run_on(there);
    let (address, mut bare, mut sink) = (start(), round_trip::bare_echo(), bare_sink());
    processors::run_on(here);
    let mut end = End::dial_as(1, address);
    let text = "x".repeat(PART_MAX);
    let mut buffer = [b'x'; FRAME_LEN];
    let mut other = buffer;
    let end = std::cell::RefCell::new(&mut end);
    medians(
        ROUNDS,
        [
            Subject::repeated(OPERATIONS, || {
                bare.write_all(&buffer).expect("an open connection");
                bare.read_exact(&mut buffer).expect("an echo");
            }),
            Subject::repeated(OPERATIONS, || end.borrow_mut().say_and_wait(&text, 1)),
            Subject::repeated(1, || {
                for _ in 0..BATCH {
                    sink.write_all(&other).expect("an open connection");
                }
                sink.read_exact(&mut other[..1]).expect("the count is right");
            }),
            Subject::repeated(1, || end.borrow_mut().say_and_wait(&text, BATCH)),
        ],
    )
}

/// A connection to a reader, which answers each batch with a byte.
fn bare_sink() -> TcpStream {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let stream = TcpStream::connect(listener.local_addr().expect("a bound socket")).expect("it listens");
    let (mut other, _) = listener.accept().expect("a connection");
    stream.set_nodelay(true).expect("a TCP socket");
    thread::spawn(move || {
        let mut buffer = [0; FRAME_LEN];
        loop {
            for _ in 0..BATCH {
                if other.read_exact(&mut buffer).is_err() {
                    return;
                }
            }
            if other.write_all(&[1]).is_err() {
                return;
            }
        }
    });
    stream
}

/// One end of a link.
pub struct End {
    wire: Line,
    node: OurNode,
    link: Link<Fast>,
    contact: ContactId,
    /// Number of the last text to everyone.
    said: u32,
}

/// A node that listens nowhere.
fn new_node(seed: usize) -> (OurNode, CircleId) {
    let mut bytes = [0; 32];
    bytes[..size_of::<usize>()].copy_from_slice(&seed.to_be_bytes());
    let setup = Setup {
        identity: Identity::from_seed(&bytes),
        name: "node".parse().expect("a name"),
        port: None,
        policy: Policy::All,
        run: 1,
        seed: 1,
    };
    let mut node = Box::new(Node::new(Clock::start().now(), setup, Rows::default()));
    let door = Door::new(Password::new(PASSPHRASE.as_bytes()).expect("a password"));
    let circle = node.join(None, door).expect("room for a circle");
    (node, circle)
}

/// Starts the other end, and returns its address.
fn start() -> SocketAddr {
    let (mut stack, mut listener, address) = node::listen();
    thread::spawn(move || {
        if let Some((socket, _)) = node::accept(&mut stack, &mut listener) {
            End::accept(Line::new(socket, Clock::start())).receive();
        }
    });
    address
}

impl End {
    /// The dialling end, of the node with this seed.
    pub fn dial_as(seed: usize, address: SocketAddr) -> Self {
        let (mut wire, (mut node, circle)) = (Line::connect(address), new_node(seed));
        let port = NonZeroU16::new(address.port()).expect("a port");
        node.connect(wire.now(), Endpoint::new(address.ip(), port), circle);
        let dial = node.next_dial(wire.now()).expect("it is due");
        let mut outgoing = node.dialled::<Fast>(wire.now(), dial, entropy()).expect("a circle");
        let event = wire.next(&mut outgoing.at(&mut node), |event| event);
        let Some(OpeningEvent::Introduced(theirs)) = event else { panic!("{event:?}") };
        let Ok(link) = node.introduce(wire.now(), outgoing, &theirs) else { panic!("not admitted") };
        let contact = link.contact();
        Self { wire, node, link, contact, said: 0 }
    }

    fn accept(mut wire: Line) -> Self {
        let (mut node, _) = new_node(2);
        let mut acceptor = Acceptor::new(wire.now(), Ipv4Addr::LOCALHOST.into(), entropy());
        let event = wire.next(&mut acceptor, |event| event);
        let Some(AcceptorEvent::Asked(_)) = event else { panic!("{event:?}") };
        let Ok((mut incoming, _)) = node.accepted::<Fast>(acceptor, wire.now()) else {
            panic!("another circle")
        };
        let event = wire.next(&mut incoming.at(&mut node), |event| event);
        let Some(OpeningEvent::Introduced(theirs)) = event else { panic!("{event:?}") };
        let Ok(link) = node.introduce(wire.now(), incoming, &theirs) else { panic!("not admitted") };
        let contact = link.contact();
        Self { wire, node, link, contact, said: 0 }
    }

    /// Says a text so many times, and waits until all were received.
    fn say_and_wait(&mut self, text: &str, times: u32) {
        let mut last = 0;
        for _ in 0..times {
            last = self.node.say(To::One(self.contact), text).expect("it can be said");
        }
        let Self { wire, node, link, .. } = self;
        wire.pump(&mut link.at(node), |_| ());
        while node.delivery(self.contact, last) != Some(Delivery::Received) {
            wire.wait(&link.at(node));
            while wire.pump(&mut link.at(node), |_| ()) {}
        }
    }

    /// Says a text to everyone, unless too many have not been received yet. Returns whether it has, with [`End::serve`] to follow.
    pub fn say_to_all(&mut self, text: &str) -> bool {
        let Self { node, contact, said, .. } = self;
        let is_received = |sequence| node.delivery(*contact, sequence) == Some(Delivery::Received);
        if *said > BATCH && !is_received(*said - BATCH) {
            return false;
        }
        let Some(circle) = node.contact(*contact).map(Contact::circle) else { return false };
        let number = node.say(To::All(circle), text);
        *said = number.as_ref().copied().unwrap_or(*said);
        number.is_ok()
    }

    /// Receives, until the connection ends.
    fn receive(&mut self) {
        while self.receive_texts() {}
    }

    /// Waits for texts; false if the connection has ended.
    pub fn receive_texts(&mut self) -> bool {
        while !self.serve() {
            let machine = self.link.at(&mut self.node);
            if machine.is_closed() {
                return false;
            }
            self.wire.wait(&machine);
        }
        true
    }

    /// Sends and receives what there is, without waiting. Returns whether there were texts, which are confirmed.
    pub fn serve(&mut self) -> bool {
        let Self { wire, node, link, .. } = self;
        let mut has_received = false;
        loop {
            let mut said = None;
            let may_go_on = wire.pump(&mut link.at(node), |event| {
                if let LinkEvent::Said { contact, part, .. } = event {
                    said = Some((contact, part.sequence));
                }
            });
            if let Some((contact, sequence)) = said {
                node.confirm(contact, sequence);
                has_received = true;
            } else if !may_go_on {
                return has_received;
            }
        }
    }
}
