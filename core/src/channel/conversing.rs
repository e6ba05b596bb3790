//! One implementation of [`Machine`] for every conversation.

use super::lifecycle::Received;
use super::state::{Channel, Stage};
use super::{Direction, Ended, Machine};
use crate::error::Fault;
use crate::suite::Suite;
use crate::time::{Instant, earliest};
use crate::wire::{Close, Message};

/// What a conversation adds to its [`Channel`] to be a [`Machine`].
pub trait Conversing {
    /// Cipher suite of the channel.
    type Suite: Suite;
    /// Handshake stage of the channel.
    type Stage: Stage<Self::Suite>;
    /// See [`Machine::Event`].
    type Event<'f>;

    fn channel(&self) -> &Channel<Self::Suite, Self::Stage>;

    fn channel_mut(&mut self) -> &mut Channel<Self::Suite, Self::Stage>;

    /// Hands a frame to the channel, together with the state that its stage needs.
    fn receive<'f>(&mut self, now: Instant, frame: &'f mut [u8]) -> Received<'f>;

    /// Called when the handshake is over on the connecting side: the peer is authenticated.
    fn on_authenticated<'f>(&mut self) -> Option<Self::Event<'f>> {
        None
    }

    /// Handles a message on the open channel. A fault ends the conversation.
    fn on_message<'f>(
        &mut self,
        now: Instant,
        message: Message<'f>,
    ) -> Result<Option<Self::Event<'f>>, Fault>;

    /// Converts the end of the conversation into an event.
    fn on_ended<'f>(&mut self, now: Instant, ended: Ended) -> Self::Event<'f>;

    /// Deadline of the conversation's own, asked for while the channel is open.
    fn due(&self) -> Option<Instant> {
        None
    }

    /// Called at [`Conversing::due`]: the reason to end the conversation, or `None` to go on.
    fn on_due(&mut self) -> Option<Close> {
        None
    }

    /// Whether [`Conversing::emit_message`] has a message to give, asked while the channel is open.
    fn wants_message(&self) -> bool {
        false
    }

    /// Emits the next message of the conversation's own, for the channel to seal, while that is open; false if
    /// there is none.
    fn emit_message(&mut self, _now: Instant, _out: &mut [u8]) -> bool {
        false
    }

    /// See [`Machine::can_receive`].
    fn can_receive(&self) -> bool {
        !(self.channel().wants_frame() || self.channel().is_open() && self.wants_message())
    }

    /// Ends the conversation: see [`Channel::close`].
    fn end<'f>(&mut self, now: Instant, reason: Close) -> Option<Self::Event<'f>> {
        let ended = self.channel_mut().close(now, reason)?;
        Some(self.on_ended(now, ended))
    }
}

/// [`Conversing::due`] while the channel is open.
fn due(conversation: &impl Conversing) -> Option<Instant> {
    if conversation.channel().is_open() { conversation.due() } else { None }
}

impl<C: Conversing> Machine for C {
    type Event<'f> = C::Event<'f>;

    fn handle_frame<'f>(&mut self, now: Instant, frame: &'f mut [u8]) -> Option<C::Event<'f>> {
        match self.receive(now, frame) {
            Received::Nothing => None,
            Received::Authenticated => self.on_authenticated(),
            Received::Ended(ended) => Some(self.on_ended(now, ended)),
            Received::Message(message) => match self.on_message(now, message) {
                Ok(event) => event,
                Err(fault) => self.end(now, Close::Fault(fault)),
            },
        }
    }

    fn handle_eof(&mut self, now: Instant) -> Option<C::Event<'static>> {
        let ended = self.channel_mut().lifecycle.handle_eof()?;
        Some(self.on_ended(now, ended))
    }

    fn handle_timeout(&mut self, now: Instant) -> Option<C::Event<'static>> {
        if due(self).is_some_and(|due| now >= due)
            && let Some(reason) = self.on_due()
        {
            return self.end(now, reason);
        }
        let ended = self.channel_mut().lifecycle.handle_timeout(now)?;
        Some(self.on_ended(now, ended))
    }

    fn handle_stall(&mut self, now: Instant, direction: Direction) -> Option<C::Event<'static>> {
        let ended = self.channel_mut().lifecycle.handle_stall(now, direction)?;
        Some(self.on_ended(now, ended))
    }

    fn wants_send(&self) -> bool {
        self.channel().wants_frame() || self.channel().is_open() && self.wants_message()
    }

    fn can_receive(&self) -> bool {
        Conversing::can_receive(self)
    }

    fn poll_frame(&mut self, now: Instant, out: &mut [u8]) -> bool {
        // A message restarts the keepalive interval, so it goes before a keepalive that is due.
        if self.channel().is_open() && self.emit_message(now, out) {
            self.channel_mut().seal(now, out);
            return true;
        }
        self.channel_mut().poll_frame(now, out)
    }

    fn deadline(&self) -> Option<Instant> {
        earliest(self.channel().lifecycle.deadline(), due(self))
    }

    fn is_closed(&self) -> bool {
        self.channel().lifecycle.is_closed()
    }
}
