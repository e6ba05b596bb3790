//! A chat, from its first frame to its last, on either side.

use core::hint::black_box;
use core::mem::replace;

use p2pm_core::chat::{Callee, CalleeEvent, Caller, CallerEvent, Conversation, ConversationEvent};
use p2pm_core::door::Door;
use p2pm_core::drive::{Connection, Pumped};
use p2pm_core::suite::Suite;
use p2pm_core::wire::{Close, Turns};

use crate::outside::{address, entropy, name, now, password, show, show_text, text, unknown, wire};

/// A chat that is arranged by an `A`, and then runs.
enum Chat<S: Suite, A> {
    Arranging(A),
    Talking(Conversation<S>),
    Over,
}

impl<S: Suite, A> Chat<S, A> {
    /// Tries to turn an arrangement into a conversation.
    fn conclude(&mut self, conclude: impl FnOnce(A) -> Result<Conversation<S>, A>) {
        *self = match replace(self, Self::Over) {
            Self::Arranging(arrangement) => conclude(arrangement).map_or_else(Self::Arranging, Self::Talking),
            chat => chat,
        };
    }
}

fn turns() -> Turns {
    if unknown() { Turns::Free } else { Turns::Linear }
}

/// The caller.
pub struct Calling<S: Suite> {
    chat: Chat<S, Caller<S>>,
    connection: Connection,
}

impl<S: Suite> Calling<S> {
    pub fn new() -> Self {
        Self { chat: Chat::Over, connection: Connection::default() }
    }

    pub fn poll(&mut self) {
        let Self { chat, connection } = self;
        match chat {
            Chat::Arranging(caller) => match connection.pump(&mut wire(), caller, now(), show_caller_event) {
                Pumped::Event(true) => chat.conclude(Caller::into_conversation),
                Pumped::Closed => *chat = Chat::Over,
                _ if unknown() => _ = caller.hang_up(now()).map(show_caller_event),
                _ => _ = black_box((connection.interest(caller), connection.deadline(caller))),
            },
            Chat::Talking(conversation) => {
                if talk(conversation, connection) {
                    *chat = Chat::Over;
                }
            }
            Chat::Over => {
                *chat = Chat::Arranging(Caller::new(now(), password(), turns(), name(), entropy()));
                *connection = Connection::default();
            }
        }
    }
}

/// True when the chat begins.
fn show_caller_event(event: CallerEvent) -> bool {
    match event {
        CallerEvent::Ringing => show("ringing"),
        CallerEvent::Accepted(turns) => return black_box(turns) as u8 > 0,
        CallerEvent::Ended(ended) => show(ended),
    }
    false
}

/// The callee.
pub struct Answering<S: Suite> {
    chat: Chat<S, Callee<S>>,
    connection: Connection,
}

impl<S: Suite> Answering<S> {
    pub fn new() -> Self {
        Self { chat: Chat::Over, connection: Connection::default() }
    }

    #[allow(clippy::result_large_err, reason = "without an allocator it comes back by value")]
    pub fn poll(&mut self, door: &mut Door) {
        let Self { chat, connection } = self;
        match chat {
            Chat::Arranging(callee) => {
                let pumped = connection.pump(&mut wire(), &mut callee.at(door), now(), show_callee_event);
                let machine = callee.at(door);
                black_box((connection.interest(&machine), connection.deadline(&machine)));
                black_box((callee.is_authenticated(), callee.is_ringing()));
                match pumped {
                    Pumped::Closed => *chat = Chat::Over,
                    _ if unknown() => _ = callee.refuse(now(), Close::Refused).map(show_callee_event),
                    _ => chat.conclude(|callee| callee.accept(turns())),
                }
            }
            Chat::Talking(conversation) => {
                if talk(conversation, connection) {
                    *chat = Chat::Over;
                }
            }
            Chat::Over => {
                *chat = Chat::Arranging(Callee::new(now(), address(), entropy()));
                *connection = Connection::default();
            }
        }
    }
}

fn show_callee_event(event: CalleeEvent) {
    match event {
        CalleeEvent::Ringing { from, offer } => {
            black_box(offer);
            if let Some(name) = from {
                show(name);
            }
        }
        CalleeEvent::Ended(ended) => show(ended),
    }
}

/// Polls a chat; true once it has ended.
fn talk<S: Suite>(conversation: &mut Conversation<S>, connection: &mut Connection) -> bool {
    let pumped = connection.pump(&mut wire(), conversation, now(), show_conversation_event);
    if pumped == Pumped::Closed {
        return true;
    }
    if unknown() {
        _ = conversation.quit(now()).map(show_conversation_event);
    }
    let sent = connection.send(&mut wire(), now(), |out| conversation.send_text(now(), text(), out));
    if let Err(error) = sent {
        show(error);
    }
    black_box((conversation.turns(), conversation.may_write()));
    black_box((connection.interest(conversation), connection.deadline(conversation)));
    false
}

fn show_conversation_event(event: ConversationEvent<'_>) {
    match event {
        ConversationEvent::Text(text) => show_text(text),
        ConversationEvent::Ended(ended) => show(ended),
    }
}
