//! An accepted chat, the same on both sides.

use crate::channel::{Channel, Direction, Ended, Established, Machine, Received};
use crate::error::{Fault, SendError};
use crate::suite::{Suite, Xor};
use crate::time::Instant;
use crate::wire::{Close, Frame, Message, Text, Turns};

/// A private chat that both sides have agreed to.
pub struct Conversation<S: Suite> {
    channel: Channel<S, Established>,
    turns: Turns,
    our_turn: bool,
    /// Whether the caller is still to be told that we accept.
    answer_due: bool,
}

// All that stays of a chat once the handshake is over: it does not carry the handshake's memory along.
const _: () = assert!(size_of::<Conversation<Xor>>() <= 64);

/// What one side of a chat hears of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConversationEvent<'f> {
    /// The peer wrote this. It is not yet safe for a terminal.
    Text(&'f str),
    /// The chat is over.
    Ended(Ended),
}

impl<S: Suite> Conversation<S> {
    /// The requester writes first.
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

    /// Whether this side may write now.
    pub fn may_write(&self) -> bool {
        self.channel.is_open() && (self.turns == Turns::Free || self.our_turn)
    }

    /// Fills the next frame to send with a message of at most [`crate::limits::TEXT_MAX`] bytes.
    pub fn send_text(&mut self, now: Instant, text: &str, out: &mut Frame) -> Result<(), SendError> {
        if !self.channel.is_open() || self.answer_due {
            return Err(SendError::NotNow);
        }
        if !self.may_write() {
            return Err(SendError::NotYourTurn);
        }
        let text = Text::new(text).ok_or(SendError::TooLong)?;
        self.channel.send(now, &Message::Text(text), out);
        self.our_turn = false;
        Ok(())
    }

    /// Ends the chat. The peer is told.
    pub fn quit(&mut self, now: Instant) -> Option<ConversationEvent<'static>> {
        self.channel.close(now, Close::Goodbye).map(ConversationEvent::Ended)
    }

    fn wants_answer(&self) -> bool {
        self.answer_due && self.channel.is_open()
    }
}

impl<S: Suite> Machine for Conversation<S> {
    type Event<'f> = ConversationEvent<'f>;

    fn handle_frame<'f>(&mut self, now: Instant, frame: &'f mut Frame) -> Option<ConversationEvent<'f>> {
        let fault = match self.channel.receive(now, frame) {
            Received::Nothing | Received::Authenticated => return None,
            Received::Ended(ended) => return Some(ConversationEvent::Ended(ended)),
            Received::Message(Message::Text(_)) if self.turns == Turns::Linear && self.our_turn => {
                Fault::Turn
            }
            Received::Message(Message::Text(text)) => {
                self.our_turn = true;
                return Some(ConversationEvent::Text(text.as_str()));
            }
            Received::Message(_) => Fault::State,
        };
        self.channel.close(now, Close::Fault(fault)).map(ConversationEvent::Ended)
    }

    fn handle_eof(&mut self, _now: Instant) -> Option<ConversationEvent<'static>> {
        self.channel.handle_eof().map(ConversationEvent::Ended)
    }

    fn handle_timeout(&mut self, now: Instant) -> Option<ConversationEvent<'static>> {
        self.channel.handle_timeout(now).map(ConversationEvent::Ended)
    }

    fn handle_stall(&mut self, now: Instant, direction: Direction) -> Option<ConversationEvent<'static>> {
        self.channel.handle_stall(now, direction).map(ConversationEvent::Ended)
    }

    fn wants_send(&self) -> bool {
        self.channel.wants_control() || self.wants_answer()
    }

    fn poll_frame(&mut self, now: Instant, out: &mut Frame) -> bool {
        // A caller need not wait for the answer behind a keepalive.
        if self.wants_answer() {
            self.channel.send(now, &Message::CallAccepted { turns: self.turns }, out);
            self.answer_due = false;
            return true;
        }
        self.channel.poll_control(now, out)
    }

    fn deadline(&self) -> Option<Instant> {
        self.channel.deadline()
    }

    fn is_closed(&self) -> bool {
        self.channel.is_closed()
    }
}
