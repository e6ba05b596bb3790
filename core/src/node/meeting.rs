//! Meeting: a node among the users of a community server, from whose list it learns where others are.
//!
//! The server is one of the first generation, whose password is the circle's passphrase. What it says is a hint where to
//! dial, as a roster is.

use core::time::Duration;

use super::admission::outcome;
use super::dialer::is_plausible;
use super::{Address, CircleId, Dial, Node, Source, Storage};
use crate::channel::{Direction, Ended, Machine};
use crate::community::{Client, ClientEvent};
use crate::suite::aead::Aead;
use crate::suite::{Entropy, SealedWith};
use crate::time::Instant;
use crate::wire::{Change, Endpoint, JoinRefusal, Presence};

/// A connection to a community server.
pub struct Meeting<A: Aead> {
    client: Client<SealedWith<A>>,
    /// Where the server is.
    server: Endpoint,
    circle: u8,
    target: u16,
    /// Where the server has listed this node.
    listed: Option<Endpoint>,
    next: Next,
}

/// What to ask the server for next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// Nothing before it has answered, or ever again.
    Nothing,
    Join,
    Subscribe,
    List,
}

/// Events of a meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MeetingEvent {
    /// The node is on the list, so that others find it.
    Listed {
        /// Number of users online, this node included.
        online: u32,
    },
    /// The node is not put on the list. It finds others all the same.
    NotListed(JoinRefusal),
    /// The connection is over.
    Ended(Ended),
}

/// A meeting together with its node: a [`Machine`].
pub struct NodeMeeting<'a, A: Aead, M: Storage> {
    meeting: &'a mut Meeting<A>,
    node: &'a mut Node<M>,
}

impl<M: Storage> Node<M> {
    /// Keeps a connection to the community server at `endpoint`, whose password is the passphrase of a circle. False
    /// if there is no room for another address that the user has named.
    pub fn meet(&mut self, now: Instant, endpoint: Endpoint, circle: CircleId) -> bool {
        self.dialer.add(now, Address::of_anybody(endpoint, circle), Source::Meeting, Duration::ZERO)
    }

    /// The connection to a community server that was dialled; `None` if its circle was left.
    pub fn meeting<A: Aead>(&self, now: Instant, dial: Dial, entropy: Entropy) -> Option<Meeting<A>> {
        let Dial { target, address, .. } = dial;
        let circle = self.circles().nth(address.circle.into())?;
        let client = Client::new(now, circle.door.password().clone(), entropy);
        Some(Meeting {
            client,
            server: address.endpoint,
            circle: address.circle,
            target,
            listed: None,
            next: Next::Nothing,
        })
    }
}

impl<A: Aead> Meeting<A> {
    /// Where the server is.
    pub fn server(&self) -> Endpoint {
        self.server
    }

    /// Whether the server has listed this node.
    pub fn is_listed(&self) -> bool {
        self.listed.is_some()
    }

    /// The machine, which borrows the node.
    pub fn at<'a, M: Storage>(&'a mut self, node: &'a mut Node<M>) -> NodeMeeting<'a, A, M> {
        NodeMeeting { meeting: self, node }
    }
}

impl<A: Aead, M: Storage> NodeMeeting<'_, A, M> {
    /// Leaves the server.
    pub fn leave(&mut self, now: Instant) -> Option<MeetingEvent> {
        let event = self.meeting.client.leave(now)?;
        self.heard(now, event)
    }

    fn heard(&mut self, now: Instant, event: ClientEvent<'_>) -> Option<MeetingEvent> {
        let Self { meeting, node } = self;
        match event {
            ClientEvent::Welcome => {
                node.dialer.succeeded(meeting.target);
                // Whoever listens nowhere cannot be listed.
                meeting.next = if node.port.is_some() { Next::Join } else { Next::Subscribe };
                None
            }
            ClientEvent::Joined { endpoint, online } => {
                (meeting.listed, meeting.next) = (Some(endpoint), Next::Subscribe);
                Some(MeetingEvent::Listed { online })
            }
            ClientEvent::JoinRefused(refusal) => {
                meeting.next = Next::Subscribe;
                Some(MeetingEvent::NotListed(refusal))
            }
            ClientEvent::ListPage(page) => {
                page.users.for_each(|user| self.found(now, user.endpoint));
                None
            }
            ClientEvent::Presence(presence) => {
                self.changed(now, presence);
                None
            }
            ClientEvent::Ended(ended) => {
                meeting.next = Next::Nothing;
                node.dialer.ended(now, meeting.target, outcome(ended));
                Some(MeetingEvent::Ended(ended))
            }
        }
    }

    /// Dials those who have come online since the last time.
    fn changed(&mut self, now: Instant, presence: Presence<'_>) {
        for change in presence.changes {
            if let Change::Joined(user) = change {
                self.found(now, user.endpoint);
            }
        }
        if presence.missed > 0 {
            self.meeting.next = Next::List;
        }
    }

    /// Dials a user of the server, as far as that is plausible, unless it is this node.
    fn found(&mut self, now: Instant, endpoint: Endpoint) {
        let Meeting { server, circle, listed, .. } = *self.meeting;
        if Some(endpoint) != listed && is_plausible(&endpoint, Some(server.ip())) {
            let address = Address::of_anybody(endpoint, CircleId(circle));
            self.node.dialer.add(now, address, Source::Listed, Duration::ZERO);
        }
    }

    fn ask(&mut self, now: Instant, out: &mut [u8]) -> bool {
        let Self { meeting: Meeting { client, next, .. }, node } = self;
        let (asked, following) = match (*next, node.port) {
            (Next::Join, Some(port)) => (client.join(now, node.name.clone(), port, out), Next::Nothing),
            (Next::Subscribe, _) => (client.subscribe(now, out), Next::List),
            (Next::List, _) => (client.request_list(now, out), Next::Nothing),
            (Next::Nothing | Next::Join, _) => return false,
        };
        // A list that is on its way has what another one would.
        *next = following;
        asked.is_ok()
    }
}

impl<A: Aead, M: Storage> Machine for NodeMeeting<'_, A, M> {
    type Event<'f> = MeetingEvent;

    fn handle_frame(&mut self, now: Instant, frame: &mut [u8]) -> Option<MeetingEvent> {
        let event = self.meeting.client.handle_frame(now, frame)?;
        self.heard(now, event)
    }

    fn handle_eof(&mut self, now: Instant) -> Option<MeetingEvent> {
        let event = self.meeting.client.handle_eof(now)?;
        self.heard(now, event)
    }

    fn handle_timeout(&mut self, now: Instant) -> Option<MeetingEvent> {
        let event = self.meeting.client.handle_timeout(now)?;
        self.heard(now, event)
    }

    fn handle_stall(&mut self, now: Instant, direction: Direction) -> Option<MeetingEvent> {
        let event = self.meeting.client.handle_stall(now, direction)?;
        self.heard(now, event)
    }

    fn wants_send(&self) -> bool {
        self.meeting.client.wants_send() || self.meeting.next != Next::Nothing
    }

    fn poll_frame(&mut self, now: Instant, out: &mut [u8]) -> bool {
        self.ask(now, out) || self.meeting.client.poll_frame(now, out)
    }

    fn deadline(&self) -> Option<Instant> {
        self.meeting.client.deadline()
    }

    fn is_closed(&self) -> bool {
        self.meeting.client.is_closed()
    }
}
