//! Community server. It knows only which users are online.

use core::net::IpAddr;

use embedded_nal::{TcpClientStack, TcpFullStack};
use heapless::Vec;
use p2pm_core::community::{Hall, Session, SessionEvent};
use p2pm_core::door::{Door, HalfOpen, LogLimit, Room};
use p2pm_core::drive::Pumped;
use p2pm_core::registry::{Inline, Registry};
use p2pm_core::suite::{Password, Suite};
use p2pm_core::time::{Instant, earliest};
use p2pm_core::wire::{Close, User};

use super::board::SocketOf;
use super::peer::Peer;
use super::{Board, Clock, Listener, Outcome, Platform, Polled, Role};

/// Role of a community server for `USERS` users. It has `PLACES` connections, which must be more: so there is
/// always one to tell a new client that the community is full.
pub struct Community<S: Suite, P: Platform, const USERS: usize, const PLACES: usize> {
    /// `None` once it has stopped listening.
    listener: Option<SocketOf<P>>,
    hall: Hall<Inline<USERS>>,
    /// Oldest first.
    visitors: Vec<Visitor<S, P>, PLACES>,
    strangers: LogLimit,
}

struct Visitor<S: Suite, P: Platform> {
    from: IpAddr,
    peer: Peer<P>,
    session: Session<S>,
    has_joined: bool,
}

impl<S: Suite, P: Platform, const USERS: usize, const PLACES: usize> Community<S, P, USERS, PLACES> {
    const HAS_A_PLACE_TO_SPARE: () = assert!(PLACES > USERS);

    /// A listening community server with this password. Like a [`Node`](super::Node) it is constructed in
    /// place.
    pub fn new(board: &mut Board<P>, listener: Listener<P>, password: Password) -> Self {
        const { Self::HAS_A_PLACE_TO_SPARE };
        let Listener { socket, port } = listener;
        board.console.say(format_args!("community of {USERS} on port {port}"));
        let hall = Hall::new(Door::new(password), Registry::new(board.random()));
        Self { listener: Some(socket), hall, visitors: Vec::new(), strangers: LogLimit::default() }
    }

    /// Accepts one connection; true if there was one.
    fn admit(&mut self, board: &mut Board<P>, now: Instant) -> bool {
        let Some(listener) = &mut self.listener else { return false };
        // A connection that cannot be accepted now waits until a socket is free.
        let Ok((socket, address)) = board.network.accept(listener) else { return false };
        let from = address.ip();
        self.make_room(board, now, from);
        let session = Session::new(now, from, board.entropy());
        // Cannot fail: there is room.
        _ = self.visitors.push(Visitor { from, peer: Peer::new(socket), session, has_joined: false });
        true
    }

    /// Evicts a half-open connection; if there is none, the oldest one without a user, which exists because
    /// there are more places than users.
    fn make_room(&mut self, board: &mut Board<P>, now: Instant, newcomer: IpAddr) {
        let visitors = self.visitors.iter().enumerate();
        let strangers = visitors.filter(|(_, visitor)| !visitor.session.is_authenticated());
        let half_open: HalfOpen<_, PLACES> =
            strangers.map(|(index, visitor)| (visitor.from, index)).collect();
        let onlooker = || self.visitors.iter().position(|visitor| !visitor.has_joined);
        let Room::InPlaceOf(index) = half_open.room_for(newcomer, self.visitors.is_full(), onlooker) else {
            return;
        };
        let mut visitor = self.visitors.remove(index);
        let machine = &mut visitor.session.at(&mut self.hall);
        machine.close(now, Close::Full);
        visitor.peer.poll(&mut board.network, machine, now, |_| ());
        visitor.peer.hang_up(&mut board.network);
    }

    /// Polls every connection; true if there may be more to do at once.
    fn attend(&mut self, board: &mut Board<P>, now: Instant) -> bool {
        let mut again = false;
        let mut index = 0;
        while let Some(visitor) = self.visitors.get_mut(index) {
            let machine = &mut visitor.session.at(&mut self.hall);
            let pumped = visitor.peer.poll(&mut board.network, machine, now, |event| event);
            again |= !matches!(pumped, Pumped::Blocked);
            match pumped {
                Pumped::Closed => {
                    self.visitors.remove(index);
                    continue;
                }
                Pumped::Event(SessionEvent::Joined(User { name, endpoint })) => {
                    visitor.has_joined = true;
                    let online = self.hall.registry().len();
                    board.console.say(format_args!("{name} joined from {endpoint} ({online} online)"));
                }
                Pumped::Event(SessionEvent::Ended { user: Some(user), .. }) => {
                    let online = self.hall.registry().len();
                    board.console.say(format_args!("{} left ({online} online)", user.name));
                }
                Pumped::Event(SessionEvent::Ended { user: None, ended }) => {
                    if self.strangers.take_line(now) {
                        board.console.say(format_args!("{} did not join: {}", visitor.from, ended.reason()));
                    }
                }
                Pumped::Again | Pumped::Blocked => {}
            }
            index += 1;
        }
        again
    }
}

impl<S: Suite, P: Platform, const USERS: usize, const PLACES: usize> Role<P>
    for Community<S, P, USERS, PLACES>
{
    fn poll(&mut self, board: &mut Board<P>) -> Polled {
        let now = board.clock.now();
        // An event of one connection changes the deadlines of others, so all are polled again.
        let again = self.admit(board, now) | self.attend(board, now);
        if let Some(warning) = self.hall.take_warning() {
            board.console.say(warning);
        }
        if self.listener.is_none() && self.visitors.is_empty() {
            return Polled::Over(Outcome::Done);
        }
        if again { Polled::Again } else { Polled::Idle }
    }

    fn deadline(&self) -> Option<Instant> {
        self.visitors.iter().map(|visitor| visitor.peer.deadline()).fold(None, earliest)
    }

    fn stop(&mut self, board: &mut Board<P>) {
        if let Some(listener) = self.listener.take() {
            _ = board.network.close(listener);
        }
        let online = self.hall.registry().len();
        board.console.say(format_args!("goodbye to {online} online"));
        let now = board.clock.now();
        for visitor in &mut self.visitors {
            visitor.session.at(&mut self.hall).close(now, Close::Goodbye);
        }
    }
}
