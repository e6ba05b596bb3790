//! The side that asks for a chat.

use super::Conversation;
use crate::channel::{Channel, Direction, Ended, InitiatorHandshake, Machine, Received};
use crate::error::Fault;
use crate::limits::RING_TIMEOUT;
use crate::suite::{Entropy, Password, Suite, Xor};
use crate::time::{Instant, earliest};
use crate::wire::{Close, Frame, Message, Name, Service, Turns};

/// Calls a node: authenticates, asks for a chat, waits for the answer.
pub struct Caller<S: Suite> {
    channel: Channel<S, InitiatorHandshake<S>>,
    offer: Turns,
    from: Option<Name>,
    call: Call,
}

// One to a program; the password, the random bytes of the handshake and a name are nearly all of it.
const _: () = assert!(size_of::<Caller<Xor>>() <= 344);

#[derive(Clone, Copy, Debug)]
enum Call {
    NotAsked,
    Ringing { deadline: Instant },
    Accepted(Turns),
}

/// What the caller hears of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallerEvent {
    /// The password was right; the other side is being asked.
    Ringing,
    /// The chat begins: go on with [`Caller::into_conversation`].
    Accepted(Turns),
    /// There will be no chat.
    Ended(Ended),
}

impl<S: Suite> Caller<S> {
    /// A call on a connection just opened. [`Turns::Free`] is an offer that the callee may turn down.
    pub fn new(now: Instant, password: Password, offer: Turns, from: Option<Name>, entropy: Entropy) -> Self {
        let channel = Channel::initiate(now, Service::Chat, password, entropy);
        Self { channel, offer, from, call: Call::NotAsked }
    }

    /// Gives up.
    pub fn hang_up(&mut self, now: Instant) -> Option<CallerEvent> {
        self.channel.close(now, Close::Goodbye).map(CallerEvent::Ended)
    }

    /// The chat, once [`CallerEvent::Accepted`] was heard; before that, the caller back.
    #[allow(clippy::result_large_err, reason = "without an allocator it comes back by value")]
    pub fn into_conversation(self) -> Result<Conversation<S>, Self> {
        match self.call {
            Call::Accepted(turns) => Ok(Conversation::of_caller(self.channel.into_established(), turns)),
            _ => Err(self),
        }
    }

    fn wants_call(&self) -> bool {
        matches!(self.call, Call::NotAsked) && self.channel.is_open()
    }

    fn ring_deadline(&self) -> Option<Instant> {
        match self.call {
            Call::Ringing { deadline } if self.channel.is_open() => Some(deadline),
            _ => None,
        }
    }
}

impl<S: Suite> Machine for Caller<S> {
    type Event<'f> = CallerEvent;

    fn handle_frame(&mut self, now: Instant, frame: &mut Frame) -> Option<CallerEvent> {
        let message = match self.channel.receive(now, frame) {
            Received::Nothing => return None,
            Received::Authenticated => return Some(CallerEvent::Ringing),
            Received::Ended(ended) => return Some(CallerEvent::Ended(ended)),
            Received::Message(message) => message,
        };
        let fault = match (self.call, message) {
            (Call::Ringing { .. }, Message::CallAccepted { turns }) => {
                if turns == self.offer || turns == Turns::Linear {
                    self.call = Call::Accepted(turns);
                    return Some(CallerEvent::Accepted(turns));
                }
                Fault::Value
            }
            _ => Fault::State,
        };
        self.channel.close(now, Close::Fault(fault)).map(CallerEvent::Ended)
    }

    fn handle_eof(&mut self, _now: Instant) -> Option<CallerEvent> {
        self.channel.handle_eof().map(CallerEvent::Ended)
    }

    fn handle_timeout(&mut self, now: Instant) -> Option<CallerEvent> {
        let unanswered = self.ring_deadline().is_some_and(|deadline| now >= deadline);
        let ended = if unanswered {
            self.channel.close(now, Close::TimedOut)
        } else {
            self.channel.handle_timeout(now)
        };
        ended.map(CallerEvent::Ended)
    }

    fn handle_stall(&mut self, now: Instant, direction: Direction) -> Option<CallerEvent> {
        self.channel.handle_stall(now, direction).map(CallerEvent::Ended)
    }

    fn wants_send(&self) -> bool {
        self.channel.wants_control() || self.channel.wants_handshake() || self.wants_call()
    }

    fn poll_frame(&mut self, now: Instant, out: &mut Frame) -> bool {
        if self.channel.poll_control(now, out) || self.channel.poll_handshake(now, out) {
            return true;
        }
        if !self.wants_call() {
            return false;
        }
        self.channel.send(now, &Message::Call { turns: self.offer, from: self.from.clone() }, out);
        self.call = Call::Ringing { deadline: now + RING_TIMEOUT };
        true
    }

    fn deadline(&self) -> Option<Instant> {
        earliest(self.channel.deadline(), self.ring_deadline())
    }

    fn is_closed(&self) -> bool {
        self.channel.is_closed()
    }
}
