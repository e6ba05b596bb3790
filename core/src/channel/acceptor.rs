//! Acceptor: the listening side of a port with several services, which reads the Hello before a service is
//! chosen.

use core::net::IpAddr;

use heapless::Vec;

use super::lifecycle::Received;
use super::request::Marker;
use super::responder::check_hello;
use super::state::{Channel, Stage};
use super::{Conversing, Ended, ResponderHandshake};
use crate::door::{Door, Guessers};
use crate::error::Fault;
use crate::limits::{ASKED_SHARE_MAX, HANDSHAKE_TIMEOUT, HELLO_LEN, RANDOM_LEN};
use crate::suite::{Entropy, Suite, Xor};
use crate::time::Instant;
use crate::wire::{Close, Hello, Message, Service, VERSION};

/// An accepted connection before its service is chosen.
///
/// A [`Machine`](super::Machine) that is pumped like any other and reports the peer's Hello. The shell then
/// chooses: the machine of a service takes the connection over
/// ([`Callee::of_acceptor`](crate::chat::Callee::of_acceptor),
/// [`Session::of_acceptor`](crate::community::Session::of_acceptor)), or [`Acceptor::refuse`] closes it. The
/// acceptor itself closes on a first frame that is no Hello, or a Hello of another version.
/// [`HANDSHAKE_TIMEOUT`] runs from [`Acceptor::new`].
pub struct Acceptor {
    // Before the Hellos frames are in the clear with every suite, so any would do; `Xor` takes no memory.
    channel: Channel<Xor, Hearing>,
}

/// A connection whose Hello was answered, and how it ended if the answer was a `Close`.
pub(crate) type Answered<S> = (Channel<S, ResponderHandshake<S>>, Option<Ended>);

/// Handshake stage in which the peer's Hello is awaited.
pub struct Hearing {
    from: IpAddr,
    accepted: Instant,
    entropy: Entropy,
    asked: Option<Asked>,
}

/// The service, suite and share that a peer asks for in its Hello.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    fixed: [u8; HELLO_LEN],
    /// Truncated one byte past [`ASKED_SHARE_MAX`]: the service rejects a share that is too long, after it
    /// has checked the rest of the Hello.
    share: Vec<u8, { ASKED_SHARE_MAX + 1 }>,
}

/// Events of an [`Acceptor`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AcceptorEvent {
    /// The peer's Hello has arrived.
    Asked(Asked),
    /// The connection is over.
    Ended(Ended),
}

impl Asked {
    /// The Hello as received. A share longer than [`ASKED_SHARE_MAX`] is truncated to one byte more than
    /// that.
    pub fn hello(&self) -> Hello<'_> {
        Hello::from_bytes(&self.fixed, &self.share)
    }

    /// Whether the Hello asks for this service.
    pub fn is_for(&self, service: Service) -> bool {
        self.hello().service == service.number()
    }

    /// Whether the Hello asks for `service` in suite `S`; the error is the reason to refuse it. The share is not looked
    /// at.
    pub(crate) fn check<S: Suite>(&self, service: Service) -> Result<(), Close> {
        check_hello(&Hello::new(S::ID, service, [0; RANDOM_LEN]), &self.hello())
    }

    /// Marker in a Hello for a link or a transfer.
    pub(crate) fn marker(&self) -> Result<Marker, Fault> {
        self.share.first_chunk().copied().ok_or(Fault::Length)
    }
}

impl Acceptor {
    /// An acceptor for a connection just accepted from the address `from`.
    pub fn new(now: Instant, from: IpAddr, entropy: Entropy) -> Self {
        let hearing = Hearing { from, accepted: now, entropy, asked: None };
        Self { channel: Channel::new(now, HANDSHAKE_TIMEOUT, hearing, false) }
    }

    /// Closes the connection with `reason`, for example [`Close::ServiceMismatch`] if no such service is
    /// offered here.
    pub fn refuse(&mut self, now: Instant, reason: Close) -> Option<AcceptorEvent> {
        self.end(now, reason)
    }

    /// Why it was refused, as long as the peer may still read it.
    pub fn closing(&self) -> Option<Close> {
        self.channel.closing()
    }

    /// What `check` makes of the peer's Hello, or refuses it for; `None` then, and as long as none has arrived.
    pub(crate) fn check<T>(
        &mut self,
        now: Instant,
        check: impl FnOnce(&Asked) -> Result<T, Close>,
    ) -> Option<T> {
        let checked = check(self.channel.handshake.asked.as_ref()?);
        checked.map_err(|reason| self.refuse(now, reason)).ok()
    }

    /// The moment at which the connection was accepted.
    pub(crate) fn accepted(&self) -> Instant {
        self.channel.handshake.accepted
    }

    /// Answers the Hello as `service` of suite `S`: the channel, and how it ended if the answer was a
    /// `Close`. Returns the acceptor if no Hello has arrived.
    #[allow(clippy::result_large_err, reason = "without an allocator it comes back by value")]
    pub(crate) fn into_channel<S: Suite, G: Guessers>(
        self,
        now: Instant,
        service: Service,
        door: &Door<G>,
    ) -> Result<Answered<S>, Self> {
        let Hearing { from, entropy, asked: Some(asked), .. } = &self.channel.handshake else {
            return Err(self);
        };
        let answer = ResponderHandshake::answer(now, service, *from, entropy, &asked.hello(), door);
        Ok(self.channel.answered(now, answer))
    }
}

impl Conversing for Acceptor {
    type Suite = Xor;
    type Stage = Hearing;
    type Event<'f> = AcceptorEvent;

    fn channel(&self) -> &Channel<Xor, Hearing> {
        &self.channel
    }

    fn channel_mut(&mut self) -> &mut Channel<Xor, Hearing> {
        &mut self.channel
    }

    fn receive<'f>(&mut self, now: Instant, frame: &'f mut [u8]) -> Received<'f> {
        match self.channel.open(now, frame) {
            // Only the first Hello is checked; a second one is a fault.
            Received::Message(Message::Hello(hello))
                if hello.version != VERSION && self.channel.handshake.asked.is_none() =>
            {
                self.channel.lifecycle.refuse(now, Close::VersionMismatch)
            }
            received => received,
        }
    }

    fn on_message(&mut self, _now: Instant, message: Message<'_>) -> Result<Option<AcceptorEvent>, Fault> {
        let asked = &mut self.channel.handshake.asked;
        let (Message::Hello(hello), None) = (message, &asked) else { return Err(Fault::State) };
        let share = hello.share.iter().copied().take(ASKED_SHARE_MAX + 1).collect();
        Ok(Some(AcceptorEvent::Asked(asked.insert(Asked { fixed: hello.to_bytes(), share }).clone())))
    }

    fn on_ended<'f>(&mut self, _now: Instant, ended: Ended) -> Self::Event<'f> {
        AcceptorEvent::Ended(ended)
    }
}

impl Stage<Xor> for Hearing {
    fn wants_frame(_: &Channel<Xor, Self>) -> bool {
        false
    }

    fn poll_frame(_: &mut Channel<Xor, Self>, _: Instant, _: &mut [u8]) -> bool {
        false
    }
}
