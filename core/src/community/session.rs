//! Server side of a community connection.

use core::net::IpAddr;
use core::num::NonZeroU16;

use super::Hall;
#[cfg(any(doc, test))]
use crate::channel::Machine;
use crate::channel::{Acceptor, Channel, Conversing, Ended, Received, ResponderHandshake};
use crate::door::{Guesser, Guessers};
use crate::error::Fault;
use crate::limits::{GUESSER_WAYS, PRESENCE_INTERVAL};
use crate::registry::{ClaimError, Cursor, Storage, UserId, Version};
use crate::suite::{Entropy, Sealed, Suite, Xor};
use crate::time::Instant;
use crate::wire::{
    Close, CommunityMessage, Endpoint, JoinRefusal, Message, Name, Service, User, emit_list_page,
    emit_presence,
};

/// Machine of one client's connection, and all the memory of an idle one.
///
/// It is a [`Machine`] together with the [`Hall`] it belongs to: see [`Session::at`].
pub struct Session<S: Suite> {
    channel: Channel<S, ResponderHandshake<S>>,
    user: Option<UserId>,
    reply: Option<Reply>,
    subscription: Option<Subscription>,
    /// Earliest moment of the next presence update.
    update_after: Instant,
}

// A server keeps one per connection, thousands of them. Half of it is the entropy of the handshake.
const _: () = assert!(size_of::<Session<Sealed>>() <= 424 && size_of::<Session<Xor>>() <= 216);

/// Pending reply, one at most. The peer is not read until it is sent.
#[derive(Clone, Copy, Debug)]
enum Reply {
    Joined(Endpoint),
    Refused(JoinRefusal),
    ListFrom(Cursor),
}

#[derive(Clone, Copy, Debug)]
struct Subscription {
    /// Version up to which changes are sent.
    seen: Version,
    due: bool,
}

/// A session together with the state it shares.
pub struct HallSession<'a, S: Suite, M: Storage, G = [Guesser; GUESSER_WAYS]> {
    session: &'a mut Session<S>,
    hall: &'a mut Hall<M, G>,
}

/// Events of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionEvent {
    /// This user has come online.
    Joined(User),
    /// The session is over.
    Ended {
        /// The user who has gone offline with it, if one had joined.
        user: Option<User>,
        /// Side that ended it, and reason.
        ended: Ended,
    },
}

impl<S: Suite> Session<S> {
    /// A session for a connection just accepted from the address `from`.
    pub fn new(now: Instant, from: IpAddr, entropy: Entropy) -> Self {
        let channel = Channel::respond(now, Service::Community, from, entropy);
        Self { channel, user: None, reply: None, subscription: None, update_after: now }
    }

    /// A session for a connection whose Hello an [`Acceptor`] has read, and how it ended if the Hello was
    /// refused. Returns the acceptor if no Hello has arrived.
    #[allow(clippy::result_large_err, reason = "without an allocator it comes back by value")]
    pub fn of_acceptor<M: Storage, G: Guessers>(
        acceptor: Acceptor,
        now: Instant,
        hall: &Hall<M, G>,
    ) -> Result<(Self, Option<SessionEvent>), Acceptor> {
        let (channel, ended) = acceptor.into_channel(now, Service::Community, &hall.door)?;
        let session = Self { channel, user: None, reply: None, subscription: None, update_after: now };
        Ok((session, ended.map(|ended| SessionEvent::Ended { user: None, ended })))
    }

    /// The machine, which borrows the hall.
    pub fn at<'a, M: Storage, G: Guessers>(
        &'a mut self,
        hall: &'a mut Hall<M, G>,
    ) -> HallSession<'a, S, M, G> {
        HallSession { session: self, hall }
    }

    /// Address that the client connects from.
    pub fn from(&self) -> IpAddr {
        self.channel.from()
    }

    /// Whether the client is authenticated and the session has not ended.
    pub fn is_authenticated(&self) -> bool {
        self.channel.is_open()
    }

    /// Whether the client has subscribed to presence changes.
    pub fn is_subscribed(&self) -> bool {
        self.subscription.is_some() && self.channel.is_open()
    }
}

impl<S: Suite, M: Storage, G: Guessers> HallSession<'_, S, M, G> {
    /// Ends the session with `reason`; its user goes offline.
    pub fn close(&mut self, now: Instant, reason: Close) -> Option<SessionEvent> {
        self.end(now, reason)
    }

    fn join(&mut self, name: Name, port: NonZeroU16) -> Option<SessionEvent> {
        let endpoint = Endpoint::new(self.session.channel.from(), port);
        let refusal = match self.hall.registry.claim(name.clone(), endpoint) {
            Ok(id) => {
                self.session.user = Some(id);
                self.session.reply = Some(Reply::Joined(endpoint));
                return Some(SessionEvent::Joined(User { name, endpoint }));
            }
            Err(ClaimError::NameTaken) => JoinRefusal::NameTaken,
            Err(ClaimError::Full) => JoinRefusal::Full,
        };
        self.session.reply = Some(Reply::Refused(refusal));
        None
    }

    /// Subscribing again keeps the subscription, so that changes not yet sent are not lost.
    fn subscribe(&mut self, on: bool) {
        if on != self.session.subscription.is_some() {
            let seen = self.hall.registry.version();
            self.session.subscription = on.then_some(Subscription { seen, due: false });
        }
    }

    fn online(&self) -> u32 {
        u32::try_from(self.hall.registry.len()).unwrap_or(u32::MAX)
    }

    fn send_reply(&mut self, now: Instant, reply: Reply, out: &mut [u8]) {
        let online = self.online();
        let channel = &mut self.session.channel;
        match reply {
            Reply::Joined(endpoint) => channel.send(now, CommunityMessage::Joined { endpoint, online }, out),
            Reply::Refused(refusal) => channel.send(now, CommunityMessage::JoinRefused(refusal), out),
            Reply::ListFrom(from) => {
                let mut next = from;
                let last = emit_list_page(out, online, |page| {
                    self.hall.registry.users(from).all(|(user, after)| {
                        let fits = page.push(user);
                        if fits {
                            next = after;
                        }
                        fits
                    })
                });
                channel.seal(now, out);
                // The client is not read while a list is sent, so each page it takes counts as its sign of
                // life.
                channel.heard_of(now);
                self.session.reply = (!last).then_some(Reply::ListFrom(next));
            }
        }
    }

    /// Sends the oldest changes that fit into one frame; the rest follows with the next update.
    fn send_update(&mut self, now: Instant, out: &mut [u8]) {
        let online = self.online();
        let Some(subscription) = &mut self.session.subscription else { return };
        let (missed, changes) = self.hall.registry.changes_since(subscription.seen);
        let missed = u32::try_from(missed).unwrap_or(u32::MAX);
        emit_presence(out, online, missed, |frame| {
            for (change, after) in changes {
                if !frame.push(change) {
                    return;
                }
                subscription.seen = after;
            }
        });
        self.session.channel.seal(now, out);
        subscription.due = false;
        self.session.update_after = now + PRESENCE_INTERVAL;
    }
}

impl<S: Suite, M: Storage, G: Guessers> Conversing for HallSession<'_, S, M, G> {
    type Suite = S;
    type Stage = ResponderHandshake<S>;
    type Event<'f> = SessionEvent;

    fn channel(&self) -> &Channel<S, ResponderHandshake<S>> {
        &self.session.channel
    }

    fn channel_mut(&mut self) -> &mut Channel<S, ResponderHandshake<S>> {
        &mut self.session.channel
    }

    fn receive<'f>(&mut self, now: Instant, frame: &'f mut [u8]) -> Received<'f> {
        self.session.channel.receive(now, frame, &mut self.hall.door)
    }

    fn on_message(&mut self, _now: Instant, message: Message<'_>) -> Result<Option<SessionEvent>, Fault> {
        match message {
            Message::Community(CommunityMessage::Join { name, port }) if self.session.user.is_none() => {
                return Ok(self.join(name, port));
            }
            Message::Community(CommunityMessage::List) => {
                self.session.reply = Some(Reply::ListFrom(Cursor::START));
            }
            Message::Community(CommunityMessage::Subscribe(on)) => self.subscribe(on),
            _ => return Err(Fault::State),
        }
        Ok(None)
    }

    /// Whatever ended the session, its user leaves the registry now.
    fn on_ended<'f>(&mut self, ended: Ended) -> Self::Event<'f> {
        let user = self.session.user.take().and_then(|id| self.hall.registry.release(id));
        SessionEvent::Ended { user, ended }
    }

    fn due(&self) -> Option<Instant> {
        let subscription = self.session.subscription?;
        let has_news = subscription.seen != self.hall.registry.version() && !subscription.due;
        has_news.then_some(self.session.update_after)
    }

    fn on_due(&mut self) -> Option<Close> {
        if let Some(subscription) = &mut self.session.subscription {
            subscription.due = true;
        }
        None
    }

    fn wants_message(&self) -> bool {
        self.session.reply.is_some() || self.session.subscription.is_some_and(|it| it.due)
    }

    fn poll_message(&mut self, now: Instant, out: &mut [u8]) -> bool {
        if let Some(reply) = self.session.reply.take() {
            self.send_reply(now, reply, out);
            return true;
        }
        let is_due = self.wants_message();
        if is_due {
            self.send_update(now, out);
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use core::net::Ipv4Addr;

    use super::*;
    use crate::door::Door;
    use crate::limits::ENTROPY_LEN;
    use crate::registry::{Inline, Registry};
    use crate::suite::{Password, Protection};
    use crate::wire::{EMPTY_FRAME, Hello, SuiteId};

    const START: Instant = Instant::from_millis(0);
    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    type OurHall = Hall<Inline<4>>;

    fn receive(session: &mut Session<Xor>, hall: &mut OurHall, message: &Message<'_>) {
        let mut frame = EMPTY_FRAME;
        message.emit(&mut frame);
        if !matches!(message, Message::Hello(_)) {
            Xor.seal(&mut frame);
        }
        assert_eq!(session.at(hall).handle_frame(START, &mut frame), None);
    }

    fn claim(hall: &mut OurHall, name: &str) {
        let endpoint = Endpoint::new(HERE, NonZeroU16::MIN);
        hall.registry.claim(name.parse().unwrap(), endpoint).unwrap();
    }

    /// Number of changes in the update that the session sends at `now`, if it sends one.
    fn told(session: &mut Session<Xor>, hall: &mut OurHall, now: Instant) -> Option<usize> {
        let mut frame = EMPTY_FRAME;
        session.at(hall).handle_timeout(now);
        if !session.at(hall).poll_frame(now, &mut frame) {
            return None;
        }
        Xor.open(&mut frame).unwrap();
        match Message::parse(&frame) {
            Ok(Message::Community(CommunityMessage::Presence(presence))) => Some(presence.changes.count()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn subscribing_again_loses_no_change_and_brings_none_sooner() {
        let door = Door::new(Password::new(b"sesame").unwrap());
        let mut hall = Hall::new(door, Registry::new([0; 16]));
        let mut session = Session::new(START, HERE, Entropy::new([0; ENTROPY_LEN]));
        let mut out = EMPTY_FRAME;
        let hello = Hello::new(SuiteId::Xor, Service::Community, [0; 32]);
        receive(&mut session, &mut hall, &Message::Hello(hello));
        assert!(session.at(&mut hall).poll_frame(START, &mut out));
        receive(&mut session, &mut hall, &Message::Credentials(b"sesame"));
        assert!(session.at(&mut hall).poll_frame(START, &mut out));

        receive(&mut session, &mut hall, &Message::Community(CommunityMessage::Subscribe(true)));
        claim(&mut hall, "katie");
        receive(&mut session, &mut hall, &Message::Community(CommunityMessage::Subscribe(true)));
        assert_eq!(told(&mut session, &mut hall, START), Some(1));

        receive(&mut session, &mut hall, &Message::Community(CommunityMessage::Subscribe(false)));
        receive(&mut session, &mut hall, &Message::Community(CommunityMessage::Subscribe(true)));
        claim(&mut hall, "abdul");
        assert_eq!(told(&mut session, &mut hall, START), None);
        assert_eq!(told(&mut session, &mut hall, START + PRESENCE_INTERVAL), Some(1));
    }
}
