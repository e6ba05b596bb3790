//! Server side of a community connection.

use core::net::IpAddr;

use super::Hall;
use super::attendance::Attendance;
#[cfg(any(doc, test))]
use crate::channel::Machine;
use crate::channel::{Acceptor, Channel, Conversing, Ended, Received, ResponderHandshake};
use crate::door::{Guesser, Guessers};
use crate::error::Fault;
use crate::limits::GUESSER_WAYS;
use crate::registry::Storage;
use crate::suite::{Entropy, Sealed, Suite, Xor};
use crate::time::Instant;
use crate::wire::{Close, Message, Service, User};

/// Machine of one client's connection, and all the memory of an idle one.
///
/// It is a [`Machine`] together with the [`Hall`] it belongs to: see [`Session::at`].
pub struct Session<S: Suite> {
    channel: Channel<S, ResponderHandshake<S>>,
    attendance: Attendance,
}

// A server keeps one per connection, thousands of them. Most of it is the state of the handshake.
const _: () = assert!(size_of::<Session<Sealed>>() <= 424 && size_of::<Session<Xor>>() <= 216);

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
        Self { channel, attendance: Attendance::new(now) }
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
        let session = Self { channel, attendance: Attendance::new(now) };
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
        self.attendance.is_subscribed() && self.channel.is_open()
    }
}

impl<S: Suite, M: Storage, G: Guessers> HallSession<'_, S, M, G> {
    /// Ends the session with `reason`; its user goes offline.
    pub fn close(&mut self, now: Instant, reason: Close) -> Option<SessionEvent> {
        self.end(now, reason)
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
        let Self { session: Session { channel, attendance }, hall } = self;
        attendance.on_message(&mut hall.registry, channel.from(), message)
    }

    /// Whatever ended the session, its user leaves the registry now.
    fn on_ended<'f>(&mut self, _now: Instant, ended: Ended) -> Self::Event<'f> {
        SessionEvent::Ended { user: self.session.attendance.end(&mut self.hall.registry), ended }
    }

    fn due(&self) -> Option<Instant> {
        self.session.attendance.update_due(&self.hall.registry)
    }

    fn on_due(&mut self) -> Option<Close> {
        self.session.attendance.on_update_due();
        None
    }

    fn wants_message(&self) -> bool {
        self.session.attendance.wants_message()
    }

    fn emit_message(&mut self, now: Instant, out: &mut [u8]) -> bool {
        let Session { channel, attendance } = &mut *self.session;
        if attendance.is_sending_list() {
            // The client is not read while a list is sent, so each page it takes counts as its sign of life.
            channel.heard_of(now);
        }
        attendance.emit_message(now, &self.hall.registry, out)
    }
}

#[cfg(test)]
mod tests {
    use core::net::Ipv4Addr;
    use core::num::NonZeroU16;

    use super::*;
    use crate::door::Door;
    use crate::limits::{ENTROPY_LEN, PRESENCE_INTERVAL};
    use crate::registry::{Inline, Registry};
    use crate::suite::{Password, Protection};
    use crate::wire::{CommunityMessage, EMPTY_FRAME, Endpoint, Hello, SuiteId};

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
