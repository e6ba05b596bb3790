//! One side of an accepted chat: sends random texts, and remembers all texts.

use p2pm_core::chat::{Conversation, ConversationEvent};
use p2pm_core::drive::Pumped;
use p2pm_core::error::SendError;
use p2pm_core::limits::TEXT_MAX;
use p2pm_core::suite::Suite;
use p2pm_core::time::Instant;
use p2pm_core::wire::{ChatMessage, Message, Turns};
use p2pm_transcript::Action;

use crate::random::Random;
use crate::simulation::link::{Link, Side};
use crate::simulation::port::Port;
use crate::simulation::tap::Record;

pub struct Talk<S: Suite> {
    pub conversation: Conversation<S>,
    side: Side,
    pub sent: Vec<String>,
    pub received: Vec<String>,
    /// The caller knows that the chat has begun.
    begun: bool,
}

impl<S: Suite> Talk<S> {
    pub fn new(conversation: Conversation<S>, side: Side) -> Self {
        Self { conversation, side, sent: Vec::new(), received: Vec::new(), begun: side == Side::Connecting }
    }

    pub fn pump(&mut self, port: &mut Port, link: &mut Link, now: Instant) {
        let text = |event: ConversationEvent<'_>| match event {
            ConversationEvent::Text(text) => Some(text.to_owned()),
            ConversationEvent::Ended(_) => None,
        };
        if let Pumped::Event(Some(text)) = port.pump(link, &mut self.conversation, now, text) {
            assert!(!self.is_linear() || !self.has_turn(), "a text out of turn came through");
            self.received.push(text);
        }
    }

    /// Checks the frames that were sent.
    pub fn watch(&mut self, records: &[Record]) {
        self.begun |= records.iter().any(|record| {
            record.emitted
                && matches!(
                    Message::parse(&*record.plain),
                    Ok(Message::Chat(ChatMessage::CallAccepted { .. }))
                )
        });
    }

    pub fn act(&mut self, port: &mut Port, link: &mut Link, now: Instant, random: &mut Random) {
        if random.chance(6) {
            self.quit(port, now);
        } else {
            self.write(port, link, now, &any_text(random));
        }
    }

    pub fn quit(&mut self, port: &mut Port, now: Instant) {
        let event = self.conversation.quit(now);
        assert_eq!(event.is_some(), port.ended().is_none(), "one can quit once");
        port.heard(now, &Action::Quit, event.as_ref());
    }

    fn write(&mut self, port: &mut Port, link: &mut Link, now: Instant, text: &str) {
        if port.is_dropped() {
            return;
        }
        let open = port.ended().is_none();
        let turn = !self.is_linear() || self.has_turn();
        assert_eq!(self.conversation.may_write(), open && turn);
        let conversation = &mut self.conversation;
        match port.send(link, now, &Action::Text(text), |out| conversation.send_text(now, text, out)) {
            Ok(()) => {
                assert!(open && turn && self.begun && text.len() <= TEXT_MAX, "sent though it must not be");
                self.sent.push(text.to_owned());
            }
            Err(SendError::NotNow) => assert!(!open || !self.begun, "refused for no reason"),
            Err(SendError::NotYourTurn) => assert!(!turn, "not our turn for no reason"),
            Err(SendError::TooLong) => assert!(text.len() > TEXT_MAX, "too long for no reason"),
            Err(SendError::Busy) => {}
        }
    }

    fn is_linear(&self) -> bool {
        self.conversation.turns() == Turns::Linear
    }

    /// The caller writes first, and each side again after it has received a text.
    fn has_turn(&self) -> bool {
        let first = usize::from(self.side == Side::Connecting);
        self.sent.len() < self.received.len() + first
    }
}

/// Text with white space, multi-byte characters, and sometimes one byte more than fits.
fn any_text(random: &mut Random) -> String {
    let most = random.pick(&[5, 40, 40, TEXT_MAX]);
    let any = random.between(0..=most);
    let len = random.pick(&[0, 1, TEXT_MAX, TEXT_MAX + 1, any, any, any]);
    let mut text = String::new();
    while text.len() < len {
        let room = len - text.len();
        let next = random.pick(&['a', 'A', ' ', '\n', '\t', '\0', '\u{1b}', 'é', '✓', '🦀']);
        text.push(if next.len_utf8() <= room { next } else { '.' });
    }
    text
}
