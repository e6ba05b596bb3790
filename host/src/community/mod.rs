//! Community server on Linux: a [`Tenant`] of the reactor with thousands of connections.

mod admit;
pub mod command;
mod connection;
mod notice;
mod printer;
mod rounds;
mod serve;

use std::io;
use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::os::fd::{AsRawFd, BorrowedFd};

use mio::unix::SourceFd;
use p2pm_core::community::Hall;
use p2pm_core::limits::{HALF_OPEN_MAX, USERS_MAX};
use p2pm_core::registry::{Bucket, RegistryInner, Slot};
use p2pm_core::suite::{Password, Suite};
use p2pm_core::time::{Instant, earliest};
use rustix::io::Errno;

use self::connection::ClientConnection;
pub use self::notice::{Notice, Observer};
pub use self::printer::Printer;
use self::rounds::Rounds;
use crate::door;
use crate::reactor::listener::Listener;
use crate::reactor::pool::Pool;
use crate::reactor::{self, Key, Reactor, SLOTS_MAX, Source, Tenant, descriptors};

/// Connections beyond one for each user: half-open ones, and authenticated ones that are told that the
/// registry is full.
const HEADROOM: usize = 256;
const _: () = assert!(HEADROOM > HALF_OPEN_MAX && USERS_MAX + HEADROOM <= SLOTS_MAX);

const LISTENER: Source = Source(0);
const STOP: Source = Source(1);

/// Configuration of a server.
#[derive(Debug)]
pub struct Config {
    /// Addresses to listen on, of which the first one that can be bound is used; with port 0 the system
    /// chooses one.
    pub listen: Vec<SocketAddr>,
    /// Most users online, 1 to [`USERS_MAX`].
    pub users: usize,
    /// Password of the community.
    pub password: Password,
}

/// Storage of the registry.
type Storage = (Box<[Slot]>, Box<[Bucket]>);

/// A listening community server.
pub struct Server<S: Suite> {
    observer: Box<dyn Observer + Send>,
    reactor: Reactor<ClientConnection<S>>,
    listener: Listener,
    hall: Hall<Storage, door::Guessers>,
    pool: Pool,
    rounds: Rounds,
    /// Half-open connections, at most [`HALF_OPEN_MAX`], oldest first.
    half_open: Vec<Key>,
    /// Deadline for the end of the server, once it is told to stop.
    end: Option<Instant>,
}

impl<S: Suite> Server<S> {
    /// Starts to listen. Clients are served by [`Server::run`].
    ///
    /// Raises this process's limit on open files as far as `users` require; fails if the system does not
    /// allow that many.
    pub fn bind(config: Config, observer: Box<dyn Observer + Send>) -> io::Result<Self> {
        let Config { listen, users, password } = config;
        if !(1..=USERS_MAX).contains(&users) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "too few or too many users"));
        }
        descriptors::allow(users + HEADROOM, 0)?;
        let reactor = Reactor::new(users + HEADROOM)?;
        let storage = (vec![Slot::EMPTY; users].into(), vec![Bucket::EMPTY; users].into());
        let registry = RegistryInner::with_storage(storage, p2pm_posix::random::bytes()?);
        let hall = Hall::new(door::new(password)?, registry);
        Ok(Self {
            observer,
            listener: bind_first(&listen, &reactor)?,
            pool: Pool::default(),
            rounds: Rounds::new(reactor.now(), hall.registry().version()),
            half_open: Vec::new(),
            end: None,
            reactor,
            hall,
        })
    }

    /// Address it listens on, with the port that the system chose.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `stop` is readable, then sends every client a goodbye and waits up to
    /// [`LINGER_TIMEOUT`](p2pm_core::limits::LINGER_TIMEOUT) for them to hang up.
    pub fn run(mut self, stop: BorrowedFd<'_>) -> io::Result<()> {
        self.reactor.register(&mut SourceFd(&stop.as_raw_fd()), STOP)?;
        reactor::run(&mut self)
    }
}

/// Listens on the first address that this machine has; fails with the error of the last one that was tried.
fn bind_first<C>(addresses: &[SocketAddr], reactor: &Reactor<C>) -> io::Result<Listener> {
    let mut failure = io::Error::new(io::ErrorKind::InvalidInput, "no address to listen on");
    for address in addresses {
        match Listener::bind(*address, reactor, LISTENER) {
            Ok(listener) => return Ok(listener),
            Err(error) => {
                failure = io::Error::new(error.kind(), format!("{address}: {error}"));
                // An address in use is that of another server: to listen on the next one would hide the mistake.
                if !matches!(Errno::from_io_error(&error), Some(Errno::ADDRNOTAVAIL | Errno::AFNOSUPPORT)) {
                    break;
                }
            }
        }
    }
    Err(failure)
}

impl<S: Suite> Tenant for Server<S> {
    type Connection = ClientConnection<S>;

    fn reactor(&mut self) -> &mut Reactor<ClientConnection<S>> {
        &mut self.reactor
    }

    fn handle_ready(&mut self, now: Instant, source: Source) {
        match source {
            LISTENER => self.listener.set_ready(now),
            _ => self.stop(now),
        }
    }

    fn poll_connection(&mut self, now: Instant, key: Key) {
        self.serve(now, key);
    }

    fn connection_deadline(&mut self, key: Key) -> Option<Instant> {
        self.reactor.get_mut(key)?.deadline(&mut self.hall)
    }

    fn end_poll(&mut self, now: Instant) -> ControlFlow<()> {
        self.admit_all(now);
        self.go_round(now);
        if let Some(warning) = self.hall.take_warning() {
            self.observer.notice(&Notice::ManyGuesses(warning));
        }
        let is_over = self.end.is_some_and(|end| now >= end || self.reactor.is_empty());
        if is_over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn deadline(&self) -> Option<Instant> {
        let round = self.rounds.deadline(self.hall.registry().version());
        // A stopping server accepts no connection.
        earliest(round, self.end.or(self.listener.deadline()))
    }
}

#[cfg(test)]
mod tests {
    use p2pm_core::suite::Xor;

    use super::*;

    #[test]
    fn a_stopping_server_sleeps_despite_new_connections() {
        let password = Password::new(b"password").unwrap();
        let config = Config { listen: vec!["127.0.0.1:0".parse().unwrap()], users: 1, password };
        let mut server = Server::<Xor>::bind(config, Box::new(|_: &Notice| {})).unwrap();
        let now = server.reactor.now();
        server.handle_ready(now, LISTENER);
        assert_eq!(server.deadline(), Some(now));
        server.handle_ready(now, STOP);
        server.handle_ready(now, LISTENER);
        assert_eq!(server.deadline(), server.end);
        assert!(server.end > Some(now));
    }
}
