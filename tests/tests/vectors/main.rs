//! The recorded conversations of `tests/vectors`: both ends replay them to the byte, and the examples in
//! `docs/PROTOCOL.md` agree.

mod letter;
mod link;
mod recording;
mod sealed;
mod transfer;
mod wiped;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU16;
use std::time::Duration;

use p2pm_core::channel::{Ended, Machine};
use p2pm_core::chat::{Callee, CalleeEvent, Caller, CallerEvent, Conversation, ConversationEvent};
use p2pm_core::community::{Client, ClientEvent, Hall, Session, SessionEvent};
use p2pm_core::door::Door;
use p2pm_core::limits::{self, ENTROPY_LEN, PRESENCE_INTERVAL};
use p2pm_core::registry::{Inline, Registry};
use p2pm_core::suite::{Entropy, Password, Sealed, Suite, Xor};
use p2pm_core::time::Instant;
use p2pm_core::wire::{
    Change, Close, EMPTY_FRAME, Endpoint, Hello, Message, Name, Service, SuiteId, Turns, User,
};
use recording::{Recording, all_examples, examples_of, recorded_values, shown_values, stated_limits};

const START: Instant = Instant::from_millis(0);
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const ABDUL: IpAddr = IpAddr::V4(Ipv4Addr::new(172, 17, 32, 103));
const ZOE: IpAddr = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 7));

type Meeting = Hall<Inline<4>>;

/// Bytes that count up from `first`.
fn entropy(first: u8) -> Entropy {
    Entropy::new(std::array::from_fn::<_, ENTROPY_LEN, _>(|i| first.wrapping_add(u8::try_from(i).unwrap())))
}

fn initiator_entropy() -> Entropy {
    entropy(0xa0)
}

fn responder_entropy() -> Entropy {
    entropy(0xc0)
}

fn password(text: &str) -> Password {
    Password::new(text.as_bytes()).unwrap()
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn port(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).unwrap()
}

fn user(text: &str, ip: IpAddr, number: u16) -> User {
    User { name: name(text), endpoint: Endpoint::new(ip, port(number)) }
}

fn meeting() -> Meeting {
    Hall::new(Door::new(password("open sesame")), Registry::new([0; 16]))
}

/// The handshake up to the credentials, without their answer.
fn prove(recording: &mut Recording, initiator: &mut impl Machine, responder: &mut impl Machine) {
    let mut hello = recording.polled('>', initiator, START);
    assert!(responder.handle_frame(START, &mut hello).is_none());
    let mut hello = recording.polled('<', responder, START);
    assert!(initiator.handle_frame(START, &mut hello).is_none());
    let mut credentials = recording.polled('>', initiator, START);
    assert!(responder.handle_frame(START, &mut credentials).is_none());
}

/// Another user joins, unrecorded.
fn join(hall: &mut Meeting, joining: User) -> Session<Xor> {
    let mut client = Client::<Xor>::new(START, password("open sesame"), entropy(1));
    let mut session = Session::<Xor>::new(START, joining.endpoint.ip(), entropy(2));
    let mut frame = EMPTY_FRAME;
    for _ in 0..2 {
        assert!(client.poll_frame(START, &mut frame));
        assert_eq!(session.at(hall).handle_frame(START, &mut frame), None);
        assert!(session.at(hall).poll_frame(START, &mut frame));
        client.handle_frame(START, &mut frame);
    }
    client.join(START, joining.name.clone(), joining.endpoint.port(), &mut frame).unwrap();
    let event = session.at(hall).handle_frame(START, &mut frame);
    assert_eq!(event, Some(SessionEvent::Joined(joining)));
    session
}

/// Katie's handshake and join.
fn katie_joins(recording: &mut Recording, hall: &mut Meeting, katie: &User) -> (Client<Xor>, Session<Xor>) {
    let mut client = Client::<Xor>::new(START, password("open sesame"), initiator_entropy());
    let mut session = Session::<Xor>::new(START, HERE, responder_entropy());
    prove(recording, &mut client, &mut session.at(hall));
    let mut welcome = recording.polled('<', &mut session.at(hall), START);
    assert_eq!(client.handle_frame(START, &mut welcome), Some(ClientEvent::Welcome));

    let mut frame = EMPTY_FRAME;
    client.join(START, katie.name.clone(), katie.endpoint.port(), &mut frame).unwrap();
    recording.check('>', &frame);
    let event = session.at(hall).handle_frame(START, &mut frame);
    assert_eq!(event, Some(SessionEvent::Joined(katie.clone())));
    let mut joined = recording.polled('<', &mut session.at(hall), START);
    let event = client.handle_frame(START, &mut joined);
    assert_eq!(event, Some(ClientEvent::Joined { endpoint: katie.endpoint, online: 2 }));
    (client, session)
}

#[test]
fn a_visit_to_the_meeting_place() {
    let mut recording = Recording::open("community");
    let mut hall = meeting();
    let (abdul, katie) = (user("abdul", ABDUL, 5006), user("katie", HERE, 5460));
    let mut abduls = join(&mut hall, abdul.clone());
    let (mut client, mut session) = katie_joins(&mut recording, &mut hall, &katie);

    let mut frame = EMPTY_FRAME;
    client.subscribe(START, &mut frame).unwrap();
    recording.check('>', &frame);
    assert_eq!(session.at(&mut hall).handle_frame(START, &mut frame), None);
    client.request_list(START, &mut frame).unwrap();
    recording.check('>', &frame);
    assert_eq!(session.at(&mut hall).handle_frame(START, &mut frame), None);
    let mut page = recording.polled('<', &mut session.at(&mut hall), START);
    let Some(ClientEvent::ListPage(page)) = client.handle_frame(START, &mut page) else { panic!("no list") };
    assert!(page.last && page.users.eq([abdul, katie]));

    let zoe = user("zoë", ZOE, 5007);
    join(&mut hall, zoe.clone());
    abduls.at(&mut hall).handle_eof(START);
    let later = START + PRESENCE_INTERVAL;
    assert_eq!(session.at(&mut hall).handle_timeout(later), None);
    let mut presence = recording.polled('<', &mut session.at(&mut hall), later);
    let event = client.handle_frame(later, &mut presence);
    let Some(ClientEvent::Presence(presence)) = event else { panic!("no presence") };
    assert!(presence.changes.eq([Change::Joined(zoe), Change::Left(name("abdul"))]));

    client.leave(later);
    let mut goodbye = recording.polled('>', &mut client, later);
    let Some(SessionEvent::Ended { ended, .. }) = session.at(&mut hall).handle_frame(later, &mut goodbye)
    else {
        panic!("katie is still there")
    };
    assert_eq!(ended, Ended::ByPeer(Close::Goodbye));
    recording.finish();
}

/// A call up to the chat, as both sides have it.
fn call<S: Suite>(recording: &mut Recording) -> (Conversation<S>, Conversation<S>) {
    let mut door = Door::new(password("barbeau"));
    let from = Some(name("katie"));
    let offer = Turns::Linear;
    let mut katie = Caller::<S>::new(START, password("barbeau"), offer, from.clone(), initiator_entropy());
    let mut node = Callee::<S>::new(START, HERE, responder_entropy());
    prove(recording, &mut katie, &mut node.at(&mut door));
    let mut welcome = recording.polled('<', &mut node.at(&mut door), START);
    assert_eq!(katie.handle_frame(START, &mut welcome), Some(CallerEvent::Ringing));
    let mut call = recording.polled('>', &mut katie, START);
    let event = node.at(&mut door).handle_frame(START, &mut call);
    assert_eq!(event, Some(CalleeEvent::Ringing { from, offer }));

    let Ok(mut node) = node.accept(offer) else { panic!("nobody called") };
    let mut accepted = recording.polled('<', &mut node, START);
    assert_eq!(katie.handle_frame(START, &mut accepted), Some(CallerEvent::Accepted(offer)));
    let Ok(katie) = katie.into_conversation() else { panic!("nobody accepted") };
    (katie, node)
}

#[test]
fn a_chat() {
    let mut recording = Recording::open("chat");
    let (mut katie, mut node) = call::<Xor>(&mut recording);

    let mut frame = EMPTY_FRAME;
    katie.send_text(START, "hello user!", &mut frame).unwrap();
    recording.check('>', &frame);
    let event = node.handle_frame(START, &mut frame);
    assert_eq!(event, Some(ConversationEvent::Text("hello user!")));

    node.send_text(START, "Ah, hello other user!", &mut frame).unwrap();
    recording.check('<', &frame);
    let event = katie.handle_frame(START, &mut frame);
    assert_eq!(event, Some(ConversationEvent::Text("Ah, hello other user!")));

    quit(recording, katie, node);
}

/// The caller ends the chat, and the recording with it.
fn quit<S: Suite>(mut recording: Recording, mut katie: Conversation<S>, mut node: Conversation<S>) {
    katie.quit(START);
    let mut goodbye = recording.polled('>', &mut katie, START);
    let event = node.handle_frame(START, &mut goodbye);
    assert_eq!(event, Some(ConversationEvent::Ended(Ended::ByPeer(Close::Goodbye))));
    assert!(node.is_closed());
    recording.finish();
}

#[test]
fn a_sealed_call() {
    let mut recording = Recording::open("sealed");
    let (katie, node) = call::<Sealed>(&mut recording);
    quit(recording, katie, node);
}

#[test]
fn a_wrong_password() {
    let mut recording = Recording::open("wrong_password");
    let mut hall = meeting();
    let mut client = Client::<Xor>::new(START, password("let me in"), initiator_entropy());
    let mut session = Session::<Xor>::new(START, HERE, responder_entropy());
    let mut frame = recording.polled('>', &mut client, START);
    assert_eq!(session.at(&mut hall).handle_frame(START, &mut frame), None);
    let mut frame = recording.polled('<', &mut session.at(&mut hall), START);
    assert_eq!(client.handle_frame(START, &mut frame), None);
    let mut frame = recording.polled('>', &mut client, START);
    let ended = Ended::ByUs(Close::WrongPassword);
    let event = session.at(&mut hall).handle_frame(START, &mut frame);
    assert_eq!(event, Some(SessionEvent::Ended { user: None, ended }));
    let mut frame = recording.polled('<', &mut session.at(&mut hall), START);
    let ended = Ended::Claimed(Close::WrongPassword);
    assert_eq!(client.handle_frame(START, &mut frame), Some(ClientEvent::Ended(ended)));
    recording.finish();
}

#[test]
fn another_suite() {
    let mut recording = Recording::open("suite_mismatch");
    let mut hall = meeting();
    let hello = Hello::new(SuiteId::Xor, Service::Community, initiator_entropy().public());
    let mut frame = EMPTY_FRAME;
    Message::Hello(Hello { suite: 2, ..hello }).emit(&mut frame);
    recording.check('>', &frame);
    let mut session = Session::<Xor>::new(START, HERE, responder_entropy());
    let ended = Ended::ByUs(Close::SuiteMismatch);
    let event = session.at(&mut hall).handle_frame(START, &mut frame);
    assert_eq!(event, Some(SessionEvent::Ended { user: None, ended }));

    let mut client = Client::<Xor>::new(START, password("open sesame"), initiator_entropy());
    assert!(client.poll_frame(START, &mut frame));
    let mut frame = recording.polled('<', &mut session.at(&mut hall), START);
    let ended = Ended::Claimed(Close::SuiteMismatch);
    assert_eq!(client.handle_frame(START, &mut frame), Some(ClientEvent::Ended(ended)));
    recording.finish();
}

#[test]
fn the_document_shows_every_recording() {
    let conversations = [
        "community",
        "chat",
        "wrong_password",
        "suite_mismatch",
        "sealed",
        "link",
        "transfer",
        "transfer_aes",
    ];
    let mut shown = 0;
    for conversation in conversations {
        let mut recording = Recording::open(conversation);
        let examples = examples_of(conversation);
        shown += examples.len();
        for example in &examples {
            recording.check_example(example);
        }
        recording.finish();
    }
    assert_eq!(shown, all_examples(), "an example belongs to no recording");
}

#[test]
fn the_document_shows_the_values_behind_the_keys() {
    for file in ["sealed_keys", "link_keys", "transfer_keys", "letter"] {
        assert_eq!(shown_values(file), recorded_values(file));
    }
}

#[test]
fn the_document_states_the_limits() {
    let seconds = |time: Duration| format!("{} s", time.as_secs_f64());
    let bytes = |length: usize| format!("{length} bytes");
    let limits = [
        ("FRAME_LEN", bytes(limits::FRAME_LEN)),
        ("HEADER_LEN", bytes(limits::HEADER_LEN)),
        ("BODY_MAX", bytes(limits::BODY_MAX)),
        ("TRAILER_LEN", bytes(limits::TRAILER_LEN)),
        ("RANDOM_LEN", bytes(limits::RANDOM_LEN)),
        ("HELLO_LEN", bytes(limits::HELLO_LEN)),
        ("NAME_MAX", bytes(limits::NAME_MAX)),
        ("PASSWORD_MAX", bytes(limits::PASSWORD_MAX)),
        ("TEXT_MAX", bytes(limits::TEXT_MAX)),
        ("KEY_LEN", bytes(limits::KEY_LEN)),
        ("PROOF_LEN", bytes(limits::PROOF_LEN)),
        ("MARKER_LEN", bytes(limits::MARKER_LEN)),
        ("LINK_TEXT_MAX", bytes(limits::LINK_TEXT_MAX)),
        ("PART_MAX", bytes(limits::PART_MAX)),
        ("SIGNATURE_LEN", bytes(limits::SIGNATURE_LEN)),
        ("HELD_TEXT_MAX", bytes(limits::HELD_TEXT_MAX)),
        ("HELD_TEXTS", format!("{} texts", limits::HELD_TEXTS)),
        ("RUNS_HEARD", format!("{} runs", limits::RUNS_HEARD)),
        ("LABEL_MAX", bytes(limits::LABEL_MAX)),
        ("PREVIEW_PIXELS_MAX", format!("{} pixels", limits::PREVIEW_PIXELS_MAX)),
        ("FRAME_LEN_MAX", bytes(limits::FRAME_LEN_MAX)),
        ("PIECE_LEN", format!("{} bytes", limits::PIECE_LEN)),
        ("ENTRY_PATH_MAX", bytes(limits::ENTRY_PATH_MAX)),
        ("OFFERS_PER_CONTACT", format!("{} offers", limits::OFFERS_PER_CONTACT)),
        ("OFFER_TIMEOUT", seconds(limits::OFFER_TIMEOUT)),
        ("OFFER_BACK_OFF_MIN", seconds(limits::OFFER_BACK_OFF_MIN)),
        ("OFFER_BACK_OFF_MAX", seconds(limits::OFFER_BACK_OFF_MAX)),
        ("STALL_TIMEOUT", seconds(limits::STALL_TIMEOUT)),
        ("USERS_MAX", format!("{} users", limits::USERS_MAX)),
        ("CHANGES_MAX", format!("{} changes", limits::CHANGES_MAX)),
        ("CONNECT_TIMEOUT", seconds(limits::CONNECT_TIMEOUT)),
        ("HANDSHAKE_TIMEOUT", seconds(limits::HANDSHAKE_TIMEOUT)),
        ("HALF_OPEN_MAX", format!("{} connections", limits::HALF_OPEN_MAX)),
        ("FRAME_TIMEOUT", seconds(limits::FRAME_TIMEOUT)),
        ("KEEPALIVE_INTERVAL", seconds(limits::KEEPALIVE_INTERVAL)),
        ("SILENCE_TIMEOUT", seconds(limits::SILENCE_TIMEOUT)),
        ("LINGER_TIMEOUT", seconds(limits::LINGER_TIMEOUT)),
        ("RING_TIMEOUT", seconds(limits::RING_TIMEOUT)),
        ("PRESENCE_INTERVAL", seconds(PRESENCE_INTERVAL)),
        ("RACE_WINDOW", seconds(limits::RACE_WINDOW)),
        ("DIAL_BACK_OFF_MIN", seconds(limits::DIAL_BACK_OFF_MIN)),
        ("DIAL_BACK_OFF_MAX", seconds(limits::DIAL_BACK_OFF_MAX)),
        ("YIELD_DELAY", seconds(limits::YIELD_DELAY)),
        ("DIALS_BURST", format!("{} dials", limits::DIALS_BURST)),
        ("DIAL_INTERVAL", seconds(limits::DIAL_INTERVAL)),
        ("FRAMES_PER_KEY", format!("{} frames", limits::FRAMES_PER_KEY)),
        ("FREE_GUESSES", format!("{} guesses", limits::FREE_GUESSES)),
        ("GUESS_INTERVAL", seconds(limits::GUESS_INTERVAL)),
        ("FREE_SITE_GUESSES", format!("{} guesses", limits::FREE_SITE_GUESSES)),
        ("SITE_GUESS_INTERVAL", seconds(limits::SITE_GUESS_INTERVAL)),
        ("FREE_STRANGER_GUESSES", format!("{} guesses", limits::FREE_STRANGER_GUESSES)),
        ("STRANGER_GUESS_INTERVAL", seconds(limits::STRANGER_GUESS_INTERVAL)),
        ("GUESSERS_MAX", format!("{} networks", limits::GUESSERS_MAX)),
        ("MANY_GUESSES", format!("{} guesses", limits::MANY_GUESSES)),
        ("MANY_GUESSES_PERIOD", seconds(limits::MANY_GUESSES_PERIOD)),
    ];
    let expected: Vec<_> = limits.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    assert_eq!(stated_limits(), expected);
}
