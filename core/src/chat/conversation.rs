//! An accepted chat, the same on both sides.

use crate::channel::{Channel, Conversing, Ended, Established, Received};
use crate::error::{Fault, SendError};
use crate::suite::{Sealed, Suite, Xor};
use crate::time::Instant;
use crate::wire::{ChatMessage, Close, Message, Text, Turns};

/// Machine of a chat that both sides have agreed to.
pub struct Conversation<S: Suite> {
    channel: Channel<S, Established>,
    turns: Turns,
    our_turn: bool,
    /// Whether `CallAccepted` is still to be sent.
    answer_due: bool,
}

// The handshake's memory is released when the chat begins.
const _: () = assert!(size_of::<Conversation<Sealed>>() <= 168 && size_of::<Conversation<Xor>>() <= 56);

/// Events of a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConversationEvent<'f> {
    /// A text from the peer, to be [sanitised](crate::wire::sanitise) before a terminal shows it.
    Text(&'f str),
    /// The chat is over.
    Ended(Ended),
}

impl<S: Suite> Conversation<S> {
    /// The caller writes first.
    pub(super) fn of_caller(channel: Channel<S, Established>, turns: Turns) -> Self {
        Self { channel, turns, our_turn: true, answer_due: false }
    }

    pub(super) fn of_callee(channel: Channel<S, Established>, turns: Turns) -> Self {
        Self { channel, turns, our_turn: false, answer_due: true }
    }

    /// How turns are taken in this chat.
    pub fn turns(&self) -> Turns {
        self.turns
    }

    /// Whether it is this side's turn on an open channel.
    pub fn may_write(&self) -> bool {
        self.channel.is_open() && (self.turns == Turns::Free || self.our_turn)
    }

    /// Fills the next frame to send with a text of at most [`crate::limits::TEXT_MAX`] bytes.
    ///
    /// # Errors
    ///
    /// [`SendError::NotNow`] if the channel is not open or `CallAccepted` is still to be sent,
    /// [`SendError::NotYourTurn`], [`SendError::TooLong`].
    pub fn send_text(&mut self, now: Instant, text: &str, out: &mut [u8]) -> Result<(), SendError> {
        if !self.channel.is_open() || self.answer_due {
            return Err(SendError::NotNow);
        }
        if !self.may_write() {
            return Err(SendError::NotYourTurn);
        }
        let text = Text::new(text).ok_or(SendError::TooLong)?;
        self.channel.send(now, ChatMessage::Text(text), out);
        self.our_turn = false;
        Ok(())
    }

    /// Ends the chat with [`Close::Goodbye`].
    pub fn quit(&mut self, now: Instant) -> Option<ConversationEvent<'static>> {
        self.end(now, Close::Goodbye)
    }
}

impl<S: Suite> Conversing for Conversation<S> {
    type Suite = S;
    type Stage = Established;
    type Event<'f> = ConversationEvent<'f>;

    fn channel(&self) -> &Channel<S, Established> {
        &self.channel
    }

    fn channel_mut(&mut self) -> &mut Channel<S, Established> {
        &mut self.channel
    }

    fn receive<'f>(&mut self, now: Instant, frame: &'f mut [u8]) -> Received<'f> {
        self.channel.receive(now, frame)
    }

    fn on_message<'f>(
        &mut self,
        _now: Instant,
        message: Message<'f>,
    ) -> Result<Option<ConversationEvent<'f>>, Fault> {
        let Message::Chat(ChatMessage::Text(text)) = message else { return Err(Fault::State) };
        if self.turns == Turns::Linear && self.our_turn {
            return Err(Fault::Turn);
        }
        self.our_turn = true;
        Ok(Some(ConversationEvent::Text(text.as_str())))
    }

    fn on_ended<'f>(&mut self, _now: Instant, ended: Ended) -> ConversationEvent<'f> {
        ConversationEvent::Ended(ended)
    }

    fn wants_message(&self) -> bool {
        self.answer_due
    }

    fn emit_message(&mut self, _now: Instant, out: &mut [u8]) -> bool {
        let is_due = self.answer_due;
        if is_due {
            Message::Chat(ChatMessage::CallAccepted { turns: self.turns }).emit(out);
            self.answer_due = false;
        }
        is_due
    }
}
