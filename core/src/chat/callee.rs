//! The side that is asked for a chat.

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

/// Answers one caller: authenticates, hears the call, says yes or no.
///
/// It is a [`Machine`] together with the node's [`Door`]: see [`Callee::at`].
pub struct Callee<S: Suite> {
    channel: Channel<S, ResponderHandshake<S>>,
    /// How the caller would take turns, once it has called.
    ringing: Option<Turns>,
    /// By when the caller must have called, and then by when we must have answered.
    deadline: Instant,
}

// A node keeps one for every caller at its door, whoever they are, so that it must be cheap to knock.
const _: () = assert!(size_of::<Callee<Sealed>>() <= 400 && size_of::<Callee<Xor>>() <= 192);

/// A callee at the door that its callers must get past.
pub struct DoorCallee<'a, S: Suite, G = [Guesser; GUESSER_WAYS]> {
    callee: &'a mut Callee<S>,
    door: &'a mut Door<G>,
}

/// What the callee hears of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CalleeEvent {
    /// Somebody who knows the password asks for a chat: [`Callee::accept`] or [`Callee::refuse`].
    Ringing {
        /// Who they say they are. Nobody has checked it.
        from: Option<Name>,
        /// How they would take turns.
        offer: Turns,
    },
    /// There will be no chat.
    Ended(Ended),
}

impl<S: Suite> Callee<S> {
    /// For a connection just accepted from this address.
    pub fn new(now: Instant, from: IpAddr, entropy: Entropy) -> Self {
        let channel = Channel::respond(now, Service::Chat, from, entropy);
        Self { channel, ringing: None, deadline: now + CONNECT_TIMEOUT }
    }

    /// For a connection whose Hello an [`Acceptor`] has heard, and how that ended it, if it did. The acceptor back if it
    /// has heard none yet.
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

    /// The machine, for as long as the door is lent to it.
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

    /// Says yes to a call that is ringing; otherwise the callee back. `turns` is what this side allows: the
    /// chat is [`Turns::Free`] if both sides would have it so.
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

    /// Says no, for this reason.
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

    fn on_ended<'f>(&mut self, ended: Ended) -> Self::Event<'f> {
        CalleeEvent::Ended(ended)
    }

    fn due(&self) -> Option<Instant> {
        Some(self.callee.deadline)
    }

    fn on_due(&mut self) -> Option<Close> {
        Some(Close::TimedOut)
    }
}
