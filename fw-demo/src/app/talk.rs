//! An accepted chat.

use heapless::String;
use p2pm_core::channel::Ended;
use p2pm_core::chat::{Conversation, ConversationEvent};
use p2pm_core::drive::Pumped;
use p2pm_core::limits::TEXT_MAX;
use p2pm_core::suite::Suite;
use p2pm_core::time::Instant;
use p2pm_core::wire::sanitise;

use super::peer::{Ear, Peer};
use super::{Board, Clock, Console, Line, Platform, Polled, Terminal};

/// Source of the device's texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// The console: every line is a text, and `quit` ends the chat.
    Console,
    /// Echo: every text is sent back.
    Echo,
}

pub(super) struct Talk<S: Suite, P: Platform> {
    peer: Peer<P>,
    conversation: Conversation<S>,
    voice: Voice,
    unsent: Unsent,
    ended: Option<Ended>,
}

/// Text or goodbye to be sent as soon as possible.
enum Unsent {
    Nothing,
    Text(String<TEXT_MAX>),
    Goodbye,
}

impl<S: Suite, P: Platform> Talk<S, P> {
    pub(super) fn new(peer: Peer<P>, conversation: Conversation<S>, voice: Voice) -> Self {
        Self { peer, conversation, voice, unsent: Unsent::Nothing, ended: None }
    }

    pub(super) fn poll(&mut self, board: &mut Board<P>) -> Polled {
        let now = board.clock.now();
        let has_spoken = self.speak(board, now);
        let Board { network, console, .. } = board;
        // Backpressure: no text is read before the last one is sent back.
        let ear = match (self.voice, &self.unsent) {
            (Voice::Echo, Unsent::Text(_)) => Ear::Shut,
            _ => Ear::Open,
        };
        let Self { peer, conversation, voice, unsent, .. } = self;
        let pumped = peer.poll_with(ear, network, conversation, now, |event| match event {
            ConversationEvent::Ended(ended) => Some(ended),
            ConversationEvent::Text(text) => {
                hear(*voice, text, unsent, console);
                None
            }
        });
        match pumped {
            Pumped::Event(Some(ended)) => self.end(board, ended),
            Pumped::Closed => Polled::Over(self.ended.unwrap_or(Ended::Lost).into()),
            Pumped::Blocked if !has_spoken => Polled::Idle,
            Pumped::Event(None) | Pumped::Again | Pumped::Blocked => Polled::Again,
        }
    }

    /// Whether it has ended, although the peer may still have to hang up.
    pub(super) fn has_ended(&self) -> bool {
        self.ended.is_some()
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.peer.deadline()
    }

    /// Ends the chat with a goodbye.
    pub(super) fn quit(&mut self, board: &mut Board<P>) {
        if let Some(ConversationEvent::Ended(ended)) = self.conversation.quit(board.clock.now()) {
            self.end(board, ended);
        }
    }

    fn end(&mut self, board: &mut Board<P>, ended: Ended) -> Polled {
        board.console.say(format_args!("chat over: {ended}"));
        self.ended = Some(ended);
        self.unsent = Unsent::Nothing;
        Polled::Again
    }

    /// Sends what is due, if that is possible now; true if something was sent.
    #[inline(never)] // it has a line on the stack, which should not be there while the peer is read
    fn speak(&mut self, board: &mut Board<P>, now: Instant) -> bool {
        if self.has_ended() {
            return false;
        }
        if let (Voice::Console, Unsent::Nothing) = (self.voice, &self.unsent) {
            match board.console.next_line() {
                Some(Line::Text(line)) if line == "quit" => {
                    self.quit(board);
                    return true;
                }
                Some(Line::Text(line)) => self.unsent = Unsent::Text(line),
                // A goodbye waits for the turn, so that the last answer is still shown.
                Some(Line::End) => self.unsent = Unsent::Goodbye,
                None => return false,
            }
        }
        match &self.unsent {
            Unsent::Text(text) => {
                let conversation = &mut self.conversation;
                let sent =
                    self.peer.send(&mut board.network, now, |out| conversation.send_text(now, text, out));
                if sent.is_ok() {
                    self.unsent = Unsent::Nothing;
                }
                sent.is_ok()
            }
            Unsent::Goodbye if self.conversation.may_write() => {
                self.quit(board);
                true
            }
            Unsent::Goodbye | Unsent::Nothing => false,
        }
    }
}

/// Handles a text of the peer's: shows it, or sends it back.
fn hear<T: Terminal>(voice: Voice, text: &str, unsent: &mut Unsent, console: &mut Console<T>) {
    match voice {
        Voice::Console => console.say(format_args!("THEM: {}", sanitise(text))),
        // A received text fits.
        Voice::Echo => *unsent = String::try_from(text).map_or(Unsent::Nothing, Unsent::Text),
    }
}
