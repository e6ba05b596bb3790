//! The listening side of a port with several services: hear the Hello first, then choose.

use core::net::IpAddr;

use heapless::Vec;

use super::state::{Channel, Received, Stage};
use super::{Conversing, Ended, ResponderHandshake};
use crate::door::{Door, Guessers};
use crate::error::Fault;
use crate::limits::{ASKED_SHARE_MAX, HANDSHAKE_TIMEOUT, HELLO_LEN};
use crate::suite::{Entropy, Suite, Xor};
use crate::time::Instant;
use crate::wire::{Close, Hello, Message, Service, VERSION};

/// A connection just accepted, of which nobody knows yet what it is for.
///
/// It is a [`Machine`](super::Machine): pumped like any other, it tells of the peer's Hello. The shell then chooses: the
/// machine of a service takes the connection over ([`Callee::of_acceptor`](crate::chat::Callee::of_acceptor),
/// [`Session::of_acceptor`](crate::community::Session::of_acceptor)), or [`Acceptor::refuse`] sends the peer away.
/// Whatever is no Hello, or of another version, is answered here. The time for the handshake runs from the start.
pub struct Acceptor {
    // Before the Hellos nothing is protected, by no suite. Any would do; this one takes no memory.
    channel: Channel<Xor, Hearing>,
}

/// A connection whose Hello was answered, and how that ended it, if it did.
pub(crate) type Answered<S> = (Channel<S, ResponderHandshake<S>>, Option<Ended>);

/// The stage in which the peer is to say Hello.
pub struct Hearing {
    from: IpAddr,
    accepted: Instant,
    entropy: Entropy,
    asked: Option<Asked>,
}

/// What a peer asks for in its Hello.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    fixed: [u8; HELLO_LEN],
    /// Cut behind the first byte that is too many for any service: that it is too long is for the service to judge,
    /// after everything else that the Hello says.
    share: Vec<u8, { ASKED_SHARE_MAX + 1 }>,
}

/// What an acceptor hears of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AcceptorEvent {
    /// The peer has said what it wants.
    Asked(Asked),
    /// The connection is over.
    Ended(Ended),
}

impl Asked {
    /// The Hello, as it came; of a longer share than [`ASKED_SHARE_MAX`], one byte more than that.
    pub fn hello(&self) -> Hello<'_> {
        Hello::from_bytes(&self.fixed, &self.share)
    }
}

impl Acceptor {
    /// For a connection just accepted from this address.
    pub fn new(now: Instant, from: IpAddr, entropy: Entropy) -> Self {
        let hearing = Hearing { from, accepted: now, entropy, asked: None };
        Self { channel: Channel::new(now, HANDSHAKE_TIMEOUT, hearing, false) }
    }

    /// Sends the peer away, for this reason: [`Close::ServiceMismatch`], for one, if nobody here offers what it asks for.
    pub fn refuse(&mut self, now: Instant, reason: Close) -> Option<AcceptorEvent> {
        self.end(now, reason)
    }

    /// When the connection was accepted.
    pub(crate) fn accepted(&self) -> Instant {
        self.channel.handshake.accepted
    }

    /// The connection with the Hello answered as `service` of suite `S` does; if that ended it, how. The acceptor back
    /// if nobody has asked yet.
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
            // The first Hello alone is compared.
            Received::Message(Message::Hello(hello))
                if hello.version != VERSION && self.channel.handshake.asked.is_none() =>
            {
                self.channel.refuse(now, Close::VersionMismatch)
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

    fn on_ended<'f>(&mut self, ended: Ended) -> Self::Event<'f> {
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
