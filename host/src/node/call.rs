//! Calls of the first generation, by a `client`: who calls is somebody without a key, as long as the call lasts.

use std::collections::VecDeque;
use std::fmt;

use p2pm_core::channel::{Direction, Ended, Machine};
use p2pm_core::chat::{CalleeEvent, Conversation, ConversationEvent};
use p2pm_core::limits::TEXT_MAX;
use p2pm_core::node::CallAnswer;
use p2pm_core::time::Instant;
use p2pm_core::wire::{Close, Name, Turns};

use super::connection::{Connection, Peer, Stage};
use super::serve::{NOT_ACCEPTED, change_stage};
use super::{Answer, ErrorKind, KnownPerson, News, NodeServer, Person, Trust};
use crate::reactor::Key;
use crate::suite::Sealed;

/// Calls at a time.
const CALLS_MAX: usize = 16;
/// Texts that wait until it is this side's turn.
const WAITING_MAX: usize = 16;

/// Somebody who calls.
pub(super) struct Caller {
    /// From 1, in each run of the node.
    number: u64,
    key: Key,
    name: Option<Name>,
}

/// Why a text is not said to a caller.
#[derive(Debug)]
pub(super) enum CallError {
    /// The call is not accepted, or over.
    NotAccepted,
    /// It is longer than [`TEXT_MAX`] bytes.
    TooLong,
    /// [`WAITING_MAX`] texts wait already.
    TooMany,
}

/// A chat with somebody who has called, and what is to be said in it. A [`Machine`].
pub struct Chat {
    conversation: Conversation<Sealed>,
    waiting: VecDeque<Waiting>,
    /// Number of the last text that was sent, until it is told.
    sent: Option<u32>,
}

/// Events of a chat, without their frame.
pub(super) enum ChatEvent {
    Text(String),
    Ended(Ended),
}

struct Waiting {
    message: u32,
    text: String,
}

impl Caller {
    fn person(&self) -> Person {
        Person { name: self.name.as_ref().map(|name| name.as_str().to_owned()), tag: self.tag() }
    }

    fn tag(&self) -> String {
        format!("call-{}", self.number)
    }

    /// Whether this is the name that the caller gives, or the tag.
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.name.as_ref().is_some_and(|it| it.as_str() == name) || self.tag() == name
    }
}

impl Chat {
    fn new(conversation: Conversation<Sealed>) -> Self {
        Self { conversation, waiting: VecDeque::new(), sent: None }
    }

    /// Says a text as soon as it is this side's turn.
    fn say(&mut self, message: u32, text: &str) -> Result<(), CallError> {
        if text.len() > TEXT_MAX {
            return Err(CallError::TooLong);
        }
        if self.waiting.len() == WAITING_MAX {
            return Err(CallError::TooMany);
        }
        self.waiting.push_back(Waiting { message, text: text.to_owned() });
        Ok(())
    }

    pub(super) fn quit(&mut self, now: Instant) {
        let _ = self.conversation.quit(now);
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAccepted => f.write_str("this caller is not accepted"),
            Self::TooLong => write!(f, "a call takes at most {TEXT_MAX} bytes"),
            Self::TooMany => {
                f.write_str("it is the caller's turn, and too many texts wait for the end of it")
            }
        }
    }
}

impl From<CallError> for Answer {
    fn from(error: CallError) -> Self {
        let kind = match error {
            CallError::NotAccepted => ErrorKind::NotAccepted,
            CallError::TooLong => ErrorKind::TooLong,
            CallError::TooMany => ErrorKind::Unavailable,
        };
        Self::error(kind, error.to_string())
    }
}

impl From<ConversationEvent<'_>> for ChatEvent {
    fn from(event: ConversationEvent<'_>) -> Self {
        match event {
            ConversationEvent::Text(text) => Self::Text(text.to_owned()),
            ConversationEvent::Ended(ended) => Self::Ended(ended),
        }
    }
}

impl Machine for Chat {
    type Event<'f> = ConversationEvent<'f>;

    fn handle_frame<'f>(&mut self, now: Instant, frame: &'f mut [u8]) -> Option<ConversationEvent<'f>> {
        self.conversation.handle_frame(now, frame)
    }

    fn handle_eof(&mut self, now: Instant) -> Option<ConversationEvent<'static>> {
        self.conversation.handle_eof(now)
    }

    fn handle_timeout(&mut self, now: Instant) -> Option<ConversationEvent<'static>> {
        self.conversation.handle_timeout(now)
    }

    fn handle_stall(&mut self, now: Instant, direction: Direction) -> Option<ConversationEvent<'static>> {
        self.conversation.handle_stall(now, direction)
    }

    fn wants_send(&self) -> bool {
        self.conversation.wants_send() || self.conversation.may_write() && !self.waiting.is_empty()
    }

    fn can_receive(&self) -> bool {
        self.conversation.can_receive()
    }

    fn poll_frame(&mut self, now: Instant, out: &mut [u8]) -> bool {
        // The answer to the call goes first.
        if let Some(Waiting { message, text }) = self.waiting.front()
            && self.conversation.send_text(now, text, out).is_ok()
        {
            self.sent = Some(*message);
            self.waiting.pop_front();
            return true;
        }
        self.conversation.poll_frame(now, out)
    }

    fn deadline(&self) -> Option<Instant> {
        self.conversation.deadline()
    }

    fn is_closed(&self) -> bool {
        self.conversation.is_closed()
    }
}

impl NodeServer {
    pub(super) fn call_event(&mut self, now: Instant, key: Key, event: CalleeEvent) {
        match event {
            CalleeEvent::Ringing { from: name, .. } => {
                self.calls += 1;
                self.ring(now, Caller { number: self.calls, key, name });
            }
            CalleeEvent::Ended(ended) => self.call_ended(key, ended),
        }
    }

    fn ring(&mut self, now: Instant, caller: Caller) {
        let (key, who) = (caller.key, caller.person());
        let bearer = caller.name.as_ref().and_then(|name| self.node.bearer(name, None));
        if self.callers.len() == CALLS_MAX {
            return self.refuse_call(now, key, Close::Busy);
        }
        let answer = self.node.call_answer();
        if answer == CallAnswer::Refuse {
            return self.refuse_call(now, key, Close::Refused);
        }
        self.callers.push(caller);
        if let Some(bearer) = bearer {
            self.tell_name_taken(who.clone(), bearer);
        }
        match answer {
            CallAnswer::Accept => self.accept_call(key),
            _ => self.journal.tell(News::Asks { who }),
        }
    }

    fn accept_call(&mut self, key: Key) {
        let mut is_accepted = false;
        change_stage(&mut self.reactor, key, |stage| match stage {
            Stage::Called(callee) => match callee.accept(Turns::Free) {
                Ok(conversation) => {
                    is_accepted = true;
                    Stage::Chat(Box::new(Chat::new(conversation)))
                }
                Err(callee) => Stage::Called(Box::new(callee)),
            },
            stage => stage,
        });
        if is_accepted && let Some(who) = self.caller_on(key) {
            self.journal.tell(News::Came { who });
            self.reactor.enqueue(key);
        }
    }

    fn refuse_call(&mut self, now: Instant, key: Key, reason: Close) {
        if let Some(Connection::Peer(peer)) = self.reactor.get_mut(key) {
            peer.refuse_call(now, reason);
            self.reactor.enqueue(key);
        }
        self.forget_call(key, NOT_ACCEPTED);
    }

    /// What the user has decided on a caller.
    pub(super) fn answer_call(&mut self, now: Instant, index: usize, is_accepted: bool) -> Answer {
        let Some(key) = self.callers.get(index).map(|caller| caller.key) else { return Answer::Done };
        if is_accepted {
            self.accept_call(key);
        } else {
            self.refuse_call(now, key, Close::Refused);
        }
        Answer::Done
    }

    /// Callers with this name or tag, by their index.
    pub(super) fn callers_called(&self, name: &str) -> impl Iterator<Item = usize> {
        self.callers
            .iter()
            .enumerate()
            .filter(move |(_, caller)| caller.is_called(name))
            .map(|(index, _)| index)
    }

    /// A caller, as news and answers name it.
    pub(super) fn caller(&self, index: usize) -> Option<Person> {
        self.callers.get(index).map(Caller::person)
    }

    /// The caller on a connection.
    fn caller_on(&self, key: Key) -> Option<Person> {
        self.callers.iter().find(|caller| caller.key == key).map(Caller::person)
    }

    fn peer(&self, key: Key) -> Option<&Peer> {
        match self.reactor.get(key) {
            Some(Connection::Peer(peer)) => Some(peer),
            _ => None,
        }
    }

    fn chat_mut(&mut self, key: Key) -> Option<&mut Chat> {
        match self.reactor.get_mut(key) {
            Some(Connection::Peer(peer)) => peer.chat_mut(),
            _ => None,
        }
    }

    /// Callers who were accepted, by their index.
    pub(super) fn talking_callers(&self) -> Vec<usize> {
        (0..self.callers.len()).filter(|index| self.is_talking(*index)).collect()
    }

    /// Whether a caller was accepted.
    pub(super) fn is_talking(&self, index: usize) -> bool {
        let peer = self.callers.get(index).and_then(|caller| self.peer(caller.key));
        peer.is_some_and(Peer::is_chat)
    }

    /// Number of the next text to callers alone. A chat has none for its texts.
    pub(super) fn next_text_to_callers(&mut self) -> u32 {
        self.texts_to_callers = self.texts_to_callers.wrapping_add(1);
        self.texts_to_callers
    }

    /// Says a text to a caller.
    pub(super) fn say_to_caller(&mut self, index: usize, message: u32, text: &str) -> Result<(), CallError> {
        let key = self.callers.get(index).ok_or(CallError::NotAccepted)?.key;
        self.chat_mut(key).ok_or(CallError::NotAccepted)?.say(message, text)?;
        self.reactor.enqueue(key);
        Ok(())
    }

    pub(super) fn chat_event(&mut self, key: Key, event: ChatEvent) {
        match event {
            ChatEvent::Text(text) => self.text_of_caller(key, text),
            ChatEvent::Ended(ended) => self.call_ended(key, ended),
        }
    }

    fn text_of_caller(&mut self, key: Key, text: String) {
        if let Some(from) = self.caller_on(key) {
            let circle = self.circles.are_several().then(|| self.circles.first().to_owned());
            self.journal.tell(News::Said { from, to_all: false, circle, text, missed: false });
        }
    }

    /// Tells that texts to a caller were sent, as far as they were.
    pub(super) fn tell_sent(&mut self, key: Key) {
        if let Some(message) = self.chat_mut(key).and_then(|chat| chat.sent.take())
            && let Some(to) = self.caller_on(key)
        {
            self.journal.tell(News::Sent { message, to });
        }
    }

    fn call_ended(&mut self, key: Key, ended: Ended) {
        self.forget_call(key, &ended.reason().to_string());
    }

    /// The connection of a call is over.
    pub(super) fn forget_call(&mut self, key: Key, why: &str) {
        let Some(index) = self.callers.iter().position(|caller| caller.key == key) else { return };
        let who = self.callers.remove(index).person();
        if let Some(message) = self.chat_mut(key).and_then(|chat| chat.waiting.back()).map(|it| it.message) {
            self.journal.tell(News::Failed { message, to: who.clone() });
        }
        self.journal.tell(News::Left { who, why: why.to_owned() });
    }

    /// The callers, as the answer `who` has them.
    pub(super) fn known_callers(&self) -> Vec<KnownPerson> {
        let circle = self.circles.first().to_owned();
        let known = |caller: &Caller| {
            let peer = self.peer(caller.key)?;
            let (address, here) = (Some(peer.address.to_string()), peer.is_chat());
            let trust = if here { Trust::Accepted } else { Trust::Asks };
            let (who, circle) = (caller.person(), circle.clone());
            Some(KnownPerson { who, here, trust, takes_files: false, address, circle })
        };
        self.callers.iter().filter_map(known).collect()
    }
}
