//! The handshake of both sides frame by frame, and the port that several services share.

use core::net::{IpAddr, Ipv4Addr};

use super::responder::check_hello;
use super::*;
use crate::error::Fault;
use crate::limits::{ASKED_SHARE_MAX, ENTROPY_LEN, HANDSHAKE_TIMEOUT};
use crate::suite::Entropy;
use crate::time::Instant;
use crate::wire::{Close, EMPTY_FRAME, Frame, Hello, Message, Service, SuiteId, VERSION};

pub(crate) const NOW: Instant = Instant::from_millis(1_000);
pub(crate) const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Hands the next frame of `from`, which is read no more before it is sent, to `to`: what that reports.
pub(crate) fn pass<'f, M: Machine>(
    from: &mut impl Machine,
    to: &mut M,
    frame: &'f mut Frame,
) -> Option<M::Event<'f>> {
    assert!(from.wants_send() && !from.can_receive() && from.poll_frame(NOW, frame));
    to.handle_frame(NOW, frame)
}

pub(crate) fn entropy() -> Entropy {
    Entropy::new([7; ENTROPY_LEN])
}

fn hello() -> Hello<'static> {
    Hello::new(SuiteId::Xor, Service::Chat, [7; 32])
}

#[test]
fn hellos_agree_in_everything_but_their_random_numbers() {
    let ours = hello();
    let different = [
        (Hello { version: 2, ..ours }, Close::VersionMismatch),
        (Hello { suite: 2, ..ours }, Close::SuiteMismatch),
        (Hello { service: 1, ..ours }, Close::ServiceMismatch),
        (Hello { frame_len: 2048, ..ours }, Close::FrameLengthMismatch),
    ];
    assert_eq!(check_hello(&ours, &Hello { random: [8; 32], share: b"share", ..ours }), Ok(()));
    for (theirs, reason) in different {
        assert_eq!(check_hello(&ours, &theirs), Err(reason));
    }
}

/// What an acceptor reports for this message.
fn heard(acceptor: &mut Acceptor, message: &Message<'_>) -> Option<AcceptorEvent> {
    let mut frame = EMPTY_FRAME;
    message.emit(&mut frame);
    acceptor.handle_frame(NOW, &mut frame)
}

fn acceptor() -> Acceptor {
    Acceptor::new(NOW, HERE, entropy())
}

fn ended_by_us(reason: Close) -> AcceptorEvent {
    AcceptorEvent::Ended(Ended::ByUs(reason))
}

#[test]
fn an_acceptor_reports_one_hello_and_sends_nothing() {
    let mut acceptor = acceptor();
    assert_eq!(acceptor.deadline(), Some(NOW + HANDSHAKE_TIMEOUT));
    let share = [1; ASKED_SHARE_MAX + 2];
    let hello = Hello { share: &share, ..hello() };
    let Some(AcceptorEvent::Asked(asked)) = heard(&mut acceptor, &Message::Hello(hello)) else {
        panic!("a Hello is a question")
    };
    assert_eq!(asked.hello(), Hello { share: &share[1..], ..hello });
    assert!(!acceptor.wants_send() && !acceptor.poll_frame(NOW, &mut EMPTY_FRAME.clone()));
    // Whatever its version, a second one is a fault.
    let second = Hello { version: VERSION + 1, ..hello };
    assert_eq!(heard(&mut acceptor, &Message::Hello(second)), Some(ended_by_us(Close::Fault(Fault::State))));
}

#[test]
fn an_acceptor_refuses_other_versions_and_other_frames() {
    let other = Message::Hello(Hello { version: VERSION + 1, ..hello() });
    assert_eq!(heard(&mut acceptor(), &other), Some(ended_by_us(Close::VersionMismatch)));
    assert_eq!(heard(&mut acceptor(), &Message::KeepAlive), Some(ended_by_us(Close::Fault(Fault::State))));
    assert_eq!(acceptor().refuse(NOW, Close::Full), Some(ended_by_us(Close::Full)));
}
