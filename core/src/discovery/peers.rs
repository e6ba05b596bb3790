//! Nodes that are there.

use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use super::event::{Event, Found};
use super::interface::InterfaceId;
use crate::limits::{MAX_AGE, MAX_AGE_MIN, PEERS_PER_HOST, RETURN_INTERVAL, RETURNS_BURST};
use crate::time::{Bucket, Instant};
use crate::wire::Reached;

/// How often a row is told of.
const RETURNS: Bucket = Bucket::new(RETURNS_BURST, RETURN_INTERVAL);

/// A node that is there, or was lately.
#[derive(Clone, Copy, Debug)]
pub struct Peer(Option<Row>);

#[derive(Clone, Copy, Debug)]
struct Row {
    found: Found,
    state: State,
    /// Whether the last event was that somebody was found there.
    is_told: bool,
    /// Since when the row is this endpoint's.
    since: Instant,
    expires: Instant,
    /// Of [`RETURNS`].
    paid_off: Instant,
    /// Which of its messages were heard.
    reached: Reached,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// To be told.
    New,
    Told,
    /// To be told that it is gone.
    Leaving,
    /// Gone. The row is kept for a while, so that coming and going is not told of without end.
    Left,
}

/// The nodes that are there. Which of them go where there is no room: of a host with [`PEERS_PER_HOST`] its newest one,
/// else one that is gone, else the newest one of all. So a flood of forged announcements pushes out itself, whoever was
/// there before stays, and whoever comes is told of.
pub(super) struct Peers<R> {
    rows: R,
    /// Whether there may be an event.
    has_events: bool,
}

impl Peer {
    /// A row to initialise storage with.
    pub const EMPTY: Self = Self(None);
}

impl<R: AsRef<[Peer]> + AsMut<[Peer]>> Peers<R> {
    pub(super) fn new(mut rows: R) -> Self {
        rows.as_mut().fill(Peer::EMPTY);
        Self { rows, has_events: false }
    }

    /// A node has said that it is there, with a message that has come in this way.
    pub(super) fn hear(&mut self, now: Instant, found: Found, reached: Reached, max_age: Duration) {
        let expires = now + max_age.clamp(MAX_AGE_MIN, MAX_AGE);
        self.has_events = true;
        if let Some(row) = self.used_mut().find(|row| row.found.is_at(&found)) {
            row.refresh(now, found, expires);
            row.reached = row.reached.or(reached);
            return;
        }
        self.add(now, found, reached, expires);
    }

    fn add(&mut self, now: Instant, found: Found, reached: Reached, expires: Instant) {
        let state = State::New;
        let mut row = Row { found, state, is_told: false, since: now, expires, paid_off: now, reached };
        let Some(Peer(place)) = self.place_for(&found) else { return };
        if let Some(other) = place.filter(|other| other.found.is_of_host(&found)) {
            row.paid_off = other.paid_off;
        }
        if RETURNS.take(now, &mut row.paid_off) {
            *place = Some(row);
        }
    }

    fn place_for(&mut self, found: &Found) -> Option<&mut Peer> {
        let of_host = self.used().filter(|row| row.found.is_of_host(found)).count();
        let is_eligible = |peer: &&mut Peer| {
            of_host < PEERS_PER_HOST || peer.0.as_ref().is_some_and(|row| row.found.is_of_host(found))
        };
        self.rows.as_mut().iter_mut().filter(is_eligible).max_by_key(|peer| {
            let row = peer.0.as_ref();
            (row.is_none(), row.is_some_and(|row| row.state == State::Left), row.map(|row| row.since))
        })
    }

    /// A node has said that it leaves.
    pub(super) fn leave(&mut self, now: Instant, found: &Found) {
        for row in self.used_mut().filter(|row| row.found == *found) {
            row.leave(now);
        }
        self.has_events = true;
    }

    /// Those of whom this does not hold are gone.
    pub(super) fn retain(&mut self, now: Instant, holds: impl Fn(&Found) -> bool) {
        for row in self.used_mut().filter(|row| !holds(&row.found)) {
            row.leave(now);
        }
        self.has_events = true;
    }

    /// Those that have been silent for too long are gone.
    pub(super) fn handle_timeout(&mut self, now: Instant) {
        for peer in self.rows.as_mut() {
            match &mut peer.0 {
                Some(row) if row.state == State::Left && row.expires <= now => peer.0 = None,
                Some(row) if row.expires <= now => {
                    row.leave(now);
                    self.has_events = true;
                }
                _ => {}
            }
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.used().filter(|row| row.state != State::Leaving).map(|row| row.expires).min()
    }

    pub(super) fn poll_event(&mut self) -> Option<Event> {
        if !self.has_events {
            return None;
        }
        let told = self.used().position(|row| !self.is_second_choice(row) && row.has_event());
        let event = told.and_then(|index| self.used_mut().nth(index)?.take_event());
        self.has_events = event.is_some();
        event
    }

    /// Whether the same node is told of with an IPv4 address on the same interface. It means more to others, and one address
    /// is enough to dial it.
    fn is_second_choice(&self, row: &Row) -> bool {
        let is_new = row.state == State::New && !row.is_told;
        is_new
            && row.found.endpoint.ip().is_ipv6()
            && self.used().any(|other| other.is_first_choice(&row.found))
    }

    /// Where else the node at this address is, as far as it was not told.
    pub(super) fn second_choices(&self, address: SocketAddr) -> impl Iterator<Item = &Found> {
        let firsts = move || self.used().filter(move |row| SocketAddr::from(row.found.endpoint) == address);
        let is_it = move |found: &&Found| firsts().any(|first| first.is_first_choice(found));
        self.used().filter(|row| self.is_second_choice(row)).map(|row| &row.found).filter(is_it)
    }

    /// The nodes that are there, as far as they were told of.
    pub(super) fn told(&self) -> impl Iterator<Item = &Found> {
        self.used().filter(|row| row.state == State::Told).map(|row| &row.found)
    }

    /// The interfaces on which nodes of this host are.
    pub(super) fn interfaces_of(&self, host: IpAddr) -> impl Iterator<Item = InterfaceId> {
        let found = self.used().map(|row| row.found).filter(move |found| found.endpoint.ip() == host);
        found.map(|found| found.interface)
    }

    /// Which messages of the nodes of this host were heard.
    pub(super) fn reached_from(&self, host: IpAddr) -> Reached {
        let of_host = self.used().filter(|row| row.found.endpoint.ip() == host);
        of_host.map(|row| row.reached).fold(Reached::default(), Reached::or)
    }

    fn used(&self) -> impl Iterator<Item = &Row> {
        self.rows.as_ref().iter().filter_map(|peer| peer.0.as_ref())
    }

    fn used_mut(&mut self) -> impl Iterator<Item = &mut Row> {
        self.rows.as_mut().iter_mut().filter_map(|peer| peer.0.as_mut())
    }
}

impl Row {
    /// It has said again that it is there: that is told if it had left, or has started anew.
    fn refresh(&mut self, now: Instant, found: Found, expires: Instant) {
        let is_here = matches!(self.state, State::New | State::Told);
        if is_here && self.found.id == found.id {
            self.expires = expires;
        } else if RETURNS.take(now, &mut self.paid_off) {
            (self.found, self.state, self.expires) = (found, State::New, expires);
            self.reached = Reached::default();
        }
    }

    fn leave(&mut self, now: Instant) {
        self.state = if self.is_told { State::Leaving } else { State::Left };
        self.expires = now + RETURN_INTERVAL;
    }

    /// Whether it is there, and an IPv4 address of the node that was found in another way on the same interface.
    fn is_first_choice(&self, other: &Found) -> bool {
        (self.found.interface, self.found.id) == (other.interface, other.id)
            && self.found.endpoint.ip().is_ipv4()
            && matches!(self.state, State::New | State::Told)
    }

    fn has_event(&self) -> bool {
        matches!(self.state, State::New | State::Leaving)
    }

    fn take_event(&mut self) -> Option<Event> {
        let (event, state) = match self.state {
            State::New => (Event::Found(self.found), State::Told),
            State::Leaving => (Event::Gone(self.found), State::Left),
            State::Told | State::Left => return None,
        };
        self.state = state;
        self.is_told = state == State::Told;
        Some(event)
    }
}

impl Found {
    /// Whether both are at one endpoint. The UUID decides nothing, since anybody can say it.
    fn is_at(&self, other: &Self) -> bool {
        (self.interface, self.endpoint) == (other.interface, other.endpoint)
    }

    fn is_of_host(&self, other: &Self) -> bool {
        (self.interface, self.endpoint.ip()) == (other.interface, other.endpoint.ip())
    }
}
