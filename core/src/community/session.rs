//! The server's end of one connection to the meeting hall.

use core::net::IpAddr;
use core::num::NonZeroU16;

use super::Hall;
#[cfg(any(doc, test))]
use crate::channel::Machine;
use crate::channel::{Acceptor, Channel, Conversing, Ended, Received, ResponderHandshake};
use crate::door::{Guesser, Guessers};
use crate::error::Fault;
use crate::limits::{GUESSER_WAYS, PRESENCE_INTERVAL};
use crate::registry::{ClaimError, Cursor, Slots, UserId, Version};
use crate::suite::{Entropy, Sealed, Suite, Xor};
use crate::time::Instant;
use crate::wire::{
    Close, CommunityMessage, Endpoint, JoinRefusal, Message, Name, Service, User, emit_list_page,
    emit_presence,
};

/// One client's session: everything a connection costs while it is idle.
///
/// It is a [`Machine`] together with the [`Hall`] it belongs to: see [`Session::at`].
pub struct Session<S: Suite> {
    channel: Channel<S, ResponderHandshake<S>>,
    user: Option<UserId>,
    reply: Option<Reply>,
    subscription: Option<Subscription>,
    /// When a subscriber may next be told what has changed.
    update_after: Instant,
}

// A server keeps one for every user online, thousands of them. Half of it is the room that the handshake
// needs for its random bytes.
const _: () = assert!(size_of::<Session<Sealed>>() <= 440 && size_of::<Session<Xor>>() <= 232);

/// The one answer a session can owe. While it owes one, the peer is not read.
#[derive(Clone, Copy, Debug)]
enum Reply {
    Joined(Endpoint),
    Refused(JoinRefusal),
    ListFrom(Cursor),
}

#[derive(Clone, Copy, Debug)]
struct Subscription {
    /// What the subscriber has been told of.
    seen: Version,
    due: bool,
}

/// A session in its hall.
pub struct HallSession<'a, S: Suite, M: Slots, G = [Guesser; GUESSER_WAYS]> {
    session: &'a mut Session<S>,
    hall: &'a mut Hall<M, G>,
}

/// What the server hears of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionEvent {
    /// This user is online.
    Joined(User),
    /// The session is over.
    Ended {
        /// The user who is no longer online, if there was one.
        user: Option<User>,
        /// Why it is over.
        ended: Ended,
    },
}

impl<S: Suite> Session<S> {
    /// For a connection just accepted from this address.
    pub fn new(now: Instant, from: IpAddr, entropy: Entropy) -> Self {
        let channel = Channel::respond(now, Service::Community, from, entropy);
        Self { channel, user: None, reply: None, subscription: None, update_after: now }
    }

    /// For a connection whose Hello an [`Acceptor`] has heard, and how that ended it, if it did. The acceptor back if it
    /// has heard none yet.
    #[allow(clippy::result_large_err, reason = "without an allocator it comes back by value")]
    pub fn of_acceptor<M: Slots, G: Guessers>(
        acceptor: Acceptor,
        now: Instant,
        hall: &Hall<M, G>,
    ) -> Result<(Self, Option<SessionEvent>), Acceptor> {
        let (channel, ended) = acceptor.into_channel(now, Service::Community, &hall.door)?;
        let session = Self { channel, user: None, reply: None, subscription: None, update_after: now };
        Ok((session, ended.map(|ended| SessionEvent::Ended { user: None, ended })))
    }

    /// The machine, for as long as its hall is lent to it.
    pub fn at<'a, M: Slots, G: Guessers>(&'a mut self, hall: &'a mut Hall<M, G>) -> HallSession<'a, S, M, G> {
        HallSession { session: self, hall }
    }

    /// Whether the client is authenticated, and its session not over.
    pub fn is_authenticated(&self) -> bool {
        self.channel.is_open()
    }

    /// Whether the client is to be told of presence changes.
    pub fn is_subscribed(&self) -> bool {
        self.subscription.is_some() && self.channel.is_open()
    }
}

impl<S: Suite, M: Slots, G: Guessers> HallSession<'_, S, M, G> {
    /// Ends the session; the client is told why, and its user is online no longer.
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

    /// To subscribe again changes nothing: what is not told yet is still to be told.
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
                // While it is sent a list, the client is not read. Every page it takes is a sign of life.
                channel.heard_of(now);
                self.session.reply = (!last).then_some(Reply::ListFrom(next));
            }
        }
    }

    /// As many changes as a frame holds, the oldest first; the rest waits for the next update.
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

impl<S: Suite, M: Slots, G: Guessers> Conversing for HallSession<'_, S, M, G> {
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

    /// However a session ends, its user leaves the registry at that moment.
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
    use crate::registry::{Registry, Slot};
    use crate::suite::{Password, Protection};
    use crate::wire::{EMPTY_FRAME, Hello, SuiteId};

    const START: Instant = Instant::from_millis(0);
    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    type OurHall = Hall<[Slot; 4]>;

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

    /// How many changes the session tells of at `now`, if it says anything.
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
