//! The meeting place on Linux: one thread, one epoll, thousands of connections.
//!
//! A turn of the loop serves every connection that is ready once, for a bounded number of frames. One that has
//! more to do comes again with the next turn, after all others, so nobody starves:
//!
//! ```text
//! wait ─▶ accept ─▶ alarms ─▶ presence round ─▶ serve each once ─▶ flush the notices ─┐
//!   ▲                                                                                 │
//!   └─────────────────────────────────────────────────────────────────────────────────┘
//! ```

mod admit;
pub mod command;
mod connection;
mod connections;
mod notice;
mod pool;
mod printer;
mod rounds;
mod serve;

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::Duration;

use mio::event::Event;
use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};
use p2pm_core::community::Hall;
use p2pm_core::door::Door;
use p2pm_core::limits::{HALF_OPEN_MAX, USERS_MAX};
use p2pm_core::registry::{RegistryInner, Slot};
use p2pm_core::suite::{Password, Suite};
use p2pm_core::time::{Instant, earliest};
use p2pm_posix::clock::Clock;

use self::connections::Connections;
pub use self::notice::{Notice, Observer};
use self::pool::Pool;
pub use self::printer::Printer;
use self::rounds::Rounds;
use crate::reactor::descriptors;
use crate::reactor::listener::Listener;
use crate::reactor::timeline::Timeline;

/// Connections beyond one for each user: of those who have yet to prove the password, and of those who know
/// it and are told that the registry is full.
const HEADROOM: usize = 256;
const _: () = assert!(HEADROOM > HALF_OPEN_MAX);
/// Events taken from the system at a time.
const EVENTS_PER_TURN: usize = 1024;

const LISTENER: Token = Token(usize::MAX);
const STOP: Token = Token(usize::MAX - 1);

/// What a server is started with.
#[derive(Debug)]
pub struct Config {
    /// Where to listen. Port 0 has the system choose one.
    pub listen: SocketAddr,
    /// How many users can be online, 1 to [`USERS_MAX`].
    pub users: usize,
    /// What everybody has to know.
    pub password: Password,
}

/// A community server that listens.
pub struct Server<S: Suite> {
    observer: Box<dyn Observer + Send>,
    clock: Clock,
    poll: Poll,
    listener: Listener,
    place: Hall<Box<[Slot]>>,
    connections: Connections<S>,
    pool: Pool,
    /// Whose turn it is, in this order.
    queue: VecDeque<usize>,
    rounds: Rounds,
    /// When to look after whom: every connection has an alarm.
    alarms: Timeline,
    /// The slots of connections that are not authenticated, [`HALF_OPEN_MAX`] at most, in the order in which they
    /// came.
    half_open: Vec<usize>,
    /// By when the frames that connections hold must have crossed.
    frames: Timeline,
    /// When to be gone, once told to stop.
    end: Option<Instant>,
}

impl<S: Suite> Server<S> {
    /// Starts to listen. Clients are served by [`Server::run`].
    ///
    /// Raises the limit of this process on open files as far as `users` ask for it, and fails if the system
    /// does not allow so many.
    pub fn bind(config: Config, observer: Box<dyn Observer + Send>) -> io::Result<Self> {
        let Config { listen, users, password } = config;
        if !(1..=USERS_MAX).contains(&users) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "too few or too many users"));
        }
        descriptors::allow(users + HEADROOM)?;
        let poll = Poll::new()?;
        let mut listener = Listener::bind(listen)?;
        poll.registry().register(&mut listener.socket, LISTENER, Interest::READABLE)?;
        let slots = vec![Slot::EMPTY; users].into_boxed_slice();
        let place =
            Hall::new(Door::new(password), RegistryInner::with_slots(slots, p2pm_posix::random::bytes()?));
        let clock = Clock::start();
        Ok(Self {
            observer,
            poll,
            listener,
            connections: Connections::new(users + HEADROOM),
            pool: Pool::new(),
            queue: VecDeque::new(),
            rounds: Rounds::new(clock.now(), place.registry().version()),
            alarms: Timeline::default(),
            half_open: Vec::new(),
            frames: Timeline::default(),
            end: None,
            place,
            clock,
        })
    }

    /// Where it listens, with the port that the system chose.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.socket.local_addr()
    }

    /// Serves until `stop` is readable, then says goodbye to everybody and gives them a second to hear it.
    pub fn run(mut self, stop: BorrowedFd<'_>) -> io::Result<()> {
        self.poll.registry().register(&mut SourceFd(&stop.as_raw_fd()), STOP, Interest::READABLE)?;
        let mut events = Events::with_capacity(EVENTS_PER_TURN);
        loop {
            let timeout =
                if self.queue.is_empty() { self.clock.until(self.deadline()) } else { Some(Duration::ZERO) };
            match self.poll.poll(&mut events, timeout) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                result => result?,
            }
            let now = self.clock.now();
            for event in &events {
                self.take(now, event);
            }
            self.admit_all(now);
            self.ring_alarms(now);
            self.go_round(now);
            self.serve_all(now);
            if let Some(warning) = self.place.take_warning() {
                self.observer.notice(&Notice::ManyGuesses(warning));
            }
            self.observer.flush();
            if self.end.is_some_and(|end| now >= end || self.connections.is_empty()) {
                return Ok(());
            }
        }
    }

    fn take(&mut self, now: Instant, event: &Event) {
        match event.token() {
            LISTENER => self.listener.ready = Some(now),
            STOP => self.stop(now),
            Token(slot) => self.enqueue(slot),
        }
    }

    /// When there is something to do, even if nothing happens.
    fn deadline(&self) -> Option<Instant> {
        let alarm = self.alarms.first().map(|(moment, _)| moment);
        let round = self.rounds.deadline(self.place.registry().version());
        earliest(earliest(alarm, round), earliest(self.listener.ready, self.end))
    }
}
