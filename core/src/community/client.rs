//! The client's end of the connection to the meeting place.

use core::num::NonZeroU16;

use crate::error::{Fault, SendError};
use crate::session::{Channel, Direction, Ended, Initiation, Machine, Received};
use crate::suite::{Entropy, Password, Suite, Xor};
use crate::time::Instant;
use crate::wire::{Close, Endpoint, Frame, JoinRefusal, ListPage, Message, Name, Presence, Service};

/// Meets others: authenticates, joins, asks for the list, hears of changes.
pub struct Client<S: Suite> {
    channel: Channel<S, Initiation<S>>,
    membership: Membership,
    list_expected: bool,
    subscribed: bool,
}

// One to a program; the password and the random bytes of the handshake are nearly all of it.
const _: () = assert!(size_of::<Client<Xor>>() <= 296);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Membership {
    Outside,
    Asked,
    Joined,
}

/// What the client hears of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientEvent<'f> {
    /// The password was right.
    Welcome,
    /// We are on the list.
    Joined {
        /// Where others can call us.
        endpoint: Endpoint,
        /// Users online, ourselves included.
        online: u32,
    },
    /// We are not on the list, and may try again.
    JoinRefused(JoinRefusal),
    /// A part of the list we asked for.
    ListPage(ListPage<'f>),
    /// Who came and went.
    Presence(Presence<'f>),
    /// The connection is over.
    Ended(Ended),
}

impl<S: Suite> Client<S> {
    /// For a connection just opened.
    pub fn new(now: Instant, password: Password, entropy: Entropy) -> Self {
        Self {
            channel: Channel::initiate(now, Service::Community, password, entropy),
            membership: Membership::Outside,
            list_expected: false,
            subscribed: false,
        }
    }

    /// Whether we are on the list.
    pub fn is_joined(&self) -> bool {
        self.channel.is_open() && self.membership == Membership::Joined
    }

    /// Fills the next frame to send: put us on the list, our node listening on `port`.
    pub fn join(
        &mut self,
        now: Instant,
        name: Name,
        port: NonZeroU16,
        out: &mut Frame,
    ) -> Result<(), SendError> {
        if self.membership != Membership::Outside {
            return Err(SendError::NotNow);
        }
        self.send(now, &Message::Join { name, port }, out)?;
        self.membership = Membership::Asked;
        Ok(())
    }

    /// Fills the next frame to send: the whole list, please. One list at a time.
    pub fn request_list(&mut self, now: Instant, out: &mut Frame) -> Result<(), SendError> {
        if self.list_expected {
            return Err(SendError::NotNow);
        }
        self.send(now, &Message::List, out)?;
        self.list_expected = true;
        Ok(())
    }

    /// Fills the next frame to send: tell us who comes and goes from now on.
    pub fn subscribe(&mut self, now: Instant, out: &mut Frame) -> Result<(), SendError> {
        self.send(now, &Message::Subscribe(true), out)?;
        self.subscribed = true;
        Ok(())
    }

    /// Leaves. The server is told, and forgets us.
    pub fn leave(&mut self, now: Instant) -> Option<ClientEvent<'static>> {
        self.channel.close(now, Close::Goodbye).map(ClientEvent::Ended)
    }

    fn send(&mut self, now: Instant, message: &Message<'_>, out: &mut Frame) -> Result<(), SendError> {
        if !self.channel.is_open() {
            return Err(SendError::NotNow);
        }
        self.channel.send(now, message, out);
        Ok(())
    }
}

impl<S: Suite> Machine for Client<S> {
    type Event<'f> = ClientEvent<'f>;

    fn handle_frame<'f>(&mut self, now: Instant, frame: &'f mut Frame) -> Option<ClientEvent<'f>> {
        let message = match self.channel.receive(now, frame) {
            Received::Nothing => return None,
            Received::Authenticated => return Some(ClientEvent::Welcome),
            Received::Ended(ended) => return Some(ClientEvent::Ended(ended)),
            Received::Message(message) => message,
        };
        match (message, self.membership) {
            (Message::Joined { endpoint, online }, Membership::Asked) => {
                self.membership = Membership::Joined;
                Some(ClientEvent::Joined { endpoint, online })
            }
            (Message::JoinRefused(refusal), Membership::Asked) => {
                self.membership = Membership::Outside;
                Some(ClientEvent::JoinRefused(refusal))
            }
            (Message::ListPage(page), _) if self.list_expected => {
                self.list_expected = !page.last;
                Some(ClientEvent::ListPage(page))
            }
            (Message::Presence(presence), _) if self.subscribed => Some(ClientEvent::Presence(presence)),
            _ => self.channel.close(now, Close::Fault(Fault::State)).map(ClientEvent::Ended),
        }
    }

    fn handle_eof(&mut self, _now: Instant) -> Option<ClientEvent<'static>> {
        self.channel.handle_eof().map(ClientEvent::Ended)
    }

    fn handle_timeout(&mut self, now: Instant) -> Option<ClientEvent<'static>> {
        self.channel.handle_timeout(now).map(ClientEvent::Ended)
    }

    fn handle_stall(&mut self, now: Instant, direction: Direction) -> Option<ClientEvent<'static>> {
        self.channel.handle_stall(now, direction).map(ClientEvent::Ended)
    }

    fn wants_send(&self) -> bool {
        self.channel.wants_control() || self.channel.wants_handshake()
    }

    fn poll_frame(&mut self, now: Instant, out: &mut Frame) -> bool {
        self.channel.poll_control(now, out) || self.channel.poll_handshake(now, out)
    }

    fn deadline(&self) -> Option<Instant> {
        self.channel.deadline()
    }

    fn is_closed(&self) -> bool {
        self.channel.is_closed()
    }
}
