//! The node's listener, and its connections before a chat.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::BorrowedFd;

use embedded_nal::{TcpClientStack, TcpFullStack, nb};
use p2pm_core::channel::{Ended, Machine};
use p2pm_core::chat::{Callee, CalleeEvent};
use p2pm_core::door::{Door, HalfOpen, LogLimit, ManyGuesses, Room};
use p2pm_core::limits::HALF_OPEN_MAX;
use p2pm_core::suite::{Password, Suite};
use p2pm_core::time::{Instant, earliest};
use p2pm_core::wire::{Close, Name, Turns};

use crate::door::{self, Guessers};
use crate::reactor::descriptors;
use crate::reactor::socket::PAUSE;
use crate::triad::chat::{Chat, Side};
use crate::triad::net::{Socket, Stack};
use crate::triad::peer::{Peer, entropy};
use crate::triad::shell::Background;
use crate::wait::Waiter;

/// Most connections before a chat, of about 2,600 bytes each: [`HALF_OPEN_MAX`] half-open ones and as many
/// authenticated ones.
const CALLERS_MAX: usize = 2 * HALF_OPEN_MAX;
/// Fewer would let a few attackers keep every caller out.
const CALLERS_MIN: usize = 16;
/// Open files of a node besides: terminal, signals, listener, chat, notices to its client.
const RESERVED: usize = 24;
/// Connections accepted in one poll.
const ARRIVALS_PER_POLL: usize = HALF_OPEN_MAX / 4;

/// A listening node: its door, and the connections before a chat.
pub struct Callers<S: Suite> {
    /// `None` once the node has stopped listening.
    listener: Option<Listener>,
    /// Most connections before a chat: see [`places`].
    places: usize,
    door: Door<Guessers>,
    /// Oldest first.
    standing: Vec<Standing<S>>,
    /// Whether a chat is in progress, so that further callers are told that the node is busy.
    busy: bool,
    strangers: LogLimit,
}

/// Most callers at a time: as many as open files allow, up to [`CALLERS_MAX`].
///
/// Raises this process's limit on open files as far as needed and allowed. Fails if a node needs more.
pub fn places() -> io::Result<usize> {
    descriptors::allow_some(CALLERS_MIN..=CALLERS_MAX, RESERVED)
}

/// A listening socket that is paused when the system runs out of resources.
struct Listener {
    socket: Socket,
    /// End of the pause.
    pause: Option<Instant>,
}

struct Standing<S: Suite> {
    address: SocketAddr,
    peer: Peer,
    callee: Callee<S>,
}

/// Events of the listener.
#[derive(Debug)]
pub enum CallersEvent {
    /// A connection was accepted.
    Connected,
    /// An authenticated caller asks for a chat, and the node is free: see [`Callers::accept`].
    Ringing(IpAddr, Option<Name>),
    /// A caller was told that the node is busy.
    ToldBusy(IpAddr),
    /// A connection ended without a chat.
    Gone(IpAddr, Ended),
    /// The password is being guessed.
    ManyGuesses(ManyGuesses),
}

impl fmt::Display for CallersEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connected => f.write_str("connection accepted"),
            Self::Ringing(ip, Some(name)) => write!(f, "call from {name} at {ip}"),
            Self::Ringing(ip, None) => write!(f, "call from {ip}"),
            Self::ToldBusy(ip) => write!(f, "another caller, {ip}, was told that you are busy"),
            Self::Gone(ip, ended) => write!(f, "no chat with {ip}: {}", ended.reason()),
            Self::ManyGuesses(warning) => write!(f, "{warning}"),
        }
    }
}

impl<S: Suite> Callers<S> {
    /// Binds `port` (with 0 the system chooses one) and listens.
    ///
    /// At most `places` callers are admitted at a time. Also returns the port it listens on.
    pub fn listen(
        stack: &mut Stack,
        port: u16,
        password: Password,
        places: usize,
    ) -> io::Result<(Self, u16)> {
        let mut listener = stack.socket().map_err(|error| error.0)?;
        stack.bind(&mut listener, port).map_err(|error| error.0)?;
        stack.listen(&mut listener).map_err(|error| error.0)?;
        let port = listener.local_port()?;
        let callers = Self {
            listener: Some(Listener { socket: listener, pause: None }),
            places,
            door: door::new(password)?,
            standing: Vec::new(),
            busy: false,
            strangers: LogLimit::default(),
        };
        Ok((callers, port))
    }

    /// Accepts the first ringing call; from then on further callers are told that the node is busy.
    pub fn accept(&mut self, turns: Turns) -> Option<Chat<S>> {
        let index = self.standing.iter().position(|caller| caller.callee.is_ringing())?;
        let Standing { peer, callee, .. } = self.standing.remove(index);
        let conversation = callee.accept(turns).ok()?;
        self.busy = true;
        Some(Chat::new(peer, conversation, Side::Callee))
    }

    /// Refuses the first ringing call with `reason`.
    pub fn refuse(&mut self, now: Instant, reason: Close) {
        if let Some(caller) = self.standing.iter_mut().find(|caller| caller.callee.is_ringing()) {
            caller.callee.refuse(now, reason);
        }
    }

    /// Records that the chat has ended, so that the next caller can be accepted.
    pub fn set_free(&mut self) {
        self.busy = false;
    }

    /// Stops listening and sends every caller a goodbye: see [`crate::triad::shell::Shell::drain`].
    pub fn dismiss(&mut self, now: Instant) {
        self.listener = None;
        for caller in &mut self.standing {
            caller.callee.refuse(now, Close::Goodbye);
        }
    }

    /// Events of unauthenticated peers are rate-limited, and not shown at all during a chat.
    fn worth_telling(&mut self, now: Instant, event: CallersEvent) -> Option<CallersEvent> {
        let is_worth_it = match event {
            CallersEvent::Ringing(..) | CallersEvent::ToldBusy(_) | CallersEvent::ManyGuesses(_) => true,
            CallersEvent::Connected | CallersEvent::Gone(..) => !self.busy && self.strangers.take_line(now),
        };
        is_worth_it.then_some(event)
    }

    /// Admits a connection. If there is no room, a half-open one is evicted, or the new one if there is none;
    /// it is sent the reason as far as that does not block.
    fn admit(&mut self, stack: &mut Stack, now: Instant, newcomer: Standing<S>) {
        let standing = self.standing.iter().enumerate();
        let strangers = standing.filter(|(_, caller)| !caller.callee.is_authenticated());
        let half_open: HalfOpen<_> = strangers.map(|(index, caller)| (caller.address.ip(), index)).collect();
        let is_full = self.standing.len() >= self.places;
        let room = half_open.room_for(newcomer.address.ip(), is_full, || None);
        self.standing.push(newcomer);
        let mut caller = match room {
            Room::Free => return,
            Room::InPlaceOf(index) => self.standing.remove(index),
            Room::None => self.standing.remove(self.standing.len() - 1),
        };
        caller.callee.refuse(now, Close::Full);
        caller.poll(stack, &mut self.door, self.busy, now);
    }

    fn take_connection(&mut self, stack: &mut Stack, now: Instant) -> Option<CallersEvent> {
        let (socket, address) = self.listener.as_mut()?.accept(stack, now)?;
        let callee = Callee::new(now, address.ip(), entropy().ok()?);
        self.admit(stack, now, Standing { address, peer: Peer::new(socket), callee });
        Some(CallersEvent::Connected)
    }
}

impl Listener {
    /// File to wait on; `None` during a pause.
    fn as_fd(&self) -> Option<BorrowedFd<'_>> {
        self.socket.as_fd().filter(|_| self.pause.is_none())
    }

    /// The next connection, unless during a pause. Connections in the backlog stay there meanwhile.
    fn accept(&mut self, stack: &mut Stack, now: Instant) -> Option<(Socket, SocketAddr)> {
        if self.pause.is_some_and(|end| now < end) {
            return None;
        }
        let accepted = stack.accept(&mut self.socket);
        self.pause = matches!(accepted, Err(nb::Error::Other(_))).then(|| now + PAUSE);
        accepted.ok()
    }
}

impl<S: Suite> Standing<S> {
    /// Polls one caller and maps its event.
    fn poll(
        &mut self,
        stack: &mut Stack,
        door: &mut Door<Guessers>,
        busy: bool,
        now: Instant,
    ) -> Option<CallersEvent> {
        let ip = self.address.ip();
        let event = self.peer.poll(stack, &mut self.callee.at(door), now, |event| event)?;
        Some(match event {
            CalleeEvent::Ended(ended) => CallersEvent::Gone(ip, ended),
            CalleeEvent::Ringing { .. } if busy => {
                self.callee.refuse(now, Close::Busy);
                CallersEvent::ToldBusy(ip)
            }
            CalleeEvent::Ringing { from, .. } => CallersEvent::Ringing(ip, from),
        })
    }
}

impl<S: Suite> Background for Callers<S> {
    type Event = CallersEvent;

    fn wait_for<'fd>(&'fd mut self, waiter: &mut Waiter<'fd>) {
        waiter.read(self.listener.as_ref().and_then(Listener::as_fd));
        for Standing { peer, callee, .. } in &mut self.standing {
            peer.wait_for(&callee.at(&mut self.door), waiter);
        }
    }

    fn deadline(&mut self) -> Option<Instant> {
        let Self { listener, standing, door, .. } = self;
        let pause = listener.as_ref().and_then(|listener| listener.pause);
        standing.iter_mut().map(|caller| caller.peer.deadline(&caller.callee.at(door))).fold(pause, earliest)
    }

    fn poll(&mut self, stack: &mut Stack, now: Instant) -> Option<CallersEvent> {
        for _ in 0..ARRIVALS_PER_POLL {
            let Some(connected) = self.take_connection(stack, now) else { break };
            if let Some(told) = self.worth_telling(now, connected) {
                return Some(told);
            }
        }
        let Self { standing, door, busy, .. } = self;
        let event = standing.iter_mut().find_map(|caller| caller.poll(stack, door, *busy, now));
        standing.retain_mut(|caller| !caller.callee.at(door).is_closed());
        let told = event.and_then(|event| self.worth_telling(now, event));
        told.or_else(|| self.door.take_warning().map(CallersEvent::ManyGuesses))
    }

    /// The listener does not end by itself; the callers can.
    fn is_over(&mut self) -> bool {
        self.standing.is_empty()
    }
}
