//! Clients against the sessions of their server.

use core::num::NonZeroU16;

use super::*;
use crate::channel::tests::{HERE, NOW, entropy, pass};
use crate::channel::{Acceptor, AcceptorEvent, Ended, Machine};
use crate::door::Door;
use crate::error::{Fault, SendError};
use crate::limits::{KEEPALIVE_INTERVAL, PRESENCE_INTERVAL, SILENCE_TIMEOUT};
use crate::registry::{Inline, Registry};
use crate::suite::{Password, Protection, Xor};
use crate::wire::{
    Change, Close, CommunityMessage, EMPTY_FRAME, Endpoint, Frame, JoinRefusal, Message, Name, User,
};

type OurHall = Hall<Inline<2>>;

fn password() -> Password {
    Password::new(b"sesame").unwrap()
}

fn hall() -> OurHall {
    Hall::new(Door::new(password()), Registry::new([0; 16]))
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn user(text: &str, port: u16) -> User {
    User { name: name(text), endpoint: Endpoint::new(HERE, NonZeroU16::new(port).unwrap()) }
}

/// One client and its session.
struct Member {
    client: Client<Xor>,
    session: Session<Xor>,
}

impl Member {
    /// A client that is authenticated.
    fn inside(hall: &mut OurHall) -> Self {
        let client = Client::new(NOW, password(), entropy());
        let mut member = Self { client, session: Session::new(NOW, HERE, entropy()) };
        let mut frame = EMPTY_FRAME;
        for _ in ["Hello", "Credentials"] {
            assert!(!member.session.is_authenticated());
            assert_eq!(
                member.client.join(NOW, name("x"), NonZeroU16::MIN, &mut frame),
                Err(SendError::NotNow)
            );
            assert_eq!(pass(&mut member.client, &mut member.session.at(hall), &mut frame), None);
            let event = pass(&mut member.session.at(hall), &mut member.client, &mut frame);
            assert_eq!(event, member.session.is_authenticated().then_some(ClientEvent::Welcome));
        }
        assert!(member.session.is_authenticated() && !member.client.wants_send());
        member
    }

    /// Asks to be put on the list: the frame, and what the session reports.
    fn ask(&mut self, hall: &mut OurHall, user: &User) -> Option<SessionEvent> {
        let mut frame = EMPTY_FRAME;
        self.client.join(NOW, user.name.clone(), user.endpoint.port(), &mut frame).unwrap();
        self.session.at(hall).handle_frame(NOW, &mut frame)
    }

    fn joined(hall: &mut OurHall, user: &User) -> Self {
        let mut member = Self::inside(hall);
        assert_eq!(member.ask(hall, user), Some(SessionEvent::Joined(user.clone())));
        let (endpoint, online) = (user.endpoint, hall.registry().len().try_into().unwrap());
        assert_eq!(
            member.hear(hall, &mut EMPTY_FRAME.clone()),
            Some(ClientEvent::Joined { endpoint, online })
        );
        member
    }

    /// What the client reports for the session's next frame.
    fn hear<'f>(&mut self, hall: &mut OurHall, frame: &'f mut Frame) -> Option<ClientEvent<'f>> {
        pass(&mut self.session.at(hall), &mut self.client, frame)
    }
}

/// What the client reports for a message that its server would not send.
fn forged(client: &mut Client<Xor>, message: CommunityMessage<'_>) -> Option<Ended> {
    let mut frame = EMPTY_FRAME;
    Message::from(message).emit(&mut frame);
    Xor.seal(&mut frame);
    match client.handle_frame(NOW, &mut frame)? {
        ClientEvent::Ended(ended) => Some(ended),
        other => panic!("{other:?}"),
    }
}

const OUT_OF_STATE: Option<Ended> = Some(Ended::ByUs(Close::Fault(Fault::State)));

#[test]
fn a_user_is_online_from_joining_to_leaving() {
    let mut hall = hall();
    let katie = user("katie", 5460);
    let mut member = Member::joined(&mut hall, &katie);
    assert!(member.client.is_joined() && hall.registry().lookup(&katie.name).is_some());
    assert_eq!(member.session.from(), HERE);
    let again = member.client.join(NOW, katie.name.clone(), NonZeroU16::MIN, &mut EMPTY_FRAME.clone());
    assert_eq!(again, Err(SendError::NotNow));

    assert_eq!(member.client.leave(NOW), Some(ClientEvent::Ended(Ended::ByUs(Close::Goodbye))));
    assert!(!member.client.is_joined());
    let ended = Ended::ByPeer(Close::Goodbye);
    let left = pass(&mut member.client, &mut member.session.at(&mut hall), &mut EMPTY_FRAME.clone());
    assert_eq!(left, Some(SessionEvent::Ended { user: Some(katie), ended }));
    assert!(hall.registry().is_empty() && !member.session.is_authenticated());
}

#[test]
fn who_may_not_join_may_ask_again() {
    let mut hall = hall();
    let katie = user("katie", 5460);
    let _first = Member::joined(&mut hall, &katie);
    let mut second = Member::inside(&mut hall);
    assert_eq!(second.ask(&mut hall, &katie), None);
    let taken = Some(ClientEvent::JoinRefused(JoinRefusal::NameTaken));
    assert_eq!(second.hear(&mut hall, &mut EMPTY_FRAME.clone()), taken);
    assert!(!second.client.is_joined());
    assert!(second.ask(&mut hall, &user("abdul", 5461)).is_some());

    let mut third = Member::inside(&mut hall);
    assert_eq!(third.ask(&mut hall, &user("zoe", 5462)), None);
    let full = Some(ClientEvent::JoinRefused(JoinRefusal::Full));
    assert_eq!(third.hear(&mut hall, &mut EMPTY_FRAME.clone()), full);
}

#[test]
fn the_server_ends_a_session_with_a_reason_and_its_user_is_offline() {
    let mut hall = hall();
    let katie = user("katie", 5460);
    let mut member = Member::joined(&mut hall, &katie);
    let over = member.session.at(&mut hall).close(NOW, Close::Goodbye);
    let ended = Ended::ByUs(Close::Goodbye);
    assert_eq!(over, Some(SessionEvent::Ended { user: Some(katie), ended }));
    assert!(hall.registry().is_empty());
    let told = Some(ClientEvent::Ended(Ended::ByPeer(Close::Goodbye)));
    assert_eq!(member.hear(&mut hall, &mut EMPTY_FRAME.clone()), told);
}

#[test]
fn who_joins_twice_is_thrown_out() {
    let mut hall = hall();
    let katie = user("katie", 5460);
    let mut member = Member::joined(&mut hall, &katie);
    let mut frame = EMPTY_FRAME;
    Message::from(CommunityMessage::Join { name: name("abdul"), port: NonZeroU16::MIN }).emit(&mut frame);
    Xor.seal(&mut frame);
    let ended = Ended::ByUs(Close::Fault(Fault::State));
    let over = member.session.at(&mut hall).handle_frame(NOW, &mut frame);
    assert_eq!(over, Some(SessionEvent::Ended { user: Some(katie), ended }));
}

#[test]
fn a_list_is_received_once_for_each_request() {
    let mut hall = hall();
    let users = [user("abdul", 5460), user("katie", 5461)];
    let [mut member, _other] = users.each_ref().map(|user| Member::joined(&mut hall, user));
    let (mut frame, mut out) = (EMPTY_FRAME, EMPTY_FRAME);
    for _ in 0..2 {
        member.client.request_list(NOW, &mut frame).unwrap();
        assert_eq!(member.client.request_list(NOW, &mut out), Err(SendError::NotNow));
        assert_eq!(member.session.at(&mut hall).handle_frame(NOW, &mut frame), None);
        let Some(ClientEvent::ListPage(page)) = member.hear(&mut hall, &mut out) else { panic!("no page") };
        assert_eq!((page.last, page.online), (true, 2));
        assert!(page.users.eq(users.clone()));
        assert!(!member.session.at(&mut hall).wants_send());
    }
    Xor.seal(&mut out);
    let unasked = Some(ClientEvent::Ended(Ended::ByUs(Close::Fault(Fault::State))));
    assert_eq!(member.client.handle_frame(NOW, &mut out), unasked);
}

#[test]
fn a_page_that_is_taken_is_a_sign_of_life() {
    let mut hall = hall();
    let mut member = Member::inside(&mut hall);
    let mut frame = EMPTY_FRAME;
    member.client.request_list(NOW, &mut frame).unwrap();
    let mut session = member.session.at(&mut hall);
    assert_eq!(session.handle_frame(NOW, &mut frame), None);
    let taken = NOW + KEEPALIVE_INTERVAL;
    assert!(session.poll_frame(taken, &mut frame));
    assert_eq!(session.handle_timeout(NOW + SILENCE_TIMEOUT), None);
    let ended = Ended::ByUs(Close::TimedOut);
    assert_eq!(
        session.handle_timeout(taken + SILENCE_TIMEOUT),
        Some(SessionEvent::Ended { user: None, ended })
    );
}

#[test]
fn changes_are_told_to_those_who_want_to_hear_them() {
    let mut hall = hall();
    let mut member = Member::inside(&mut hall);
    let (mut frame, mut out) = (EMPTY_FRAME, EMPTY_FRAME);
    let quiet = NOW + KEEPALIVE_INTERVAL;
    assert_eq!(member.client.deadline(), Some(quiet));
    member.client.subscribe(NOW, &mut frame).unwrap();
    assert!(!member.session.is_subscribed());
    assert_eq!(member.session.at(&mut hall).handle_frame(NOW, &mut frame), None);
    assert!(member.session.is_subscribed());
    assert_eq!(member.session.at(&mut hall).deadline(), Some(quiet));

    for (user, due) in [(user("abdul", 5460), NOW), (user("katie", 5461), NOW + PRESENCE_INTERVAL)] {
        let _silent = Member::joined(&mut hall, &user);
        let mut session = member.session.at(&mut hall);
        assert_eq!(session.deadline(), Some(due));
        assert_eq!((session.handle_timeout(due), session.wants_send()), (None, true));
        let Some(ClientEvent::Presence(presence)) = member.hear(&mut hall, &mut out) else { panic!("none") };
        assert_eq!((presence.online as usize, presence.missed), (hall.registry().len(), 0));
        assert!(presence.changes.eq([Change::Joined(user)]));
    }
    assert_eq!(member.session.at(&mut hall).deadline(), Some(quiet));
}

#[test]
fn a_client_accepts_no_answer_without_a_question() {
    let joined = CommunityMessage::Joined { endpoint: user("katie", 5460).endpoint, online: 1 };
    let mut hall = hall();
    assert_eq!(forged(&mut Member::inside(&mut hall).client, joined), OUT_OF_STATE);
    let refused = CommunityMessage::JoinRefused(JoinRefusal::Full);
    assert_eq!(forged(&mut Member::inside(&mut hall).client, refused), OUT_OF_STATE);
    let mut frame = EMPTY_FRAME;
    crate::wire::emit_presence(&mut frame, 1, 0, |_| ());
    Xor.seal(&mut frame);
    let unasked = Member::inside(&mut hall).client.handle_frame(NOW, &mut frame).map(|event| match event {
        ClientEvent::Ended(ended) => ended,
        other => panic!("{other:?}"),
    });
    assert_eq!(unasked, OUT_OF_STATE);
}

#[test]
fn a_session_continues_a_connection_that_an_acceptor_has_heard() {
    let mut hall = hall();
    let Err(mut acceptor) = Session::<Xor>::of_acceptor(Acceptor::new(NOW, HERE, entropy()), NOW, &hall)
    else {
        panic!("no Hello has arrived")
    };
    let mut client = Client::<Xor>::new(NOW, password(), entropy());
    let mut frame = EMPTY_FRAME;
    assert!(matches!(pass(&mut client, &mut acceptor, &mut frame), Some(AcceptorEvent::Asked(_))));
    let (mut session, ended) = Session::<Xor>::of_acceptor(acceptor, NOW, &hall).ok().unwrap();
    assert_eq!(ended, None);
    assert_eq!(pass(&mut session.at(&mut hall), &mut client, &mut frame), None);
    assert_eq!(pass(&mut client, &mut session.at(&mut hall), &mut frame), None);
    assert_eq!(pass(&mut session.at(&mut hall), &mut client, &mut frame), Some(ClientEvent::Welcome));
}
