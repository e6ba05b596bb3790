//! [`Machine`] for every conversation, written once.

use super::state::{Channel, Received, Stage};
use super::{Direction, Ended, Machine};
use crate::error::Fault;
use crate::suite::Suite;
use crate::time::{Instant, earliest};
use crate::wire::{Close, Message};

/// What a conversation adds to its [`Channel`]; with it, it is a [`Machine`].
pub trait Conversing {
    /// How its frames are protected.
    type Suite: Suite;
    /// Whether it has its handshake behind it, and which half of it.
    type Stage: Stage<Self::Suite>;
    /// See [`Machine::Event`].
    type Event<'f>;

    fn channel(&self) -> &Channel<Self::Suite, Self::Stage>;

    fn channel_mut(&mut self) -> &mut Channel<Self::Suite, Self::Stage>;

    /// Hands a frame to the channel, with whatever the channel asks for besides.
    fn receive<'f>(&mut self, now: Instant, frame: &'f mut [u8]) -> Received<'f>;

    /// The peer has proved the password to us.
    fn on_authenticated<'f>(&mut self) -> Option<Self::Event<'f>> {
        None
    }

    /// A message on the open channel. A fault ends the conversation.
    fn on_message<'f>(
        &mut self,
        now: Instant,
        message: Message<'f>,
    ) -> Result<Option<Self::Event<'f>>, Fault>;

    /// The conversation has ended.
    fn on_ended<'f>(&mut self, ended: Ended) -> Self::Event<'f>;

    /// While the channel is open: a deadline of the conversation's own.
    fn due(&self) -> Option<Instant> {
        None
    }

    /// That deadline has come: the reason to end the conversation, if it is one.
    fn on_due(&mut self) -> Option<Close> {
        None
    }

    /// While the channel is open: whether [`Conversing::poll_message`] has a message to give.
    fn wants_message(&self) -> bool {
        false
    }

    /// While the channel is open: writes the next message of the conversation's own.
    fn poll_message(&mut self, _now: Instant, _out: &mut [u8]) -> bool {
        false
    }

    /// Ends the conversation: see [`Channel::close`].
    fn end<'f>(&mut self, now: Instant, reason: Close) -> Option<Self::Event<'f>> {
        let ended = self.channel_mut().close(now, reason)?;
        Some(self.on_ended(ended))
    }
}

/// The conversation's own deadline, while it counts.
fn due(conversation: &impl Conversing) -> Option<Instant> {
    if conversation.channel().is_open() { conversation.due() } else { None }
}

impl<C: Conversing> Machine for C {
    type Event<'f> = C::Event<'f>;

    fn handle_frame<'f>(&mut self, now: Instant, frame: &'f mut [u8]) -> Option<C::Event<'f>> {
        match self.receive(now, frame) {
            Received::Nothing => None,
            Received::Authenticated => self.on_authenticated(),
            Received::Ended(ended) => Some(self.on_ended(ended)),
            Received::Message(message) => match self.on_message(now, message) {
                Ok(event) => event,
                Err(fault) => self.end(now, Close::Fault(fault)),
            },
        }
    }

    fn handle_eof(&mut self, _now: Instant) -> Option<C::Event<'static>> {
        let ended = self.channel_mut().handle_eof()?;
        Some(self.on_ended(ended))
    }

    fn handle_timeout(&mut self, now: Instant) -> Option<C::Event<'static>> {
        if due(self).is_some_and(|due| now >= due)
            && let Some(reason) = self.on_due()
        {
            return self.end(now, reason);
        }
        let ended = self.channel_mut().handle_timeout(now)?;
        Some(self.on_ended(ended))
    }

    fn handle_stall(&mut self, now: Instant, direction: Direction) -> Option<C::Event<'static>> {
        let ended = self.channel_mut().handle_stall(now, direction)?;
        Some(self.on_ended(ended))
    }

    fn wants_send(&self) -> bool {
        self.channel().wants_frame() || self.channel().is_open() && self.wants_message()
    }

    fn poll_frame(&mut self, now: Instant, out: &mut [u8]) -> bool {
        // A message is as good a sign of life as a keepalive that would be due with it.
        self.channel().is_open() && self.poll_message(now, out) || self.channel_mut().poll_frame(now, out)
    }

    fn deadline(&self) -> Option<Instant> {
        earliest(self.channel().deadline(), due(self))
    }

    fn is_closed(&self) -> bool {
        self.channel().is_closed()
    }
}
