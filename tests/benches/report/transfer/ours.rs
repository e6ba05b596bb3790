//! Both ends of a transfer, as nodes have them: their threads, files and machines.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::mpsc::channel;
use std::thread;

use p2pm_core::channel::Acceptor;
use p2pm_core::drive::{Connection, Pumped};
use p2pm_core::node::{KeptGoods, Passage, TransferEnd, TransferKey};
use p2pm_core::transfer::{Chain, Ticket};
use p2pm_core::wire::{Cipher, FrameLen, PublicKey, TransferId, TransferSecret};
use p2pm_host::reactor::transport::StdTransport;
use p2pm_host::transfer::disk::{Offered, Origin};
use p2pm_host::transfer::{Begin, Cargo, Worker};
use p2pm_posix::clock::Clock;

use crate::line::entropy;

/// What both ends know.
pub struct Carrier {
    passage: Passage,
    goods: KeptGoods,
    clock: Clock,
}

impl Carrier {
    /// Brings a file or a folder into another one.
    pub fn carry(cipher: Cipher, from: &Path, to: &Path) {
        let offered = Offered::prepare(from).expect("it is there");
        let ticket =
            Ticket { id: TransferId([1; 8]), secret: TransferSecret([2; 32]), frame_len: FrameLen::Long };
        let passage = Passage { key: TransferKey::default(), ticket, cipher };
        let carrier = Self { passage, goods: (&offered.goods()).into(), clock: Clock::start() };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback");
        let (ended, ends) = channel();
        let told = ended.clone();
        let dial = Begin::Dial(listener.local_addr().expect("bound"));
        let source = offered.source();
        let sender = carrier.worker(dial, Cargo::Sent { source, proved: Chain::default() });
        sender.start(move |report| told.send((report.end, report.why)).expect("heard")).expect("a thread");
        let accepted = carrier.accept(&listener);
        let cargo = Cargo::Received {
            into: to.to_owned(),
            origin: Origin { sender: PublicKey([3; 32]), id: TransferId([1; 8]) },
            goods: Box::new(carrier.goods.clone()),
            begun: None,
            refused: None,
        };
        let receiver = carrier.worker(accepted, cargo);
        receiver.start(move |report| ended.send((report.end, report.why)).expect("heard")).expect("a thread");
        for _ in 0..2 {
            assert_eq!(ends.recv().expect("both end"), (TransferEnd::Stored, String::new()));
        }
    }

    fn worker(&self, begin: Begin, cargo: Cargo) -> Worker {
        Worker { passage: self.passage.clone(), goods: self.goods.clone(), begin, cargo, clock: self.clock }
    }

    /// A connection whose Hello is read, as a node reads it.
    fn accept(&self, listener: &TcpListener) -> Begin {
        let (stream, from): (TcpStream, _) = listener.accept().expect("a connection");
        let mut acceptor = Box::new(Acceptor::new(self.clock.now(), from.ip(), entropy()));
        let (mut connection, mut transport) = (Connection::default(), StdTransport(stream));
        while connection.pump(&mut transport, acceptor.as_mut(), self.clock.now(), |_| ())
            != Pumped::Event(())
        {
            thread::yield_now();
        }
        Begin::Accepted(transport.0, acceptor)
    }
}

/// Most memory that this process has had, in KiB.
pub fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    line.trim().trim_end_matches(" kB").to_owned()
}
