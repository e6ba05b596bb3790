//! The connections of a node.

use std::io;
use std::net::SocketAddr;

use mio::net::TcpStream;
use p2pm_core::channel::{Acceptor, AcceptorEvent, Asked, Ended};
use p2pm_core::door::{HalfOpen, Room};
use p2pm_core::drive::Pumped;
use p2pm_core::limits::{CONNECT_TIMEOUT, HALF_OPEN_MAX};
use p2pm_core::node::{Bearer, ContactId, Dial as Order, LinkEvent, MeetingEvent, OpeningEvent, Source};
use p2pm_core::suite::Entropy;
use p2pm_core::time::Instant;
use p2pm_core::wire::{Close, Introduction, Name, Scope, Service};

use super::connection::{Connection, Named, Peer, Report, Said, Stage};
use super::{News, NodeServer, Person};
use crate::reactor::dial::{Dial, DialError, Dialed};
use crate::reactor::{Key, Reactor};

/// Connections accepted in one poll: less than may be half open, so that each of them is polled several times before as
/// many new ones can evict it.
const ARRIVALS_PER_POLL: usize = HALF_OPEN_MAX / 4;

/// Why somebody has left whom the user has turned away.
pub(super) const NOT_ACCEPTED: &str = "you do not accept them";

impl NodeServer {
    /// Accepts new connections.
    pub(super) fn admit_all(&mut self, now: Instant) {
        for _ in 0..ARRIVALS_PER_POLL {
            if let Some((stream, peer)) = self.listener.accept(now) {
                self.admit(now, stream, peer);
            }
        }
    }

    fn admit(&mut self, now: Instant, stream: TcpStream, peer: SocketAddr) {
        self.half_open.retain(|key| match self.reactor.get(*key) {
            Some(Connection::Peer(peer)) => peer.is_half_open(),
            _ => false,
        });
        match self.half_open().room_for(peer.ip(), self.reactor.is_full(), || None) {
            Room::Free => {}
            Room::InPlaceOf(stranger) => self.remove(stranger),
            Room::None => return,
        }
        let Ok(entropy) = p2pm_posix::random::bytes().map(Entropy::new) else { return };
        let acceptor = Acceptor::new(now, peer.ip(), entropy);
        let peer = Peer::new(stream, Stage::Accepting(Box::new(acceptor)), peer.ip());
        if let Ok(key) = self.insert(now, Connection::Peer(peer)) {
            self.half_open.push(key);
        }
    }

    fn half_open(&self) -> HalfOpen<Key> {
        let from = |key| match self.reactor.get(key) {
            Some(Connection::Peer(peer)) => Some((peer.address, key)),
            _ => None,
        };
        self.half_open.iter().filter_map(|key| from(*key)).collect()
    }

    /// Dials the addresses that are due.
    pub(super) fn dial_all(&mut self, now: Instant) {
        while !self.reactor.is_full()
            && let Some(order) = self.node.next_dial(now)
        {
            match Dial::start(now, vec![self.scoped(order.address())], CONNECT_TIMEOUT) {
                Ok(dial) => {
                    // A slot is free.
                    let _ = self.insert(now, Connection::Dialing { dial, order });
                }
                Err(e) => {
                    self.not_reached(now, order, &why(&e));
                }
            }
        }
    }

    fn not_reached(&mut self, now: Instant, order: Order, why: &str) {
        self.node.dial_failed(now, order);
        self.try_elsewhere(now, &order);
        if is_named(order) && order.is_first() {
            let (address, why) = (order.address().to_string(), why.to_owned());
            self.journal.tell(News::NotReached { address, why });
        }
    }

    pub(super) fn insert(&mut self, now: Instant, mut connection: Connection) -> io::Result<Key> {
        let deadline = connection.deadline(&mut self.node);
        self.reactor.insert(connection, deadline.or(Some(now)))
    }

    /// Polls a connection until it blocks.
    pub(super) fn serve(&mut self, now: Instant, key: Key) {
        loop {
            match self.reactor.get_mut(key) {
                None => return,
                Some(Connection::Dialing { .. }) => {
                    if !self.serve_dial(now, key) {
                        return;
                    }
                }
                Some(Connection::Describing(description)) => {
                    if description.poll(now) {
                        self.remove(key);
                    }
                    return;
                }
                Some(Connection::Peer(peer)) => match peer.pump(&mut self.node, &mut self.pool, now) {
                    Pumped::Event(report) => self.handle(now, key, report),
                    Pumped::Again => {
                        self.reactor.enqueue(key);
                        break;
                    }
                    Pumped::Blocked => break,
                    Pumped::Closed => return self.remove(key),
                },
            }
        }
        self.tell_sent(key);
        self.return_idle(key);
    }

    /// Whether the connection attempt has led to a connection.
    fn serve_dial(&mut self, now: Instant, key: Key) -> bool {
        let Some(Connection::Dialing { dial, order }) = self.reactor.get_mut(key) else { return false };
        let order = *order;
        match dial.poll(now) {
            Dialed::Pending => false,
            Dialed::Redialed => {
                // It fails at its deadline if it cannot be watched.
                let _ = self.reactor.watch(key);
                false
            }
            Dialed::Failed(error) => {
                self.remove(key);
                self.not_reached(now, order, &why(&error));
                false
            }
            Dialed::Connected => self.dialled(now, key, order),
        }
    }

    fn dialled(&mut self, now: Instant, key: Key, order: Order) -> bool {
        let Some(stage) = self.first_stage(now, order) else {
            self.remove(key);
            self.node.dial_failed(now, order);
            return false;
        };
        self.reactor.change(key, |connection| match connection {
            Connection::Dialing { dial, .. } => {
                let (stream, address) = dial.into_stream();
                let mut peer = Peer::new(stream, stage, address.ip());
                peer.named = is_named(order).then_some(Named { address, is_first: order.is_first() });
                Connection::Peer(peer)
            }
            connection => connection,
        });
        true
    }

    fn first_stage(&mut self, now: Instant, order: Order) -> Option<Stage> {
        let entropy = Entropy::new(p2pm_posix::random::bytes().ok()?);
        Some(match order.source() {
            Source::Meeting => Stage::Meeting(Box::new(self.node.meeting(now, order, entropy)?)),
            _ => Stage::Outgoing(Box::new(self.node.dialled(now, order, entropy)?)),
        })
    }

    fn handle(&mut self, now: Instant, key: Key, report: Report) {
        match report {
            Report::Accepting(AcceptorEvent::Asked(asked)) => self.answer_hello(now, key, &asked),
            Report::Opening(OpeningEvent::Introduced(introduction)) => {
                self.introduce(now, key, &introduction);
            }
            Report::Opening(OpeningEvent::Ended(ended)) => self.opening_ended(key, ended),
            Report::Meeting(event) => self.meeting_event(key, event),
            Report::Called(event) => self.call_event(now, key, event),
            Report::Chat(event) => self.chat_event(key, event),
            Report::Said(said) => self.said(said),
            Report::Link(event) => self.link_event(now, key, event),
            Report::Accepting(AcceptorEvent::Ended(_)) | Report::Part => {}
        }
    }

    fn answer_hello(&mut self, now: Instant, key: Key, asked: &Asked) {
        if self.accept_transfer(now, key, asked) {
            return;
        }
        let node = &mut self.node;
        change_stage(&mut self.reactor, key, |stage| match stage {
            Stage::Accepting(acceptor) if asked.is_for(Service::Chat) => match node.called(*acceptor, now) {
                Ok((callee, _)) => Stage::Called(Box::new(callee)),
                Err(acceptor) => Stage::Accepting(Box::new(acceptor)),
            },
            Stage::Accepting(acceptor) => match node.accepted(*acceptor, now) {
                Ok((incoming, _)) => Stage::Incoming(Box::new(incoming)),
                Err(acceptor) => Stage::Accepting(Box::new(acceptor)),
            },
            stage => stage,
        });
    }

    fn introduce(&mut self, now: Instant, key: Key, introduction: &Introduction) {
        let node = &mut self.node;
        change_stage(&mut self.reactor, key, |stage| match stage {
            Stage::Incoming(incoming) => match node.introduce(now, *incoming, introduction) {
                Ok(link) => Stage::Link(link),
                Err(incoming) => Stage::Incoming(Box::new(incoming)),
            },
            Stage::Outgoing(outgoing) => match node.introduce(now, *outgoing, introduction) {
                Ok(link) => Stage::Link(link),
                Err(outgoing) => Stage::Outgoing(Box::new(outgoing)),
            },
            stage => stage,
        });
        // It may take the place of another link.
        self.is_stirred = true;
    }

    fn opening_ended(&mut self, key: Key, ended: Ended) {
        let Some(Connection::Peer(peer)) = self.reactor.get_mut(key) else { return };
        if let Some(named) = peer.named.filter(|named| named.is_news(ended)) {
            let news =
                News::NotReached { address: named.address.to_string(), why: ended.reason().to_string() };
            self.journal.tell(news);
        }
    }

    fn meeting_event(&mut self, key: Key, event: MeetingEvent) {
        let Some(Connection::Peer(peer)) = self.reactor.get_mut(key) else { return };
        let Some(meeting) = peer.meeting() else { return };
        let address = meeting.server().to_string();
        let news = match event {
            MeetingEvent::Listed { online } => News::Listed { address, online },
            MeetingEvent::NotListed(refusal) => News::NotListed { address, why: refusal.to_string() },
            MeetingEvent::Ended(ended)
                if meeting.is_listed() || peer.named.is_some_and(|named| named.is_news(ended)) =>
            {
                News::NotReached { address, why: ended.reason().to_string() }
            }
            MeetingEvent::Ended(_) => return,
        };
        self.journal.tell(news);
    }

    /// The text is kept for whoever listens, so it is confirmed.
    fn said(&mut self, said: Said) {
        let Said { contact, sequence, scope, missed, text } = said;
        // That they are here, for example.
        self.tell_all();
        self.node.confirm(contact, sequence);
        let (from, circle) =
            (self.person(contact), self.circle_of(contact).filter(|_| self.circles.are_several()));
        self.journal.tell(News::Said { from, to_all: scope == Scope::All, circle, text, missed });
    }

    fn link_event(&mut self, now: Instant, key: Key, event: LinkEvent<'static>) {
        match event {
            LinkEvent::Named { contact, was, taken_from } => self.named(contact, was, taken_from),
            LinkEvent::Ended { contact, ended } => {
                match ended {
                    Ended::ByPeer(Close::Refused) => {
                        self.journal.tell(News::Refuses { who: self.person(contact) });
                    }
                    // It has no room for us, which it says as soon as it knows who we are.
                    Ended::ByPeer(Close::Full) => self.opening_ended(key, ended),
                    _ => {}
                }
                self.reasons.insert(contact, ended);
            }
            LinkEvent::AsksReception { contact } => self.asked_reception(now, contact),
            LinkEvent::Reception { contact, reception } => self.heard_reception(contact, reception),
            LinkEvent::Said { .. } => {}
        }
    }

    fn named(&mut self, contact: ContactId, was: Option<Name>, taken_from: Option<Bearer>) {
        let who = self.person(contact);
        if let Some(bearer) = taken_from {
            self.tell_name_taken(who.clone(), bearer);
        }
        if let Some(was) = was
            && self.node.contact(contact).is_some_and(|contact| contact.known().is_accepted())
        {
            self.journal.tell(News::Renamed { who, was: was.as_str().to_owned() });
        }
        self.is_stirred = true;
    }

    /// Tells that somebody gives a name that another one has.
    pub(super) fn tell_name_taken(&mut self, who: Person, bearer: Bearer) {
        let news = match bearer {
            Bearer::User => News::OwnNameTaken { who },
            Bearer::Contact(other) => News::NameTaken { who, by: self.person(other) },
        };
        self.journal.tell(news);
    }

    /// Tells the news, and has all links polled that have something to do because of what has happened.
    pub(super) fn spread(&mut self, now: Instant) {
        self.tell_all();
        if std::mem::take(&mut self.is_stirred) | self.node.poll_stirred() {
            self.enqueue_stirred(now);
            self.store_contacts();
        }
    }

    pub(super) fn tell_all(&mut self) {
        while let Some(news) = self.node.poll_news() {
            let news = match news {
                p2pm_core::node::News::Came(id) => News::Came { who: self.person(id) },
                p2pm_core::node::News::Left(id) => {
                    let is_refused = self.node.contact(id).is_some_and(|it| it.known().is_refused());
                    let why = match self.reasons.remove(&id) {
                        Some(ended) => why_left(ended),
                        None if is_refused => NOT_ACCEPTED.to_owned(),
                        None => "the link is over".to_owned(),
                    };
                    News::Left { who: self.person(id), why }
                }
                p2pm_core::node::News::Asks(id) => News::Asks { who: self.person(id) },
                p2pm_core::node::News::Undecided(id) => News::Undecided { who: self.person(id) },
                p2pm_core::node::News::Received { contact, sequence } => {
                    self.journal.tell(News::Received { message: sequence, by: self.person(contact) });
                    continue;
                }
                p2pm_core::node::News::Transfer(key, news) => {
                    self.transfer_news(key, news);
                    continue;
                }
                p2pm_core::node::News::Held { contact, keeper, sequence } => {
                    News::Held { message: sequence, to: self.person(contact), by: self.person(keeper) }
                }
                p2pm_core::node::News::Dropped { contact, keeper, sequence } => {
                    News::Dropped { message: sequence, to: self.person(contact), by: self.person(keeper) }
                }
                p2pm_core::node::News::Failed { contact, sequence } => {
                    News::Failed { message: sequence, to: self.person(contact) }
                }
            };
            self.journal.tell(news);
            self.is_stirred = true;
        }
        // Those of links that were told of, or are not missed since another one has taken their place.
        self.reasons.clear();
    }

    fn enqueue_stirred(&mut self, now: Instant) {
        for key in self.reactor.keys() {
            if let Some(Connection::Peer(peer)) = self.reactor.get_mut(key)
                && peer.is_stirred(&mut self.node, now)
            {
                self.reactor.enqueue(key);
            }
        }
    }

    /// Says goodbye where there is somebody to say it to, and drops everything else.
    pub(super) fn leave_all(&mut self, now: Instant) {
        for key in self.reactor.keys() {
            match self.reactor.get_mut(key) {
                Some(Connection::Peer(peer)) if peer.is_lasting() => {
                    peer.leave(&mut self.node, now);
                    self.reactor.enqueue(key);
                }
                _ => self.remove(key),
            }
        }
    }

    /// Returns frames that are not in use, and makes room in the pool.
    fn return_idle(&mut self, key: Key) {
        if let Some(Connection::Peer(peer)) = self.reactor.get_mut(key) {
            peer.return_idle(key, &mut self.pool);
        }
        while self.pool.is_short() {
            let Some(holder) = self.pool.holders().next() else { return };
            self.remove(holder);
        }
    }

    /// Drops a connection and frees what it holds.
    pub(super) fn remove(&mut self, key: Key) {
        self.forget_call(key, "there was no room for it");
        if let Some(Connection::Peer(peer)) = self.reactor.get_mut(key) {
            peer.return_all(key, &mut self.pool);
        }
        self.reactor.remove(key);
    }
}

/// Puts a connection into another stage.
pub(super) fn change_stage(reactor: &mut Reactor<Connection>, key: Key, change: impl FnOnce(Stage) -> Stage) {
    reactor.change(key, |connection| match connection {
        Connection::Peer(peer) => Connection::Peer(peer.change(change)),
        connection => connection,
    });
}

/// Why somebody has left, in words that say who refuses whom.
fn why_left(ended: Ended) -> String {
    match ended {
        Ended::ByUs(Close::Refused) => NOT_ACCEPTED.to_owned(),
        Ended::ByPeer(Close::Refused) => "they do not accept you".to_owned(),
        ended => ended.reason().to_string(),
    }
}

/// Whether the user has named the address.
fn is_named(order: Order) -> bool {
    order.source() >= Source::Typed
}

/// Why the only address of a dial was not reached, in words.
fn why(error: &DialError) -> String {
    error.0.first().map_or_else(String::new, |(_, e)| match e.kind() {
        io::ErrorKind::TimedOut => "no answer".to_owned(),
        _ => e.to_string(),
    })
}
