//! One port for several services and suites: the Hello is read first, then the shell chooses.

use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroU16;

use p2pm_core::channel::{Acceptor, AcceptorEvent, Asked, Ended, Machine};
use p2pm_core::chat::{Callee, CalleeEvent, Caller, CallerEvent};
use p2pm_core::community::{Client, ClientEvent, Hall, Session, SessionEvent};
use p2pm_core::door::Door;
use p2pm_core::error::Fault;
use p2pm_core::limits::{ASKED_SHARE_MAX, CONNECT_TIMEOUT, ENTROPY_LEN, HANDSHAKE_TIMEOUT};
use p2pm_core::registry::Registry;
use p2pm_core::suite::{Entropy, Password, Sealed, Suite, Xor};
use p2pm_core::time::Instant;
use p2pm_core::wire::{Close, EMPTY_FRAME, Hello, Message, Service, SuiteId, Turns};

const START: Instant = Instant::from_millis(7);
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn entropy(byte: u8) -> Entropy {
    Entropy::new([byte; ENTROPY_LEN])
}

fn password() -> Password {
    Password::new(b"sesame").unwrap()
}

fn acceptor() -> Acceptor {
    Acceptor::new(START, HERE, entropy(1))
}

/// The acceptor's event for a message in the clear.
fn hear(acceptor: &mut Acceptor, message: &Message<'_>) -> Option<AcceptorEvent> {
    let mut frame = EMPTY_FRAME;
    message.emit(&mut frame);
    acceptor.handle_frame(START, &mut frame)
}

/// An acceptor that has read the first frame of a machine.
fn asked(initiator: &mut impl Machine) -> (Acceptor, Asked) {
    let (mut acceptor, mut frame) = (acceptor(), EMPTY_FRAME);
    assert!(initiator.poll_frame(START, &mut frame));
    match acceptor.handle_frame(START, &mut frame) {
        Some(AcceptorEvent::Asked(asked)) => (acceptor, asked),
        other => panic!("{other:?}"),
    }
}

/// Carries frames both ways until neither side has one; returns the events of both, in order.
macro_rules! carry {
    ($initiator:expr, $responder:expr) => {{
        let mut heard = Vec::new();
        loop {
            let mut frame = EMPTY_FRAME;
            if $initiator.poll_frame(START, &mut frame) {
                let event = $responder.handle_frame(START, &mut frame);
                heard.extend(event.map(|event| format!("{event:?}")));
            } else if $responder.poll_frame(START, &mut frame) {
                let event = $initiator.handle_frame(START, &mut frame);
                heard.extend(event.map(|event| format!("{event:?}")));
            } else {
                break heard;
            }
        }
    }};
}

fn call<S: Suite>() {
    let mut door = Door::new(password());
    let mut caller = Caller::<S>::new(START, password(), Turns::Linear, None, entropy(2));
    let (acceptor, asked) = asked(&mut caller);
    assert_eq!((asked.hello().service, asked.hello().suite), (Service::Chat.number(), S::ID as u8));
    let Ok((mut answer, None)) = Callee::<S>::of_acceptor(acceptor, START, &door) else { panic!("it asked") };
    let heard = carry!(caller, answer.at(&mut door));
    let ringing = CalleeEvent::Ringing { from: None, offer: Turns::Linear };
    assert_eq!(heard, [format!("{:?}", CallerEvent::Ringing), format!("{ringing:?}")]);
}

fn join<S: Suite>() {
    let mut hall = Hall::new(Door::new(password()), Registry::<4>::new([0; 16]));
    let mut client = Client::<S>::new(START, password(), entropy(3));
    let (acceptor, asked) = asked(&mut client);
    assert_eq!((asked.hello().service, asked.hello().suite), (Service::Community.number(), S::ID as u8));
    let Ok((mut session, None)) = Session::<S>::of_acceptor(acceptor, START, &hall) else {
        panic!("it asked")
    };
    assert_eq!(carry!(client, session.at(&mut hall)), [format!("{:?}", ClientEvent::Welcome)]);
    let mut frame = EMPTY_FRAME;
    client.join(START, "katie".parse().unwrap(), NonZeroU16::MIN, &mut frame).unwrap();
    let Some(SessionEvent::Joined(user)) = session.at(&mut hall).handle_frame(START, &mut frame) else {
        panic!("she joined")
    };
    assert_eq!(user.endpoint.ip(), HERE);
}

#[test]
fn callers_and_clients_of_either_suite_come_through_one_port() {
    call::<Xor>();
    call::<Sealed>();
    join::<Xor>();
    join::<Sealed>();
}

/// The `Close` of an acceptor that has ended, sent in the clear.
fn told(acceptor: &mut Acceptor) -> Close {
    let mut frame = EMPTY_FRAME;
    assert!(acceptor.poll_frame(START, &mut frame));
    match Message::parse(&frame) {
        Ok(Message::Close(close)) => close,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_no_hello_of_ours_is_answered_without_a_choice() {
    let hello = Hello::new(SuiteId::Sealed, Service::Chat, [0; 32]);
    for (message, reason) in [
        (Message::Hello(Hello { version: 2, ..hello }), Close::VersionMismatch),
        (Message::KeepAlive, Close::Fault(Fault::State)),
        (Message::Credentials(b"sesame"), Close::Fault(Fault::State)),
    ] {
        let mut acceptor = acceptor();
        assert_eq!(hear(&mut acceptor, &message), Some(AcceptorEvent::Ended(Ended::ByUs(reason))));
        assert_eq!(told(&mut acceptor), reason);
    }
}

#[test]
fn nothing_may_follow_a_hello_before_it_is_answered() {
    let hello = Hello::new(SuiteId::Xor, Service::Chat, [0; 32]);
    let ended = Ended::ByUs(Close::Fault(Fault::State));
    for second in [hello, Hello { version: 2, ..hello }] {
        let mut acceptor = acceptor();
        assert!(matches!(hear(&mut acceptor, &Message::Hello(hello)), Some(AcceptorEvent::Asked(_))));
        assert_eq!(hear(&mut acceptor, &Message::Hello(second)), Some(AcceptorEvent::Ended(ended)));
    }
}

#[test]
fn a_service_that_is_not_offered_is_refused_in_the_clear() {
    let mut client = Client::<Sealed>::new(START, password(), entropy(4));
    let (mut acceptor, _) = asked(&mut client);
    let ended = Ended::ByUs(Close::ServiceMismatch);
    assert_eq!(acceptor.refuse(START, Close::ServiceMismatch), Some(AcceptorEvent::Ended(ended)));
    assert_eq!(told(&mut acceptor), Close::ServiceMismatch);
}

#[test]
fn a_choice_that_does_not_go_with_the_hello_is_a_mismatch() {
    let mut client = Client::<Sealed>::new(START, password(), entropy(5));
    let (acceptor, _) = asked(&mut client);
    let mut door = Door::new(password());
    let Ok((mut callee, ended)) = Callee::<Sealed>::of_acceptor(acceptor, START, &door) else {
        panic!("it asked")
    };
    let reason = Close::ServiceMismatch;
    assert_eq!(ended, Some(CalleeEvent::Ended(Ended::ByUs(reason))));
    let mut frame = EMPTY_FRAME;
    assert!(callee.at(&mut door).poll_frame(START, &mut frame));
    assert_eq!(client.handle_frame(START, &mut frame), Some(ClientEvent::Ended(Ended::Claimed(reason))));
}

#[test]
fn a_share_is_judged_after_everything_else_that_a_hello_says() {
    let (door, share) = (Door::new(password()), [0; ASKED_SHARE_MAX + 2]);
    for (suite, reason) in [(2, Close::Fault(Fault::Length)), (9, Close::SuiteMismatch)] {
        let mut acceptor = acceptor();
        let hello = Hello { suite, share: &share, ..Hello::new(SuiteId::Sealed, Service::Chat, [0; 32]) };
        assert!(matches!(hear(&mut acceptor, &Message::Hello(hello)), Some(AcceptorEvent::Asked(_))));
        let Ok((_, ended)) = Callee::<Sealed>::of_acceptor(acceptor, START, &door) else {
            panic!("it asked")
        };
        assert_eq!(ended, Some(CalleeEvent::Ended(Ended::ByUs(reason))));
    }
}

#[test]
fn without_a_hello_there_is_nothing_to_answer() {
    let door = Door::new(password());
    assert!(Callee::<Xor>::of_acceptor(acceptor(), START, &door).is_err());
}

#[test]
fn the_time_of_the_handshake_runs_from_the_start() {
    let late = START + HANDSHAKE_TIMEOUT;
    let timed_out = Ended::ByUs(Close::TimedOut);
    let mut silent = acceptor();
    assert_eq!(silent.deadline(), Some(late));
    assert_eq!(silent.handle_timeout(late), Some(AcceptorEvent::Ended(timed_out)));

    let mut caller = Caller::<Xor>::new(START, password(), Turns::Linear, None, entropy(6));
    let (acceptor, _) = asked(&mut caller);
    let mut door = Door::new(password());
    let Ok((mut answer, None)) = Callee::<Xor>::of_acceptor(acceptor, late, &door) else {
        panic!("it asked")
    };
    assert_eq!(answer.at(&mut door).handle_timeout(late), Some(CalleeEvent::Ended(timed_out)));
}

#[test]
fn the_time_for_the_call_runs_from_the_start_too() {
    let later = START + HANDSHAKE_TIMEOUT / 2;
    let mut caller = Caller::<Xor>::new(START, password(), Turns::Linear, None, entropy(7));
    let (acceptor, _) = asked(&mut caller);
    let mut door = Door::new(password());
    let Ok((mut answer, None)) = Callee::<Xor>::of_acceptor(acceptor, later, &door) else {
        panic!("it asked")
    };
    let mut frame = EMPTY_FRAME;
    assert!(answer.at(&mut door).poll_frame(later, &mut frame), "the Hello");
    caller.handle_frame(later, &mut frame);
    assert!(caller.poll_frame(later, &mut frame), "the Credentials");
    answer.at(&mut door).handle_frame(later, &mut frame);
    assert!(answer.at(&mut door).poll_frame(later, &mut frame), "the Welcome");
    assert_eq!(answer.at(&mut door).deadline(), Some(START + CONNECT_TIMEOUT));
}
