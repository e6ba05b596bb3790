//! A tenant that records its events.

use std::io::Read;
use std::mem;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream as StdStream};
use std::ops::ControlFlow;
use std::time::Duration;

use mio::net::TcpStream;
use p2pm_core::time::Instant;
use p2pm_host::reactor::commands::{Commander, Commands, commands};
use p2pm_host::reactor::datagrams::Datagrams;
use p2pm_host::reactor::dial::{Dial, Dialed};
use p2pm_host::reactor::{Key, Reactor, Source, Tenant, run};

/// Time limit for everything that is expected to happen.
pub(crate) const LONG: Duration = Duration::from_mins(1);
/// Capacity of the command queue.
pub(crate) const COMMANDS: usize = 4;
/// One byte more than the longest valid datagram.
pub(crate) const LONGEST: usize = 17;

/// Datagrams and commands taken at a time.
const TAKEN_PER_POLL: usize = 2;
const COMMAND: Source = Source(0);
const DATAGRAM: Source = Source(u8::MAX);

type OnPoll = dyn FnMut(&mut Reactor<Peer>, Key);
type IsDone = dyn Fn(&[Told]) -> bool;

/// Recorded event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Polled(Key, Instant),
    Dialed(Result<SocketAddr, String>),
    Byte(u8),
    Command(u32),
    Datagram(Vec<u8>, SocketAddr),
}

/// A connection or a connection attempt.
pub(crate) enum Peer {
    Dialing(Dial),
    Connected { stream: TcpStream, deadline: Option<Instant> },
}

impl AsMut<TcpStream> for Peer {
    fn as_mut(&mut self) -> &mut TcpStream {
        match self {
            Self::Dialing(dial) => dial.as_mut(),
            Self::Connected { stream, .. } => stream,
        }
    }
}

pub(crate) struct Toy {
    pub(crate) reactor: Reactor<Peer>,
    pub(crate) commander: Commander<u32>,
    pub(crate) datagrams: Datagrams,
    pub(crate) told: Vec<Told>,
    /// Called whenever a connection is polled.
    pub(crate) on_poll: Box<OnPoll>,
    commands: Commands<u32>,
    is_done: Box<IsDone>,
    limit: Instant,
}

impl Toy {
    pub(crate) fn new() -> Self {
        let reactor = Reactor::new(3).unwrap();
        let (commander, commands) = commands(&reactor, COMMAND, COMMANDS).unwrap();
        Self {
            commander,
            commands,
            datagrams: Datagrams::bind((Ipv4Addr::LOCALHOST, 0).into(), &reactor, DATAGRAM).unwrap(),
            told: Vec::new(),
            on_poll: Box::new(|_, _| ()),
            is_done: Box::new(|_| true),
            limit: Instant::default(),
            reactor,
        }
    }

    /// Runs until the recorded events satisfy `is_done`, and returns them.
    pub(crate) fn run_until(&mut self, is_done: impl Fn(&[Told]) -> bool + 'static) -> Vec<Told> {
        self.is_done = Box::new(is_done);
        self.limit = self.reactor.now() + LONG;
        run(self).unwrap();
        mem::take(&mut self.told)
    }

    /// Adds one end of a new connection, and returns the other.
    pub(crate) fn connect(&mut self, deadline: Option<Instant>) -> (Key, StdStream) {
        let (stream, other) = pair();
        (self.reactor.insert(Peer::Connected { stream, deadline }, deadline).unwrap(), other)
    }

    pub(crate) fn dial(&mut self, addresses: &[SocketAddr], limit: Duration) -> Key {
        let dial = Dial::start(self.reactor.now(), addresses.to_vec(), limit).unwrap();
        let deadline = dial.deadline();
        self.reactor.insert(Peer::Dialing(dial), Some(deadline)).unwrap()
    }

    fn poll_dial(&mut self, now: Instant, key: Key) {
        let Some(Peer::Dialing(dial)) = self.reactor.get_mut(key) else { return };
        match dial.poll(now) {
            Dialed::Pending => {}
            Dialed::Redialed => self.reactor.watch(key).unwrap(),
            Dialed::Failed(e) => {
                self.told.push(Told::Dialed(Err(e.to_string())));
                self.reactor.remove(key);
            }
            Dialed::Connected => self.connected(key),
        }
    }

    fn connected(&mut self, key: Key) {
        let peer = self.reactor.get_mut(key).unwrap();
        let (stream, _) = pair();
        let Peer::Dialing(dial) = mem::replace(peer, Peer::Connected { stream, deadline: None }) else {
            panic!("not a dial")
        };
        let (stream, address) = dial.into_stream();
        *peer = Peer::Connected { stream, deadline: None };
        self.told.push(Told::Dialed(Ok(address)));
        self.reactor.enqueue(key);
    }

    fn read(&mut self, key: Key) {
        let Some(Peer::Connected { stream, .. }) = self.reactor.get_mut(key) else { return };
        let mut byte = [0];
        if stream.read(&mut byte).is_ok_and(|len| len > 0) {
            self.told.push(Told::Byte(byte[0]));
        }
    }
}

impl Tenant for Toy {
    type Connection = Peer;

    fn reactor(&mut self) -> &mut Reactor<Peer> {
        &mut self.reactor
    }

    fn handle_ready(&mut self, now: Instant, source: Source) {
        match source {
            COMMAND => self.commands.set_ready(now),
            DATAGRAM => self.datagrams.set_ready(now),
            Source(other) => panic!("nobody registered {other}"),
        }
    }

    fn poll_connection(&mut self, now: Instant, key: Key) {
        self.told.push(Told::Polled(key, now));
        self.poll_dial(now, key);
        self.read(key);
        (self.on_poll)(&mut self.reactor, key);
    }

    fn connection_deadline(&mut self, key: Key) -> Option<Instant> {
        match self.reactor.get(key)? {
            Peer::Dialing(dial) => Some(dial.deadline()),
            Peer::Connected { deadline, .. } => *deadline,
        }
    }

    fn end_poll(&mut self, now: Instant) -> ControlFlow<()> {
        assert!(now < self.limit, "{:?}", self.told);
        for _ in 0..TAKEN_PER_POLL {
            self.told.extend(self.commands.take(now).map(Told::Command));
            let mut buffer = [0; LONGEST];
            let datagram = self.datagrams.receive(now, &mut buffer);
            self.told.extend(datagram.map(|(datagram, from)| Told::Datagram(datagram.to_vec(), from)));
        }
        if (self.is_done)(&self.told) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn deadline(&self) -> Option<Instant> {
        [self.commands.deadline(), self.datagrams.deadline()].into_iter().flatten().min().or(Some(self.limit))
    }
}

/// Both ends of a connection: the toy's and the test's.
pub(crate) fn pair() -> (TcpStream, StdStream) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let ours = StdStream::connect(listener.local_addr().unwrap()).unwrap();
    let (theirs, _) = listener.accept().unwrap();
    ours.set_nonblocking(true).unwrap();
    (TcpStream::from_std(ours), theirs)
}
