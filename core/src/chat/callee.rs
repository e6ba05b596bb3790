//! Callee: the listening side of a chat.

use core::net::IpAddr;

use super::Conversation;
#[cfg(doc)]
use crate::channel::Machine;
use crate::channel::{Acceptor, Channel, Conversing, Ended, Received, ResponderHandshake};
use crate::door::{Door, Guesser, Guessers};
use crate::error::Fault;
use crate::limits::{CONNECT_TIMEOUT, GUESSER_WAYS, RING_TIMEOUT};
use crate::suite::{Entropy, Sealed, Suite, Xor};
use crate::time::Instant;
use crate::wire::{ChatMessage, Close, Message, Name, Service, Turns};

/// Machine of the side that is called: authenticates the caller, waits for the call, answers it.
///
/// It is a [`Machine`] together with the node's [`Door`]: see [`Callee::at`].
pub struct Callee<S: Suite> {
    channel: Channel<S, ResponderHandshake<S>>,
    /// The caller's offer, once it has called.
    ringing: Option<Turns>,
    /// Deadline for the call, and once it has arrived for the answer.
    deadline: Instant,
}

// A node keeps one per half-open connection, before authentication, so it must be small.
const _: () = assert!(size_of::<Callee<Sealed>>() <= 384 && size_of::<Callee<Xor>>() <= 176);

/// A callee together with the door that authenticates its caller.
pub struct DoorCallee<'a, S: Suite, G = [Guesser; GUESSER_WAYS]> {
    callee: &'a mut Callee<S>,
    door: &'a mut Door<G>,
}

/// Events of a callee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CalleeEvent {
    /// An authenticated caller asks for a chat: [`Callee::accept`] or [`Callee::refuse`].
    Ringing {
        /// Name that the caller gives. It is not verified.
        from: Option<Name>,
        /// The turns that the caller offers.
        offer: Turns,
    },
    /// The connection has ended without a chat.
    Ended(Ended),
}

impl<S: Suite> Callee<S> {
    /// A callee for a connection just accepted from the address `from`.
    pub fn new(now: Instant, from: IpAddr, entropy: Entropy) -> Self {
        let channel = Channel::respond(now, Service::Chat, from, entropy);
        Self { channel, ringing: None, deadline: now + CONNECT_TIMEOUT }
    }

    /// A callee for a connection whose Hello an [`Acceptor`] has read, and how it ended if the Hello was
    /// refused. Returns the acceptor if no Hello has arrived.
    #[allow(clippy::result_large_err, reason = "without an allocator it comes back by value")]
    pub fn of_acceptor<G: Guessers>(
        acceptor: Acceptor,
        now: Instant,
        door: &Door<G>,
    ) -> Result<(Self, Option<CalleeEvent>), Acceptor> {
        let deadline = acceptor.accepted() + CONNECT_TIMEOUT;
        let (channel, ended) = acceptor.into_channel(now, Service::Chat, door)?;
        let callee = Self { channel, ringing: None, deadline };
        Ok((callee, ended.map(CalleeEvent::Ended)))
    }

    /// The machine, which borrows the door.
    pub fn at<'a, G: Guessers>(&'a mut self, door: &'a mut Door<G>) -> DoorCallee<'a, S, G> {
        DoorCallee { callee: self, door }
    }

    /// Whether the caller is authenticated.
    pub fn is_authenticated(&self) -> bool {
        self.channel.is_open()
    }

    /// Whether a call waits for an answer.
    pub fn is_ringing(&self) -> bool {
        self.ringing.is_some() && self.channel.is_open()
    }

    /// Accepts a ringing call; returns the callee if none is ringing. `turns` is what this side allows: the
    /// chat is [`Turns::Free`] if both sides want that, and [`Turns::Linear`] otherwise.
    #[allow(clippy::result_large_err, reason = "without an allocator it comes back by value")]
    pub fn accept(self, turns: Turns) -> Result<Conversation<S>, Self> {
        match self.ringing {
            Some(offer) if self.channel.is_open() => {
                let agreed = if offer == turns { turns } else { Turns::Linear };
                Ok(Conversation::of_callee(self.channel.into_established(), agreed))
            }
            _ => Err(self),
        }
    }

    /// Refuses the call, or closes the connection before it, with `reason`.
    pub fn refuse(&mut self, now: Instant, reason: Close) -> Option<CalleeEvent> {
        self.channel.close(now, reason).map(CalleeEvent::Ended)
    }
}

impl<S: Suite, G: Guessers> Conversing for DoorCallee<'_, S, G> {
    type Suite = S;
    type Stage = ResponderHandshake<S>;
    type Event<'f> = CalleeEvent;

    fn channel(&self) -> &Channel<S, ResponderHandshake<S>> {
        &self.callee.channel
    }

    fn channel_mut(&mut self) -> &mut Channel<S, ResponderHandshake<S>> {
        &mut self.callee.channel
    }

    fn receive<'f>(&mut self, now: Instant, frame: &'f mut [u8]) -> Received<'f> {
        self.callee.channel.receive(now, frame, self.door)
    }

    fn on_message(&mut self, now: Instant, message: Message<'_>) -> Result<Option<CalleeEvent>, Fault> {
        match message {
            Message::Chat(ChatMessage::Call { turns, from }) if self.callee.ringing.is_none() => {
                self.callee.ringing = Some(turns);
                self.callee.deadline = now + RING_TIMEOUT;
                Ok(Some(CalleeEvent::Ringing { from, offer: turns }))
            }
            _ => Err(Fault::State),
        }
    }

    fn on_ended<'f>(&mut self, _now: Instant, ended: Ended) -> Self::Event<'f> {
        CalleeEvent::Ended(ended)
    }

    fn due(&self) -> Option<Instant> {
        Some(self.callee.deadline)
    }

    fn on_due(&mut self) -> Option<Close> {
        Some(Close::TimedOut)
    }
}
