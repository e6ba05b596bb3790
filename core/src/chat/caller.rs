//! Caller: the connecting side of a chat.

use super::Conversation;
use crate::channel::{Channel, Conversing, Ended, InitiatorHandshake, Received, Request};
use crate::error::Fault;
use crate::limits::RING_TIMEOUT;
use crate::suite::{Entropy, Password, Sealed, Suite, Xor};
use crate::time::Instant;
use crate::wire::{ChatMessage, Close, Message, Name, Turns};

/// Machine of the side that calls: authenticates, sends the call, waits for the answer.
pub struct Caller<S: Suite> {
    channel: Channel<S, InitiatorHandshake<S>>,
    offer: Turns,
    from: Option<Name>,
    call: Call,
}

// One per program: mostly the password, the entropy of the handshake and a name.
const _: () = assert!(size_of::<Caller<Sealed>>() <= 496 && size_of::<Caller<Xor>>() <= 336);

#[derive(Clone, Copy, Debug)]
enum Call {
    NotAsked,
    Ringing { deadline: Instant },
    Accepted(Turns),
}

/// Events of a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallerEvent {
    /// The password was right, and the callee is asked for a chat.
    Ringing,
    /// The call was accepted: continue with [`Caller::into_conversation`].
    Accepted(Turns),
    /// The connection has ended without a chat.
    Ended(Ended),
}

impl<S: Suite> Caller<S> {
    /// A caller on a connection just opened. The callee may answer an offer of [`Turns::Free`] with
    /// [`Turns::Linear`].
    pub fn new(now: Instant, password: Password, offer: Turns, from: Option<Name>, entropy: Entropy) -> Self {
        let channel = Channel::initiate(now, Request::Chat, password, entropy);
        Self { channel, offer, from, call: Call::NotAsked }
    }

    /// Cancels the call.
    pub fn hang_up(&mut self, now: Instant) -> Option<CallerEvent> {
        self.end(now, Close::Goodbye)
    }

    /// The chat, once [`CallerEvent::Accepted`] was reported; returns the caller before that.
    #[allow(clippy::result_large_err, reason = "without an allocator it comes back by value")]
    pub fn into_conversation(self) -> Result<Conversation<S>, Self> {
        match self.call {
            Call::Accepted(turns) => Ok(Conversation::of_caller(self.channel.into_established(), turns)),
            _ => Err(self),
        }
    }
}

impl<S: Suite> Conversing for Caller<S> {
    type Suite = S;
    type Stage = InitiatorHandshake<S>;
    type Event<'f> = CallerEvent;

    fn channel(&self) -> &Channel<S, InitiatorHandshake<S>> {
        &self.channel
    }

    fn channel_mut(&mut self) -> &mut Channel<S, InitiatorHandshake<S>> {
        &mut self.channel
    }

    fn receive<'f>(&mut self, now: Instant, frame: &'f mut [u8]) -> Received<'f> {
        self.channel.receive(now, frame)
    }

    fn on_authenticated<'f>(&mut self) -> Option<Self::Event<'f>> {
        Some(CallerEvent::Ringing)
    }

    fn on_message(&mut self, _now: Instant, message: Message<'_>) -> Result<Option<CallerEvent>, Fault> {
        match (self.call, message) {
            (Call::Ringing { .. }, Message::Chat(ChatMessage::CallAccepted { turns })) => {
                if turns != self.offer && turns != Turns::Linear {
                    return Err(Fault::Value);
                }
                self.call = Call::Accepted(turns);
                Ok(Some(CallerEvent::Accepted(turns)))
            }
            _ => Err(Fault::State),
        }
    }

    fn on_ended<'f>(&mut self, _now: Instant, ended: Ended) -> Self::Event<'f> {
        CallerEvent::Ended(ended)
    }

    fn due(&self) -> Option<Instant> {
        match self.call {
            Call::Ringing { deadline } => Some(deadline),
            Call::NotAsked | Call::Accepted(_) => None,
        }
    }

    fn on_due(&mut self) -> Option<Close> {
        Some(Close::TimedOut)
    }

    fn wants_message(&self) -> bool {
        matches!(self.call, Call::NotAsked)
    }

    fn emit_message(&mut self, now: Instant, out: &mut [u8]) -> bool {
        let is_due = self.wants_message();
        if is_due {
            let call = ChatMessage::Call { turns: self.offer, from: self.from.clone() };
            Message::Chat(call).emit(out);
            self.call = Call::Ringing { deadline: now + RING_TIMEOUT };
        }
        is_due
    }
}
