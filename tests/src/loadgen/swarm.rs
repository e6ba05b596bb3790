//! Many users in one thread.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use mio::{Events, Interest, Poll, Token};
use p2pm_core::limits::PRESENCE_INTERVAL;
use p2pm_core::suite::{Password, Suite};
use p2pm_core::time::Instant;
use p2pm_posix::clock::Clock;

use super::user::User;

/// Joins in progress at a time.
const JOINS_IN_FLIGHT: usize = 64;
/// Interval at which the deadlines of all users are checked.
const TICK: Duration = Duration::from_secs(1);

/// All users, and their event loop.
pub struct Swarm<S: Suite> {
    server: SocketAddr,
    password: Password,
    subscribers: usize,
    count: usize,
    clock: Clock,
    poll: Poll,
    events: Events,
    users: Vec<User<S>>,
    joined: usize,
    next_tick: Instant,
}

impl<S: Suite> Swarm<S> {
    /// A swarm without connections.
    pub fn new(server: SocketAddr, password: &str, count: usize, subscribers: usize) -> io::Result<Self> {
        let clock = Clock::start();
        Ok(Self {
            server,
            password: Password::new(password.as_bytes()).map_err(io::Error::other)?,
            subscribers,
            count,
            poll: Poll::new()?,
            events: Events::with_capacity(1024),
            users: Vec::with_capacity(count),
            joined: 0,
            next_tick: clock.now() + TICK,
            clock,
        })
    }

    /// Connects all users; returns when the last one is on the list.
    pub fn join_all(&mut self) -> io::Result<()> {
        while self.joined < self.count {
            while self.users.len() < self.count && self.users.len() - self.joined < JOINS_IN_FLIGHT {
                self.connect_another()?;
            }
            self.poll_once()?;
        }
        Ok(())
    }

    /// The names on the list, fetched by the last user.
    pub fn fetch_list(&mut self) -> io::Result<Vec<String>> {
        let now = self.clock.now();
        let last = self.users.len() - 1;
        self.users[last].request_list(now)?;
        while !self.users[last].has_list {
            self.poll_once()?;
        }
        Ok(std::mem::take(&mut self.users[last].listed))
    }

    /// Waits for as long as the last update may take.
    pub fn wait_for_presence(&mut self) -> io::Result<()> {
        let end = self.clock.now() + PRESENCE_INTERVAL * 2;
        while self.clock.now() < end {
            self.poll_once()?;
        }
        Ok(())
    }

    /// `Presence` frames received by all subscribers together.
    pub fn presence_frames(&self) -> u32 {
        self.users.iter().map(|user| user.presence_frames).sum()
    }

    /// Time since its start.
    pub fn age(&self) -> Duration {
        self.clock.now().since(Instant::default())
    }

    fn connect_another(&mut self) -> io::Result<()> {
        let index = self.users.len();
        let is_subscriber = index < self.subscribers;
        let now = self.clock.now();
        let mut user = User::connect(now, self.server, self.password.clone(), index, is_subscriber)?;
        let interest = Interest::READABLE | Interest::WRITABLE;
        self.poll.registry().register(&mut user.stream.0, Token(index), interest)?;
        self.users.push(user);
        Ok(())
    }

    fn poll_once(&mut self) -> io::Result<()> {
        match self.poll.poll(&mut self.events, Some(TICK)) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => return Ok(()),
            result => result?,
        }
        let now = self.clock.now();
        for event in &self.events {
            let user = &mut self.users[event.token().0];
            let was_joined = user.is_joined();
            user.pump(now)?;
            self.joined += usize::from(!was_joined && user.is_joined());
        }
        if now >= self.next_tick {
            self.next_tick = now + TICK;
            let mut due = self.users.iter_mut().filter(|user| user.is_due(now));
            due.try_for_each(|user| user.pump(now))?;
        }
        Ok(())
    }
}
