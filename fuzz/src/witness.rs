//! Driver of a machine that keeps the shell's rules and checks that the machine keeps its own.

use std::time::Duration;

use arbitrary::Arbitrary;
use p2pm_core::channel::{Direction, Ended, Machine};
use p2pm_core::chat::{CalleeEvent, CallerEvent, ConversationEvent};
use p2pm_core::community::{ClientEvent, SessionEvent};
use p2pm_core::suite::Suite;
use p2pm_core::time::Instant;
use p2pm_core::transfer::{ReceiverEvent, SenderEvent};
use p2pm_core::wire::{EMPTY_FRAME, Frame, MAGIC, Message, Service, SuiteId};

use crate::speech::{Said, Speech};
use crate::stage::StageEvent;
use crate::voice::Voice;
use crate::watched::plain_form;

/// Operation on a machine.
#[derive(Arbitrary, Debug)]
pub enum Act<'a> {
    /// The whole handshake, if the peer has sent nothing so far.
    Greet,
    /// The peer sends a frame.
    Hear(Said<'a>),
    /// The peer sends a frame, and takes the whole answer.
    Ask(Said<'a>),
    /// The machine is asked for a frame.
    Poll,
    /// Time passes, in quarters of a second.
    Pause(u8),
    /// The machine is told the time, whether or not a timer is due.
    Tick,
    /// Time passes until the machine's deadline, if it has one.
    Sleep,
    /// A frame takes too long to cross.
    Stall {
        /// The machine's frame, else the peer's.
        sending: bool,
    },
    /// The stream ends.
    Eof,
}

/// An event that may be the end.
pub trait Ending {
    /// Whether the conversation has ended with it.
    fn is_end(&self) -> bool;
}

/// Watches one connection of a machine of suite `S`, and the machine that it may turn into.
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
    /// Performs an operation, and hands its event to `on_event`.
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
            if !machine.can_receive() {
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

    /// Before the last frame of a handshake there is no event, and then only if that frame is the peer's.
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
        // The connecting side sends first.
        let proof = if self.has_spoken { Speech::Welcome } else { Speech::Credentials };
        let mut hello = self.peer.say(&Said::Message(Speech::Hello), service);
        self.hear(machine, now, &mut hello, |_| panic!("it heard no more than a Hello"));
        self.poll(machine, now);
        let mut proof = self.peer.say(&Said::Message(proof), service);
        self.hear(machine, now, &mut proof, on_event)
    }

    /// Hands a frame to the machine, unless it cannot receive one now.
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
        if !machine.can_receive() {
            return None;
        }
        let result = self.tell(machine.handle_frame(now, frame), on_event);
        self.check(machine);
        result
    }

    /// The machine's next frame as sent.
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

    /// Records a frame of the machine's, sent by itself or on a command.
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

    /// Records an event, and hands it to `on_event`.
    pub fn tell<E: Ending, R>(&mut self, event: Option<E>, on_event: impl FnOnce(E) -> R) -> Option<R> {
        let event = event?;
        assert!(!self.has_ended, "something happens after the end");
        self.has_ended = event.is_end();
        Some(on_event(event))
    }

    /// Invariants of every machine.
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

    /// The peer.
    pub fn voice(&mut self) -> &mut Voice<S> {
        &mut self.peer
    }

    /// Whether the machine has reported its end.
    pub fn has_ended(&self) -> bool {
        self.has_ended
    }
}

/// Whether the sealed suite may send it before it has keys.
fn is_of_handshake(message: &Message<'_>) -> bool {
    matches!(message, Message::Credentials(_) | Message::Welcome(_) | Message::Close(_))
}

/// Waits for the deadline, which must have an effect: a shell would otherwise wake again and again.
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

impl Ending for StageEvent<'_> {
    fn is_end(&self) -> bool {
        self.ended().is_some()
    }
}

impl Ending for Ended {
    fn is_end(&self) -> bool {
        true
    }
}

impl Ending for ReceiverEvent {
    fn is_end(&self) -> bool {
        matches!(self, Self::Ended(_))
    }
}

/// Once the stream is stored, the sender has nothing more to tell.
impl Ending for SenderEvent {
    fn is_end(&self) -> bool {
        matches!(self, Self::Stored | Self::Ended(_))
    }
}

impl Ending for ConversationEvent<'_> {
    fn is_end(&self) -> bool {
        matches!(self, Self::Ended(_))
    }
}
