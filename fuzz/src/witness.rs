//! Whoever drives a machine by the rules, and sees to it that the machine keeps to its own.

use std::time::Duration;

use arbitrary::Arbitrary;
use p2pm_core::channel::{Direction, Machine};
use p2pm_core::chat::{CalleeEvent, CallerEvent, ConversationEvent};
use p2pm_core::community::{ClientEvent, SessionEvent};
use p2pm_core::suite::Suite;
use p2pm_core::time::Instant;
use p2pm_core::wire::{EMPTY_FRAME, Frame, MAGIC, Message, Service, SuiteId};

use crate::speech::{Said, Speech};
use crate::voice::Voice;
use crate::watched::plain_form;

/// What happens to a machine.
#[derive(Arbitrary, Debug)]
pub enum Act<'a> {
    /// The whole handshake as it should be, if the peer has said nothing so far.
    Greet,
    /// Its peer says something.
    Hear(Said<'a>),
    /// Its peer says something, and hears all of the answer.
    Ask(Said<'a>),
    /// It is asked for a frame.
    Poll,
    /// Time passes, in quarters of a second.
    Pause(u8),
    /// It is told the time, whether or not that is of any use.
    Tick,
    /// Nothing happens until its deadline, if it has one.
    Sleep,
    /// A frame has been under way for too long.
    Stall {
        /// One of its own, or else the peer's.
        sending: bool,
    },
    /// The stream ends.
    Eof,
}

/// An event that may be the end.
pub trait Ending {
    /// Whether the conversation is over with it.
    fn is_end(&self) -> bool;
}

/// Watches one connection of one machine of suite `S`, watched, or of one machine and the one it turns into.
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Witness<S: Suite> {
    peer: Voice<S>,
    has_spoken: bool,
    has_ended: bool,
    has_said_goodbye: bool,
    was_closed: bool,
}

impl<S: Suite> Default for Witness<S> {
    fn default() -> Self {
        Self {
            peer: Voice::default(),
            has_spoken: false,
            has_ended: false,
            has_said_goodbye: false,
            was_closed: false,
        }
    }
}

impl<S: Suite> Witness<S> {
    /// Lets something happen to the machine, and tells `on_event` what comes of it.
    pub fn act<M: Machine, R>(
        &mut self,
        machine: &mut M,
        now: &mut Instant,
        service: Service,
        act: &Act<'_>,
        on_event: impl FnOnce(M::Event<'_>) -> R,
    ) -> Option<R>
    where
        for<'f> M::Event<'f>: Ending,
    {
        if let Act::Greet = act {
            return self.greet(machine, *now, service, on_event);
        }
        if let Act::Hear(said) | Act::Ask(said) = act {
            if machine.wants_send() {
                return None;
            }
            let mut frame = self.peer.say(said, service);
            let result = self.hear(machine, *now, &mut frame, on_event);
            while matches!(act, Act::Ask(_)) && self.poll(machine, *now).is_some() {}
            return result;
        }
        let event = match act {
            Act::Greet | Act::Hear(_) | Act::Ask(_) => None,
            Act::Poll => {
                self.poll(machine, *now);
                None
            }
            Act::Pause(quarters) => {
                *now = *now + Duration::from_millis(250) * u32::from(*quarters);
                None
            }
            Act::Tick => machine.handle_timeout(*now),
            Act::Sleep => sleep(machine, now),
            Act::Stall { sending: true } => machine.handle_stall(*now, Direction::Sending),
            Act::Stall { sending: false } => machine.handle_stall(*now, Direction::Receiving),
            Act::Eof => machine.handle_eof(*now),
        };
        let result = self.tell(event, on_event);
        self.check(machine);
        result
    }

    /// Nothing happens before the last frame of a handshake, and then only where that is the peer's.
    fn greet<M: Machine, R>(
        &mut self,
        machine: &mut M,
        now: Instant,
        service: Service,
        on_event: impl FnOnce(M::Event<'_>) -> R,
    ) -> Option<R>
    where
        for<'f> M::Event<'f>: Ending,
    {
        if self.peer.has_spoken() || self.has_ended {
            return None;
        }
        self.poll(machine, now);
        // Who connects has spoken first.
        let proof = if self.has_spoken { Speech::Welcome } else { Speech::Credentials };
        let mut hello = self.peer.say(&Said::Message(Speech::Hello), service);
        self.hear(machine, now, &mut hello, |_| panic!("it heard no more than a Hello"));
        self.poll(machine, now);
        let mut proof = self.peer.say(&Said::Message(proof), service);
        self.hear(machine, now, &mut proof, on_event)
    }

    /// Hands a frame to the machine unless it has something to say: then it is not to be spoken to.
    pub fn hear<M: Machine, R>(
        &mut self,
        machine: &mut M,
        now: Instant,
        frame: &mut Frame,
        on_event: impl FnOnce(M::Event<'_>) -> R,
    ) -> Option<R>
    where
        for<'f> M::Event<'f>: Ending,
    {
        if machine.wants_send() {
            return None;
        }
        let result = self.tell(machine.handle_frame(now, frame), on_event);
        self.check(machine);
        result
    }

    /// What the machine has to say, as it travels.
    pub fn poll<M: Machine>(&mut self, machine: &mut M, now: Instant) -> Option<Frame> {
        let mut frame = EMPTY_FRAME;
        let wants = machine.wants_send();
        let speaks = machine.poll_frame(now, &mut frame);
        assert_eq!(wants, speaks, "it says that it wants to send, and does not, or the reverse");
        if speaks {
            self.check_frame(&frame);
            assert!(!self.was_closed, "it is closed, and says something");
        }
        self.check(machine);
        speaks.then_some(frame)
    }

    /// Takes note of a frame that the machine has given, by itself or on a command.
    pub fn check_frame(&mut self, frame: &Frame) {
        let is_first = !std::mem::replace(&mut self.has_spoken, true);
        let plain = plain_form(frame);
        let message = Message::parse(&plain).expect("what it says is a message");
        let may_be_clear = is_first || S::ID == SuiteId::Sealed && is_of_handshake(&message);
        assert!(may_be_clear || !frame.starts_with(&MAGIC), "it says in the clear: {message:?}");
        assert!(!self.has_said_goodbye, "it goes on after its Close: {message:?}");
        self.peer.hear(&message);
        self.has_said_goodbye = matches!(message, Message::Close(_));
        assert!(self.has_said_goodbye || !self.has_ended, "it has ended, and says {message:?}");
    }

    /// Takes note of what came of something, and tells `on_event`.
    pub fn tell<E: Ending, R>(&mut self, event: Option<E>, on_event: impl FnOnce(E) -> R) -> Option<R> {
        let event = event?;
        assert!(!self.has_ended, "something happens after the end");
        self.has_ended = event.is_end();
        Some(on_event(event))
    }

    /// What is true of every machine at any time.
    pub fn check(&mut self, machine: &impl Machine) {
        assert!(!self.was_closed || machine.is_closed(), "it has come back to life");
        self.was_closed = machine.is_closed();
        if self.was_closed {
            assert!(self.has_ended, "it is closed, and has not said why");
            assert!(!machine.wants_send(), "it is closed, and wants to send");
            assert_eq!(machine.deadline(), None, "it is closed, and waits for something");
        }
        assert!(self.was_closed || machine.deadline().is_some(), "it may wait for ever");
    }

    /// Whether the machine has said that it is over.
    pub fn has_ended(&self) -> bool {
        self.has_ended
    }
}

/// Whether the sealed suite may send it before there are keys.
fn is_of_handshake(message: &Message<'_>) -> bool {
    matches!(message, Message::Credentials(_) | Message::Welcome(_) | Message::Close(_))
}

/// Waits for the deadline, which must lead to something: a shell would otherwise wake in circles.
fn sleep<M: Machine>(machine: &mut M, now: &mut Instant) -> Option<M::Event<'static>> {
    let deadline = machine.deadline()?;
    *now = (*now).max(deadline);
    let event = machine.handle_timeout(*now);
    let waits = machine.deadline().is_none_or(|deadline| deadline > *now);
    assert!(event.is_some() || waits || machine.wants_send(), "its deadline leads to nothing");
    event
}

impl Ending for ClientEvent<'_> {
    fn is_end(&self) -> bool {
        matches!(self, Self::Ended(_))
    }
}

impl Ending for SessionEvent {
    fn is_end(&self) -> bool {
        matches!(self, Self::Ended { .. })
    }
}

impl Ending for CallerEvent {
    fn is_end(&self) -> bool {
        matches!(self, Self::Ended(_))
    }
}

impl Ending for CalleeEvent {
    fn is_end(&self) -> bool {
        matches!(self, Self::Ended(_))
    }
}

impl Ending for ConversationEvent<'_> {
    fn is_end(&self) -> bool {
        matches!(self, Self::Ended(_))
    }
}
