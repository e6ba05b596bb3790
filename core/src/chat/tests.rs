//! Both sides of a chat against each other.

use core::time::Duration;

use super::*;
use crate::channel::tests::{HERE, NOW, entropy, pass};
use crate::channel::{Acceptor, AcceptorEvent, Ended, Machine};
use crate::door::Door;
use crate::error::{Fault, SendError};
use crate::limits::{CONNECT_TIMEOUT, KEEPALIVE_INTERVAL, RING_TIMEOUT, TEXT_MAX};
use crate::suite::{Password, Protection, Xor};
use crate::time::Instant;
use crate::wire::{ChatMessage, Close, EMPTY_FRAME, Frame, Message, Text, Turns};

const MOMENT: Duration = Duration::from_millis(1);

fn password(text: &str) -> Password {
    Password::new(text.as_bytes()).unwrap()
}

fn caller(text: &str, offer: Turns) -> Caller<Xor> {
    Caller::new(NOW, password(text), offer, Some("katie".parse().unwrap()), entropy())
}

fn sealed(message: &Message<'_>) -> Frame {
    let mut frame = EMPTY_FRAME;
    message.emit(&mut frame);
    Xor.seal(&mut frame);
    frame
}

/// A caller and a callee before any frame has passed.
struct Pair {
    caller: Caller<Xor>,
    callee: Callee<Xor>,
    door: Door,
    frame: Frame,
}

impl Pair {
    fn new(offer: Turns) -> Self {
        let callee = Callee::new(NOW, HERE, entropy());
        let door = Door::new(password("sesame"));
        Self { caller: caller("sesame", offer), callee, door, frame: EMPTY_FRAME }
    }

    fn authenticated(offer: Turns) -> Self {
        let mut pair = Self::new(offer);
        for _ in ["Hello", "Credentials"] {
            assert_eq!(pair.callers(), None);
            assert!(!pair.caller.wants_send() && pair.caller.can_receive());
            assert!(!pair.callee.is_authenticated());
            let heard = pair.callees();
            assert_eq!(heard, pair.callee.is_authenticated().then_some(CallerEvent::Ringing));
        }
        assert!(pair.callee.is_authenticated() && !pair.callee.is_ringing());
        pair
    }

    fn ringing(offer: Turns) -> Self {
        let mut pair = Self::authenticated(offer);
        let from = Some("katie".parse().unwrap());
        assert_eq!(pair.callers(), Some(CalleeEvent::Ringing { from, offer }));
        assert!(pair.callee.is_ringing() && !pair.caller.wants_send());
        pair
    }

    /// Passes a frame of the caller's.
    fn callers(&mut self) -> Option<CalleeEvent> {
        pass(&mut self.caller, &mut self.callee.at(&mut self.door), &mut self.frame)
    }

    /// Passes a frame of the callee's.
    fn callees(&mut self) -> Option<CallerEvent> {
        pass(&mut self.callee.at(&mut self.door), &mut self.caller, &mut self.frame)
    }

    fn caller_hears(&mut self, now: Instant, message: &Message<'_>) -> Option<CallerEvent> {
        self.caller.handle_frame(now, &mut sealed(message))
    }

    fn callee_hears(&mut self, now: Instant, message: &Message<'_>) -> Option<CalleeEvent> {
        self.callee.at(&mut self.door).handle_frame(now, &mut sealed(message))
    }
}

/// Both ends of a chat: Katie has called Abdul.
fn chat(offer: Turns, allowed: Turns) -> [Conversation<Xor>; 2] {
    let Pair { mut caller, callee, .. } = Pair::ringing(offer);
    let mut callee = callee.accept(allowed).ok().unwrap();
    let (mut frame, mut early) = (EMPTY_FRAME, EMPTY_FRAME);
    assert_eq!(callee.send_text(NOW, "too early", &mut early), Err(SendError::NotNow));
    let agreed = callee.turns();
    assert_eq!(pass(&mut callee, &mut caller, &mut frame), Some(CallerEvent::Accepted(agreed)));
    assert!(!callee.wants_send());
    [caller.into_conversation().ok().unwrap(), callee]
}

#[test]
fn a_chat_is_free_if_both_want_it() {
    use Turns::{Free, Linear};
    for (offer, allowed, agreed) in
        [(Free, Free, Free), (Free, Linear, Linear), (Linear, Free, Linear), (Linear, Linear, Linear)]
    {
        assert_eq!(chat(offer, allowed).map(|end| end.turns()), [agreed; 2]);
    }
}

#[test]
fn nothing_is_accepted_before_it_is_asked_for() {
    let Pair { caller, callee, .. } = Pair::authenticated(Turns::Free);
    assert!(caller.into_conversation().is_err() && callee.accept(Turns::Free).is_err());
}

#[test]
fn turns_alternate() {
    let [mut katie, mut abdul] = chat(Turns::Linear, Turns::Linear);
    let (mut frame, mut out) = (EMPTY_FRAME, EMPTY_FRAME);
    assert!(katie.may_write() && !abdul.may_write());
    assert_eq!(abdul.send_text(NOW, "me first", &mut out), Err(SendError::NotYourTurn));
    let long = [b'x'; TEXT_MAX + 1];
    let long = core::str::from_utf8(&long).unwrap();
    assert_eq!(katie.send_text(NOW, long, &mut out), Err(SendError::TooLong));
    katie.send_text(NOW, "dinner?", &mut frame).unwrap();
    assert_eq!(abdul.handle_frame(NOW, &mut frame), Some(ConversationEvent::Text("dinner?")));
    assert!(!katie.may_write() && abdul.may_write());
    assert_eq!(katie.send_text(NOW, "well?", &mut out), Err(SendError::NotYourTurn));

    let text = Message::Chat(ChatMessage::Text(Text::new("well?").unwrap()));
    frame = sealed(&text);
    let out_of_turn = abdul.handle_frame(NOW, &mut frame);
    assert_eq!(out_of_turn, Some(ConversationEvent::Ended(Ended::ByUs(Close::Fault(Fault::Turn)))));
    assert!(!abdul.may_write());
    assert_eq!(abdul.send_text(NOW, "yes", &mut out), Err(SendError::NotNow));
}

#[test]
fn in_a_free_chat_both_write_at_any_time() {
    let mut ends = chat(Turns::Free, Turns::Free);
    for writer in [0, 0, 1, 1, 0] {
        let mut frame = EMPTY_FRAME;
        assert!(ends[writer].may_write());
        ends[writer].send_text(NOW, "hello", &mut frame).unwrap();
        assert_eq!(ends[1 - writer].handle_frame(NOW, &mut frame), Some(ConversationEvent::Text("hello")));
    }
}

#[test]
fn a_chat_ends_on_both_sides_at_once() {
    let [mut katie, mut abdul] = chat(Turns::Linear, Turns::Linear);
    let mut frame = EMPTY_FRAME;
    assert_eq!(abdul.quit(NOW), Some(ConversationEvent::Ended(Ended::ByUs(Close::Goodbye))));
    let over = pass(&mut abdul, &mut katie, &mut frame);
    assert_eq!(over, Some(ConversationEvent::Ended(Ended::ByPeer(Close::Goodbye))));
    assert!(!abdul.is_closed() && katie.is_closed());
    assert_eq!(abdul.handle_eof(NOW), None);
    assert!(abdul.is_closed());
}

#[test]
fn either_side_can_end_a_call() {
    let mut pair = Pair::ringing(Turns::Free);
    assert_eq!(pair.caller.hang_up(NOW), Some(CallerEvent::Ended(Ended::ByUs(Close::Goodbye))));
    assert_eq!(pair.callers(), Some(CalleeEvent::Ended(Ended::ByPeer(Close::Goodbye))));
    assert!(!pair.callee.is_ringing() && pair.callee.accept(Turns::Free).is_err());

    let mut pair = Pair::ringing(Turns::Free);
    assert_eq!(pair.callee.refuse(NOW, Close::Busy), Some(CalleeEvent::Ended(Ended::ByUs(Close::Busy))));
    assert_eq!(pair.callees(), Some(CallerEvent::Ended(Ended::ByPeer(Close::Busy))));
}

#[test]
fn a_wrong_password_is_refused() {
    let mut pair = Pair { caller: caller("sesam", Turns::Free), ..Pair::new(Turns::Free) };
    assert_eq!((pair.callers(), pair.callees()), (None, None));
    assert_eq!(pair.callers(), Some(CalleeEvent::Ended(Ended::ByUs(Close::WrongPassword))));
    assert_eq!(pair.callees(), Some(CallerEvent::Ended(Ended::Claimed(Close::WrongPassword))));
}

#[test]
fn a_lost_connection_ends_whatever_there_was() {
    let mut pair = Pair::ringing(Turns::Free);
    assert_eq!(pair.caller.handle_eof(NOW), Some(CallerEvent::Ended(Ended::Lost)));
    let callee = pair.callee.at(&mut pair.door).handle_eof(NOW);
    assert_eq!(callee, Some(CalleeEvent::Ended(Ended::Lost)));
}

#[test]
fn a_call_rings_for_a_minute() {
    let mut pair = Pair::ringing(Turns::Free);
    let (late, end) = (NOW + KEEPALIVE_INTERVAL, NOW + RING_TIMEOUT);
    // Signs of life do not make it longer.
    assert_eq!(pair.caller_hears(late, &Message::KeepAlive), None);
    assert_eq!(pair.callee_hears(late, &Message::KeepAlive), None);
    for moment in [NOW, Instant::from_millis(end.as_millis() - 1)] {
        assert_eq!(pair.caller.handle_timeout(moment), None);
        assert_eq!(pair.callee.at(&mut pair.door).handle_timeout(moment), None);
    }
    // The keepalive is due already, and the peer would be silent later.
    assert_eq!(pair.caller.deadline(), Some(end));
    assert_eq!(pair.callee.at(&mut pair.door).deadline(), Some(end));
    let timed_out = Ended::ByUs(Close::TimedOut);
    assert_eq!(pair.caller.handle_timeout(end), Some(CallerEvent::Ended(timed_out)));
    assert_eq!(pair.callee.at(&mut pair.door).handle_timeout(end), Some(CalleeEvent::Ended(timed_out)));
}

#[test]
fn a_caller_that_does_not_call_is_not_waited_for() {
    let mut pair = Pair::authenticated(Turns::Free);
    let mut callee = pair.callee.at(&mut pair.door);
    assert_eq!(callee.deadline(), Some(NOW + CONNECT_TIMEOUT));
    assert_eq!(callee.handle_timeout(NOW + MOMENT), None);
    let ended = callee.handle_timeout(NOW + CONNECT_TIMEOUT);
    assert_eq!(ended, Some(CalleeEvent::Ended(Ended::ByUs(Close::TimedOut))));
}

#[test]
fn what_a_state_does_not_allow_is_a_fault() {
    let fault = |fault| Ended::ByUs(Close::Fault(fault));
    let call = Message::Chat(ChatMessage::Call { turns: Turns::Free, from: None });
    let answer = |turns| Message::Chat(ChatMessage::CallAccepted { turns });
    // Two calls, an answer to none, and one with turns that were not offered.
    let second = Pair::ringing(Turns::Free).callee_hears(NOW, &call);
    assert_eq!(second, Some(CalleeEvent::Ended(fault(Fault::State))));
    let early = Pair::authenticated(Turns::Free).caller_hears(NOW, &answer(Turns::Free));
    assert_eq!(early, Some(CallerEvent::Ended(fault(Fault::State))));
    let other = Pair::ringing(Turns::Linear).caller_hears(NOW, &answer(Turns::Free));
    assert_eq!(other, Some(CallerEvent::Ended(fault(Fault::Value))));
    let [mut caller, _] = chat(Turns::Free, Turns::Free);
    let mut frame = sealed(&call);
    let in_a_chat = caller.handle_frame(NOW, &mut frame);
    assert_eq!(in_a_chat, Some(ConversationEvent::Ended(fault(Fault::State))));
}

#[test]
fn a_connection_handed_over_by_an_acceptor_has_its_time_from_the_start() {
    let Pair { mut caller, door, mut frame, .. } = Pair::new(Turns::Free);
    let later = NOW + MOMENT;
    let Err(mut acceptor) = Callee::<Xor>::of_acceptor(Acceptor::new(NOW, HERE, entropy()), later, &door)
    else {
        panic!("no Hello has arrived")
    };
    assert!(matches!(pass(&mut caller, &mut acceptor, &mut frame), Some(AcceptorEvent::Asked(_))));
    let (callee, ended) = Callee::of_acceptor(acceptor, later, &door).ok().unwrap();
    assert_eq!(ended, None);
    let mut pair = Pair { caller, callee, door, frame };
    assert_eq!((pair.callees(), pair.callers()), (None, None));
    assert_eq!(pair.callees(), Some(CallerEvent::Ringing));
    assert_eq!(pair.callee.at(&mut pair.door).deadline(), Some(NOW + CONNECT_TIMEOUT));
}
