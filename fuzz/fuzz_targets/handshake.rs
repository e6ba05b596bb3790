//! Sealed handshake with changed frames: either side authenticates a peer whose frames are unchanged, and no
//! other.
#![no_main]

use std::sync::LazyLock;

use arbitrary::Arbitrary;
use curve25519_dalek::constants::RISTRETTO_BASEPOINT_COMPRESSED;
use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use curve25519_dalek::traits::Identity;
use libfuzzer_sys::fuzz_target;
use p2pm_core::channel::{Ended, Machine};
use p2pm_core::chat::{Callee, CalleeEvent, Caller, CallerEvent};
use p2pm_core::door::Door;
use p2pm_core::error::Fault;
use p2pm_core::suite::Sealed;
use p2pm_core::time::Instant;
use p2pm_core::wire::{Close, EMPTY_FRAME, Frame, Hello, Message, Service, SuiteId, Turns};
use p2pm_fuzz::speech::{emit_framed, fill};
use p2pm_fuzz::{address, entropy, password};

const NOW: Instant = Instant::from_millis(0);
const SHARE_LEN: usize = 32;
const CONFIRMATION_LEN: usize = 64;

/// The side under test, and the changes to the two frames that it receives.
#[derive(Arbitrary, Debug)]
enum Input<'a> {
    Initiator([Change<'a>; 2]),
    Responder([Change<'a>; 2]),
}

#[derive(Arbitrary, Debug)]
enum Change<'a> {
    None,
    /// One byte is replaced.
    Byte(u16, u8),
    /// The group element is replaced, if the frame has one.
    Share(Point),
    /// The body is replaced.
    Body(&'a [u8]),
    /// The kind and the body are replaced.
    Framed(u8, &'a [u8]),
    Raw(&'a [u8]),
    /// The frame is replaced by another one of the same handshake.
    Other(u8),
}

/// Encodings of group elements that a decoder might get wrong.
#[derive(Arbitrary, Debug)]
enum Point {
    /// The neutral element, which would reveal the key.
    Identity,
    /// The base point, which depends on no password.
    Base,
    /// This much below or above the modulus of the field, an alternative encoding of a small number.
    Modulus(i8),
    /// This much below 2^255, optionally with the highest bit set.
    Top(u8, bool),
    /// The same element with the sign of its encoding changed.
    Negative,
    /// The sum of the right element and the base point.
    Next,
    /// Any bytes.
    Any([u8; SHARE_LEN]),
}

/// The unchanged frames of the handshake, in order.
static HONEST: LazyLock<[Frame; 4]> = LazyLock::new(|| {
    let (mut initiator, mut responder, mut door) = (initiator(), responder(), Door::new(password()));
    let mut frames = [EMPTY_FRAME; 4];
    for pair in frames.as_chunks_mut::<2>().0 {
        let [said, answer] = pair;
        assert!(initiator.poll_frame(NOW, said));
        assert_eq!(responder.at(&mut door).handle_frame(NOW, &mut said.clone()), None);
        assert!(responder.at(&mut door).poll_frame(NOW, answer));
        initiator.handle_frame(NOW, &mut answer.clone());
    }
    frames
});

fuzz_target!(|input: Input<'_>| match input {
    Input::Initiator(changes) => before_initiator(&changes),
    Input::Responder(changes) => before_responder(&changes),
});

fn initiator() -> Caller<Sealed> {
    Caller::new(NOW, password(), Turns::Linear, None, entropy(7))
}

fn responder() -> Callee<Sealed> {
    Callee::new(NOW, address(1), entropy(8))
}

fn before_initiator(changes: &[Change<'_>; 2]) {
    let mut machine = initiator();
    let [hello, welcome] = [(1, &changes[0]), (3, &changes[1])].map(|(at, change)| change.apply(at));
    let mut said = EMPTY_FRAME;
    assert!(machine.poll_frame(NOW, &mut said) && said == HONEST[0]);

    let end = end_over(&hello, |message| match message {
        Message::Hello(hello) => check_fixed(&hello).and_then(|()| check_share(hello.share)),
        _ => Err(Close::Fault(Fault::State)),
    });
    assert_eq!(machine.handle_frame(NOW, &mut hello.clone()), end.map(CallerEvent::Ended));
    if end.is_some() {
        return;
    }
    assert!(machine.poll_frame(NOW, &mut said), "it has something to prove");

    let end = end_over(&welcome, |message| match message {
        Message::Welcome(_) if [hello, welcome] == [HONEST[1], HONEST[3]] => Ok(()),
        Message::Welcome(proof) if proof.len() == CONFIRMATION_LEN => Err(Close::Fault(Fault::Proof)),
        Message::Welcome(_) => Err(Close::Fault(Fault::Length)),
        _ => Err(Close::Fault(Fault::State)),
    });
    let expected = end.map_or(CallerEvent::Ringing, CallerEvent::Ended);
    assert_eq!(machine.handle_frame(NOW, &mut welcome.clone()), Some(expected));
}

fn before_responder(changes: &[Change<'_>; 2]) {
    let (mut machine, mut door) = (responder(), Door::new(password()));
    let mut machine = machine.at(&mut door);
    let [hello, credentials] = [(0, &changes[0]), (2, &changes[1])].map(|(at, change)| change.apply(at));
    let end = end_over(&hello, |message| match message {
        Message::Hello(hello) => check_fixed(&hello).and_then(|()| check_empty(hello.share)),
        _ => Err(Close::Fault(Fault::State)),
    });
    assert_eq!(machine.handle_frame(NOW, &mut hello.clone()), end.map(CalleeEvent::Ended));
    if end.is_some() {
        return;
    }
    let mut said = EMPTY_FRAME;
    assert!(machine.poll_frame(NOW, &mut said), "it answers a Hello");
    assert!(hello != HONEST[0] || said == HONEST[1]);

    let end = end_over(&credentials, |message| match message {
        Message::Credentials(_) if [hello, credentials] == [HONEST[0], HONEST[2]] => Ok(()),
        Message::Credentials(proof) => Err(refusal_of(proof)),
        _ => Err(Close::Fault(Fault::State)),
    });
    assert_eq!(machine.handle_frame(NOW, &mut credentials.clone()), end.map(CalleeEvent::Ended));
    machine.poll_frame(NOW, &mut said);
    assert_eq!(said == HONEST[3], end.is_none(), "who is welcome");
}

/// How a conversation ends with this frame, if `due` checks whether a message is allowed now.
fn end_over(frame: &Frame, due: impl FnOnce(Message<'_>) -> Result<(), Close>) -> Option<Ended> {
    match Message::parse(frame) {
        Err(fault) => Some(Ended::ByUs(Close::Fault(fault))),
        // Longer waits are clamped.
        Ok(Message::Close(Close::TooManyGuesses { seconds: 10.. })) => {
            Some(Ended::Claimed(Close::TooManyGuesses { seconds: 10 }))
        }
        Ok(Message::Close(close)) => Some(Ended::Claimed(close)),
        Ok(message) => due(message).err().map(Ended::ByUs),
    }
}

/// Whether a Hello agrees with ours.
fn check_fixed(hello: &Hello<'_>) -> Result<(), Close> {
    let ours = Hello::new(SuiteId::Sealed, Service::Chat, hello.random);
    if hello.version != ours.version {
        Err(Close::VersionMismatch)
    } else if hello.suite != ours.suite {
        Err(Close::SuiteMismatch)
    } else if hello.service != ours.service {
        Err(Close::ServiceMismatch)
    } else if hello.frame_len != ours.frame_len {
        Err(Close::FrameLengthMismatch)
    } else {
        Ok(())
    }
}

/// Whether the share in the initiator's Hello is empty; it follows in `Credentials`.
fn check_empty(share: &[u8]) -> Result<(), Close> {
    if share.is_empty() { Ok(()) } else { Err(Close::Fault(Fault::Length)) }
}

/// Whether keys can be agreed on with this share.
fn check_share(share: &[u8]) -> Result<(), Close> {
    match share.try_into() {
        Err(_) => Err(Close::Fault(Fault::Length)),
        Ok(share) if is_useful(share) => Ok(()),
        Ok(_) => Err(Close::Fault(Fault::Proof)),
    }
}

/// Reason for which these wrong credentials are refused. It is a guess only if they are well-formed.
fn refusal_of(credentials: &[u8]) -> Close {
    match credentials.split_first_chunk::<SHARE_LEN>() {
        Some((share, confirmation)) if confirmation.len() == CONFIRMATION_LEN => {
            check_share(share).err().unwrap_or(Close::WrongPassword)
        }
        _ => Close::Fault(Fault::Length),
    }
}

/// Whether it encodes a group element other than the neutral one.
fn is_useful(share: [u8; SHARE_LEN]) -> bool {
    CompressedRistretto(share).decompress().is_some_and(|point| point != RistrettoPoint::identity())
}

impl Change<'_> {
    /// The changed frame at this place of the handshake.
    fn apply(&self, at: usize) -> Frame {
        let mut frame = HONEST[at];
        match self {
            Self::None => {}
            Self::Byte(at, value) => {
                let len = frame.len();
                frame[usize::from(*at) % len] ^= value;
            }
            Self::Share(point) => change_share(&HONEST[at], point, &mut frame),
            Self::Body(body) => emit_framed(&mut frame, HONEST[at][4], body),
            Self::Framed(kind, body) => emit_framed(&mut frame, *kind, body),
            Self::Raw(bytes) => {
                frame = EMPTY_FRAME;
                fill(&mut frame, bytes);
            }
            Self::Other(number) => frame = HONEST[usize::from(*number) % HONEST.len()],
        }
        frame
    }
}

fn change_share(honest: &Frame, point: &Point, out: &mut Frame) {
    match Message::parse(honest) {
        Ok(Message::Hello(hello)) if !hello.share.is_empty() => {
            let share = point.bytes(hello.share);
            Message::Hello(Hello { share: &share, ..hello }).emit(out);
        }
        Ok(Message::Credentials(credentials)) => {
            let (share, confirmation) = credentials.split_at(SHARE_LEN);
            Message::Credentials(&[&point.bytes(share), confirmation].concat()).emit(out);
        }
        _ => {}
    }
}

impl Point {
    /// The replacement's encoding, where `right` is the original.
    fn bytes(&self, right: &[u8]) -> [u8; SHARE_LEN] {
        let right: [u8; SHARE_LEN] = right.try_into().expect("a share");
        // 2^255 - 19
        let mut bytes = [0xff; SHARE_LEN];
        match self {
            Self::Identity => return [0; SHARE_LEN],
            Self::Base => return RISTRETTO_BASEPOINT_COMPRESSED.to_bytes(),
            Self::Any(any) => return *any,
            Self::Negative => return negative(right),
            Self::Next => return next(right),
            Self::Modulus(distance) => {
                bytes[0] = 0xed_u8.wrapping_add_signed(distance / 8);
                bytes[SHARE_LEN - 1] = 0x7f;
            }
            Self::Top(distance, high) => {
                bytes[0] -= distance;
                bytes[SHARE_LEN - 1] = if *high { 0xff } else { 0x7f };
            }
        }
        bytes
    }
}

/// The modulus of the field minus this.
fn negative(bytes: [u8; SHARE_LEN]) -> [u8; SHARE_LEN] {
    let mut difference = Point::Modulus(0).bytes(&bytes);
    let mut borrow = false;
    for (from, byte) in difference.iter_mut().zip(bytes) {
        let (less, first) = from.overflowing_sub(byte);
        let (less, second) = less.overflowing_sub(u8::from(borrow));
        (*from, borrow) = (less, first || second);
    }
    difference
}

fn next(bytes: [u8; SHARE_LEN]) -> [u8; SHARE_LEN] {
    let point = CompressedRistretto(bytes).decompress().expect("a share");
    let base = RISTRETTO_BASEPOINT_COMPRESSED.decompress().expect("a point");
    (point + base).compress().to_bytes()
}
