//! Rules of PROTOCOL.md that could be read in two ways, frame by frame.

use std::net::{IpAddr, Ipv4Addr};

use p2pm_core::channel::{Ended, Machine};
use p2pm_core::chat::{Callee, Caller, CallerEvent, Conversation};
use p2pm_core::community::{Hall, Session};
use p2pm_core::door::Door;
use p2pm_core::error::Fault;
use p2pm_core::limits::{ENTROPY_LEN, LINGER_TIMEOUT};
use p2pm_core::registry::{Inline, Registry};
use p2pm_core::suite::{Entropy, Password, Protection, Sealed, Xor};
use p2pm_core::time::Instant;
use p2pm_core::wire::{
    ChatMessage, Close, CommunityMessage, EMPTY_FRAME, Frame, Hello, Message, Service, SuiteId, Text, Turns,
};

const NOW: Instant = Instant::from_millis(0);
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const RIGHT: &[u8] = b"open sesame";

fn password() -> Password {
    Password::new(RIGHT).unwrap()
}

fn entropy(number: u8) -> Entropy {
    Entropy::new([number; ENTROPY_LEN])
}

fn hello() -> Hello<'static> {
    Hello::new(SuiteId::Xor, Service::Chat, [7; 32])
}

fn plain(message: &Message<'_>) -> Frame {
    let mut frame = EMPTY_FRAME;
    message.emit(&mut frame);
    frame
}

/// The message with another byte at this offset of its body.
fn with_byte(message: &Message<'_>, at: usize, byte: u8) -> Frame {
    let mut frame = plain(message);
    frame[8 + at] = byte;
    frame
}

/// The message with a shorter body.
fn cut_short(message: &Message<'_>, length: u8) -> Frame {
    let mut frame = plain(message);
    frame[6..8].copy_from_slice(&[0, length]);
    frame[8 + usize::from(length)..].fill(0);
    frame
}

fn xor(mut frame: Frame) -> Frame {
    Xor.seal(&mut frame);
    frame
}

/// A callee and its door, in the xor suite.
struct Node {
    door: Door,
    callee: Callee<Xor>,
    has_greeted: bool,
}

impl Node {
    fn new() -> Self {
        Self::at(Door::new(password()))
    }

    fn at(door: Door) -> Self {
        Self { door, callee: Callee::new(NOW, HERE, entropy(1)), has_greeted: false }
    }

    /// The next connection from the same address.
    fn again(&mut self) {
        self.callee = Callee::new(NOW, HERE, entropy(1));
        self.has_greeted = false;
    }

    /// The answer to a plain frame, which is encrypted as the state requires.
    fn answer(&mut self, frame: &Frame) -> Option<Frame> {
        let mut frame = if self.has_greeted { xor(*frame) } else { *frame };
        let mut machine = self.callee.at(&mut self.door);
        machine.handle_frame(NOW, &mut frame);
        let mut out = EMPTY_FRAME;
        machine.poll_frame(NOW, &mut out).then(|| if self.has_greeted { xor(out) } else { out })
    }

    /// Sends a Hello that agrees with its own.
    fn greet(&mut self) {
        let answer = self.answer(&plain(&Message::Hello(hello()))).unwrap();
        assert!(matches!(Message::parse(&answer), Ok(Message::Hello(_))));
        self.has_greeted = true;
    }

    /// The `Close` that answers this frame.
    #[track_caller]
    fn refusal(&mut self, frame: &Frame) -> Close {
        let answer = self.answer(frame).unwrap();
        let Ok(Message::Close(close)) = Message::parse(&answer) else { panic!("no Close") };
        close
    }

    /// Makes as many wrong guesses as are read, each on a connection of its own.
    fn guess_all(&mut self) {
        loop {
            self.again();
            self.greet();
            match self.refusal(&plain(&Message::Credentials(b"guess"))) {
                Close::WrongPassword if self.must_wait() => break,
                Close::WrongPassword => {}
                other => panic!("{other:?}"),
            }
        }
    }

    fn must_wait(&mut self) -> bool {
        self.again();
        let answer = self.answer(&plain(&Message::Hello(hello()))).unwrap();
        matches!(Message::parse(&answer), Ok(Message::Close(Close::TooManyGuesses { .. })))
    }
}

/// Frames that are refused in every state before OPEN, and why: steps 1 to 8 precede the state.
fn malformed() -> [(Frame, Fault); 4] {
    let hello = Message::Hello(hello());
    [
        (with_byte(&hello, 3, 1), Fault::Padding),
        (cut_short(&hello, 39), Fault::Length),
        (cut_short(&Message::Chat(ChatMessage::Call { turns: Turns::Free, from: None }), 0), Fault::Length),
        (
            {
                let mut frame = plain(&Message::KeepAlive);
                frame[4] = 0x23;
                frame
            },
            Fault::Kind,
        ),
    ]
}

#[test]
fn the_fields_of_a_second_hello_are_judged_before_its_place() {
    let other = Hello { version: 9, suite: 9, service: 9, frame_len: 9, share: &[1; 5], ..hello() };
    let second =
        [(plain(&Message::Hello(hello())), Fault::State), (plain(&Message::Hello(other)), Fault::State)];
    for (frame, fault) in second.into_iter().chain(malformed()) {
        let mut node = Node::new();
        node.greet();
        assert_eq!(node.refusal(&frame), Close::Fault(fault));
    }
    for (frame, fault) in second.into_iter().chain(malformed()) {
        let mut caller = Caller::<Xor>::new(NOW, password(), Turns::Linear, None, entropy(2));
        let mut out = EMPTY_FRAME;
        assert!(caller.poll_frame(NOW, &mut out));
        caller.handle_frame(NOW, &mut plain(&Message::Hello(hello())));
        assert!(caller.poll_frame(NOW, &mut out), "the Credentials");
        let event = caller.handle_frame(NOW, &mut xor(frame));
        let ended = Ended::ByUs(Close::Fault(fault));
        assert_eq!(event, Some(CallerEvent::Ended(ended)));
        assert!(caller.is_closed(), "nothing is sent");
    }
}

#[test]
fn a_wait_is_told_in_answer_to_a_matching_hello_alone() {
    let mut node = Node::new();
    node.guess_all();
    let wait = Close::TooManyGuesses { seconds: 10 };
    let with = |change: fn(Hello<'static>) -> Hello<'static>| plain(&Message::Hello(change(hello())));
    let answers = [
        (with(|hello| hello), wait),
        (with(|hello| Hello { share: &[1; 5], ..hello }), wait),
        (with(|hello| Hello { version: 2, ..hello }), Close::VersionMismatch),
        (with(|hello| Hello { suite: 2, ..hello }), Close::SuiteMismatch),
        (with(|hello| Hello { service: 1, ..hello }), Close::ServiceMismatch),
        (with(|hello| Hello { frame_len: 2048, ..hello }), Close::FrameLengthMismatch),
        (plain(&Message::KeepAlive), Close::Fault(Fault::State)),
        (plain(&Message::Credentials(RIGHT)), Close::Fault(Fault::State)),
    ];
    let faults = malformed().map(|(frame, fault)| (frame, Close::Fault(fault)));
    for (frame, close) in answers.into_iter().chain(faults) {
        node.again();
        assert_eq!(node.refusal(&frame), close);
    }
    node.again();
    assert_eq!(node.answer(&plain(&Message::Close(Close::Goodbye))), None);
}

#[test]
fn a_wait_that_begins_after_the_hello_is_told_in_answer_to_credentials_alone() {
    let wait = Close::TooManyGuesses { seconds: 10 };
    let answers = [
        (plain(&Message::Credentials(RIGHT)), wait),
        (plain(&Message::Credentials(b"guess")), wait),
        (plain(&Message::Credentials(&[])), wait),
        (plain(&Message::Credentials(&[0; 1000])), wait),
        (plain(&Message::KeepAlive), Close::Fault(Fault::State)),
        (plain(&Message::Hello(hello())), Close::Fault(Fault::State)),
        (plain(&Message::Welcome(&[])), Close::Fault(Fault::State)),
    ];
    let faults = malformed().map(|(frame, fault)| (frame, Close::Fault(fault)));
    for (frame, close) in answers.into_iter().chain(faults) {
        let mut early = Node::new();
        early.greet();
        let mut late = Node::at(early.door);
        late.guess_all();
        early.door = late.door;
        assert_eq!(early.refusal(&frame), close);
    }
}

#[test]
fn unsubscribing_without_a_subscription_changes_nothing() {
    let mut hall = Hall::new(Door::new(password()), Registry::<4>::new([0; 16]));
    let mut session = Session::<Xor>::new(NOW, HERE, entropy(1));
    let mut out = EMPTY_FRAME;
    let hello = Hello::new(SuiteId::Xor, Service::Community, [7; 32]);
    let mut take =
        |session: &mut Session<Xor>, hall: &mut Hall<Inline<4>>, mut frame: Frame, answers: bool| {
            assert_eq!(session.at(hall).handle_frame(NOW, &mut frame), None);
            assert_eq!(session.at(hall).poll_frame(NOW, &mut out), answers);
        };
    take(&mut session, &mut hall, plain(&Message::Hello(hello)), true);
    take(&mut session, &mut hall, xor(plain(&Message::Credentials(RIGHT))), true);
    for on in [false, false, true, false, false] {
        take(
            &mut session,
            &mut hall,
            xor(plain(&Message::Community(CommunityMessage::Subscribe(on)))),
            false,
        );
        assert_eq!(session.is_subscribed(), on);
    }
    take(&mut session, &mut hall, xor(plain(&Message::Community(CommunityMessage::List))), true);
}

/// A chat in the sealed suite: the caller and the callee.
fn chat() -> [Conversation<Sealed>; 2] {
    let mut door = Door::new(password());
    let mut katie = Caller::<Sealed>::new(NOW, password(), Turns::Free, None, entropy(2));
    let mut abdul = Callee::<Sealed>::new(NOW, HERE, entropy(1));
    let mut frame = EMPTY_FRAME;
    while !abdul.is_ringing() {
        if katie.poll_frame(NOW, &mut frame) {
            abdul.at(&mut door).handle_frame(NOW, &mut frame);
        }
        if abdul.at(&mut door).poll_frame(NOW, &mut frame) {
            katie.handle_frame(NOW, &mut frame);
        }
    }
    let mut abdul = abdul.accept(Turns::Free).ok().unwrap();
    assert!(abdul.poll_frame(NOW, &mut frame));
    let accepted = katie.handle_frame(NOW, &mut frame);
    assert_eq!(accepted, Some(CallerEvent::Accepted(Turns::Free)));
    [katie.into_conversation().ok().unwrap(), abdul]
}

/// One side has quit, and the other sends a text, of which this becomes, before it quits as well; returns
/// whether that ends the first.
fn is_over_when_closes_cross(became: impl Fn(Frame) -> Vec<Frame>) -> bool {
    let [mut katie, mut abdul] = chat();
    let mut frame = EMPTY_FRAME;
    assert!(katie.quit(NOW).is_some() && katie.poll_frame(NOW, &mut frame));
    abdul.send_text(NOW, "one more thing", &mut frame).unwrap();
    for mut arrived in became(frame) {
        assert_eq!(katie.handle_frame(NOW, &mut arrived), None, "what arrives is discarded");
        assert!(!katie.is_closed());
    }
    assert!(abdul.quit(NOW).is_some() && abdul.poll_frame(NOW, &mut frame));
    assert_eq!(katie.handle_frame(NOW, &mut frame), None);
    let is_closed = katie.is_closed();
    assert_eq!(katie.handle_timeout(NOW + LINGER_TIMEOUT), None);
    assert!(katie.is_closed(), "sooner or later");
    is_closed
}

#[test]
fn sealed_frames_count_while_closing_whether_they_open_or_not() {
    let changed = |mut frame: Frame| {
        frame[0] ^= 1;
        frame
    };
    assert!(is_over_when_closes_cross(|text| vec![text]));
    assert!(is_over_when_closes_cross(|text| vec![changed(text)]), "one that does not open counts, too");
    assert!(!is_over_when_closes_cross(|_| vec![]), "one that is missing is missed");
    assert!(!is_over_when_closes_cross(|text| vec![text, text]), "one too many, too");
}

#[test]
fn what_is_wrong_while_closing_is_not_answered() {
    let text = plain(&Message::Chat(ChatMessage::Text(Text::new("one more thing").unwrap())));
    for mut frame in malformed().into_iter().map(|(frame, _)| frame).chain([text]) {
        let mut node = Node::new();
        assert_eq!(node.refusal(&plain(&Message::KeepAlive)), Close::Fault(Fault::State));
        let mut machine = node.callee.at(&mut node.door);
        assert_eq!(machine.handle_frame(NOW, &mut frame), None);
        assert!(!machine.wants_send() && !machine.is_closed());
    }
}
