//! Two nodes and the frames between them, without a network.

extern crate std;

mod counters;
mod dials;
mod forgetting;
mod gaps;
mod mailbox;
mod meeting;
mod members;
mod neighbours;
mod reception;
mod transfers;
mod trust;

use core::net::Ipv4Addr;
use core::num::{NonZeroU16, NonZeroU32};
use std::collections::VecDeque;
use std::string::{String, ToString};
use std::vec::Vec;

use super::*;
use crate::channel::{Acceptor, AcceptorEvent, Ended, Machine, marker_of};
use crate::door::{Door, Guesser};
use crate::error::Fault;
use crate::limits::{CIRCLES_MAX, ENTROPY_LEN, FRAME_LEN, GUESSER_WAYS};
use crate::link::{Incoming, Link, Outgoing};
use crate::suite::aead::Portable;
use crate::suite::{Entropy, Password};
use crate::wire::{Close, EMPTY_FRAME, Endpoint, Hello, Message, Service, SuiteId};

/// Transfers that a node has room for.
const TRANSFERS: usize = 3;

type OurNode = Node<Memory>;

/// Memory of a node, which may keep letters for others.
struct Memory;

impl Storage for Memory {
    type Contacts = [Contact; 4];
    type Targets = [Target; 4];
    type Entries = [Entry; 8];
    type Texts = [u8; 4096];
    type Transfers = [Transfer; TRANSFERS];
    type Held = Vec<Held>;
    type Circles = [Option<Circle<Self::Guessers>>; CIRCLES_MAX];
    type Guessers = [Guesser; GUESSER_WAYS];
}

/// Rows of which so many are for letters.
fn rows(held: usize) -> Rows<Memory> {
    let Rows { contacts, targets, entries, texts, transfers, circles, .. } =
        Rows::<Inline<4, 4, 8, 4096, TRANSFERS>>::default();
    Rows { contacts, targets, entries, texts, transfers, circles, held: std::vec![Held::EMPTY; held] }
}

const START: Instant = Instant::from_millis(1000);

/// One end of a connection, at any stage.
enum End {
    Accepting(Acceptor),
    Incoming(Incoming<Portable>),
    Outgoing(Outgoing<Portable>),
    Link(Link<Portable>),
    Over,
}

fn node(seed: u8, name: &str, policy: Policy) -> OurNode {
    node_with(seed, name, policy, 0)
}

/// A node with room for so many letters.
fn node_with(seed: u8, name: &str, policy: Policy, held: usize) -> OurNode {
    let setup = Setup {
        identity: Identity::from_seed(&[seed; 32]),
        name: name.parse().unwrap(),
        port: NonZeroU16::new(5000),
        policy,
        run: u32::from(seed) << 8,
        seed: seed.into(),
    };
    let mut node = OurNode::new(START, setup, rows(held));
    node.join(NonZeroU32::new(47), Door::new(Password::new(b"47-coral-tulip").unwrap())).unwrap();
    node
}

/// A user at a node: what was heard.
struct User {
    node: OurNode,
    heard: Vec<String>,
    ended: Option<Ended>,
}

impl User {
    fn new(seed: u8, name: &str, policy: Policy) -> Self {
        Self { node: node(seed, name, policy), heard: Vec::new(), ended: None }
    }

    fn opened(&mut self, event: OpeningEvent) -> Option<crate::wire::Introduction> {
        match event {
            OpeningEvent::Introduced(introduction) => Some(introduction),
            OpeningEvent::Ended(ended) => {
                self.ended = Some(ended);
                None
            }
        }
    }

    /// The contact of the other user.
    fn other(&self) -> ContactId {
        self.node.contacts().next().expect("somebody").0
    }

    /// What was heard since the last call.
    fn take_heard(&mut self) -> String {
        core::mem::take(&mut self.heard).concat()
    }

    fn is_linked(&self) -> bool {
        self.node.contacts().any(|(_, contact)| contact.is_here())
    }
}

impl End {
    fn poll(&mut self, user: &mut User, now: Instant, out: &mut [u8]) -> bool {
        let node = &mut user.node;
        match self {
            Self::Accepting(acceptor) => acceptor.poll_frame(now, out),
            Self::Incoming(incoming) => incoming.at(node).poll_frame(now, out),
            Self::Outgoing(outgoing) => outgoing.at(node).poll_frame(now, out),
            Self::Link(link) => {
                if let Some(LinkEvent::Ended { ended, .. }) = link.at(node).handle_timeout(now) {
                    user.ended = Some(ended);
                }
                link.at(&mut user.node).poll_frame(now, out)
            }
            Self::Over => false,
        }
    }

    fn handle(self, user: &mut User, now: Instant, frame: &mut [u8]) -> Self {
        match self {
            Self::Accepting(mut acceptor) => match acceptor.handle_frame(now, frame) {
                Some(AcceptorEvent::Asked(_)) => match user.node.accepted(acceptor, now) {
                    Ok((incoming, _)) => Self::Incoming(incoming),
                    Err(acceptor) => Self::Accepting(acceptor),
                },
                _ => Self::Accepting(acceptor),
            },
            Self::Incoming(mut incoming) => {
                let event = incoming.at(&mut user.node).handle_frame(now, frame);
                match event.and_then(|event| user.opened(event)) {
                    Some(theirs) => match user.node.introduce(now, incoming, &theirs) {
                        Ok(link) => Self::Link(link),
                        Err(incoming) => Self::Incoming(incoming),
                    },
                    None => Self::Incoming(incoming),
                }
            }
            Self::Outgoing(mut outgoing) => {
                let event = outgoing.at(&mut user.node).handle_frame(now, frame);
                match event.and_then(|event| user.opened(event)) {
                    Some(theirs) => match user.node.introduce(now, outgoing, &theirs) {
                        Ok(link) => Self::Link(link),
                        Err(outgoing) => Self::Outgoing(outgoing),
                    },
                    None => Self::Outgoing(outgoing),
                }
            }
            Self::Link(mut link) => {
                let event = link.at(&mut user.node).handle_frame(now, frame);
                match event {
                    Some(LinkEvent::Said { contact, part, missed, .. }) => {
                        let missed = if missed { "missed; " } else { "" };
                        user.heard.push(std::format!("{missed}{}", part.text));
                        if part.is_last() {
                            user.node.confirm(contact, part.sequence);
                        }
                    }
                    Some(LinkEvent::Named { taken_from: Some(bearer), .. }) => {
                        user.heard.push(std::format!("a name of {bearer:?}"));
                    }
                    Some(LinkEvent::AsksReception { .. }) => user.heard.push("asked".into()),
                    Some(LinkEvent::Reception { reception, .. }) => {
                        user.heard.push(std::format!("{reception:?}"));
                    }
                    Some(LinkEvent::Ended { ended, .. }) => user.ended = Some(ended),
                    _ => {}
                }
                Self::Link(link)
            }
            Self::Over => Self::Over,
        }
    }
}

/// A connection from the first user to the second.
struct Pair {
    ends: [End; 2],
}

impl Pair {
    /// The first user's node dials.
    fn dial(from: &mut User, now: Instant) -> Self {
        Self::dial_with(from, now, [1, 2])
    }

    /// The same with these random numbers for each side.
    fn dial_with(from: &mut User, now: Instant, random: [u8; 2]) -> Self {
        let [ours, theirs] = random.map(|byte| Entropy::new([byte; ENTROPY_LEN]));
        let dial = from.node.next_dial(now).expect("somebody to dial");
        let outgoing = from.node.dialled(now, dial, ours).unwrap();
        let acceptor = Acceptor::new(now, Ipv4Addr::LOCALHOST.into(), theirs);
        Self { ends: [End::Outgoing(outgoing), End::Accepting(acceptor)] }
    }

    /// Frames go back and forth until there are no more. An end that has something to send is given nothing.
    fn run(&mut self, users: &mut [&mut User; 2], now: Instant) {
        self.run_watched(users, now, |_| ());
    }

    /// The same, and after each frame this is done.
    fn run_watched(
        &mut self,
        users: &mut [&mut User; 2],
        now: Instant,
        mut watch: impl FnMut(&mut [&mut User; 2]),
    ) {
        let mut inboxes = [VecDeque::new(), VecDeque::new()];
        let mut is_quiet = false;
        while !is_quiet {
            is_quiet = true;
            for this in [0, 1] {
                let mut frame = EMPTY_FRAME;
                if self.ends[this].poll(users[this], now, &mut frame) {
                    inboxes[1 - this].push_back(frame);
                } else if let Some(mut frame) = inboxes[this].pop_front() {
                    let end = core::mem::replace(&mut self.ends[this], End::Over);
                    self.ends[this] = end.handle(users[this], now, &mut frame);
                } else {
                    continue;
                }
                is_quiet = false;
                watch(users);
            }
        }
    }
}

fn endpoint() -> Endpoint {
    Endpoint::new(Ipv4Addr::LOCALHOST.into(), NonZeroU16::new(5000).unwrap())
}

/// Katie dials Abdul, who accepts everybody.
fn linked() -> (User, User, Pair) {
    let [mut katie, mut abdul] =
        [(1, "katie"), (2, "abdul")].map(|(seed, name)| User::new(seed, name, Policy::All));
    katie.node.connect(START, endpoint(), CircleId(0));
    let mut pair = Pair::dial(&mut katie, START);
    pair.run(&mut [&mut katie, &mut abdul], START);
    assert!(katie.is_linked() && abdul.is_linked(), "{:?} {:?}", katie.ended, abdul.ended);
    (katie, abdul, pair)
}

/// The connection of a pair is lost at both ends.
fn lose(pair: &mut Pair, users: [&mut User; 2], now: Instant) {
    for (end, user) in pair.ends.iter_mut().zip(users) {
        let End::Link(link) = end else { panic!("no link") };
        link.at(&mut user.node).handle_eof(now);
    }
}

#[test]
fn two_nodes_are_linked_and_talk() {
    let (mut katie, mut abdul, mut pair) = linked();
    let id = katie.other();
    assert_eq!(katie.node.contact(id).unwrap().known().name.as_ref().unwrap().as_str(), "abdul");
    assert_eq!(katie.node.poll_news(), Some(News::Came(id)));
    assert_eq!(katie.node.poll_news(), None);
    let sequence = katie.node.say(To::One(id), "dinner?").unwrap();
    assert_eq!(katie.node.contact(id).unwrap().delivery(sequence), Delivery::Waiting);
    pair.run(&mut [&mut katie, &mut abdul], START);
    assert_eq!(katie.node.contact(id).unwrap().delivery(sequence), Delivery::Received);
    let long = "é".repeat(LINK_TEXT_MAX / 8);
    abdul.node.say(To::All(CircleId(0)), &long).unwrap();
    pair.run(&mut [&mut katie, &mut abdul], START);
    assert_eq!(abdul.heard, ["dinner?"]);
    assert!(katie.heard.len() > 2, "it came in parts");
    assert_eq!(katie.heard.concat(), long);
    assert_eq!(katie.node.comparison(id), abdul.node.comparison(abdul.other()));
}

#[test]
fn what_was_not_received_is_sent_again_and_told_once() {
    let (mut katie, mut abdul, mut pair) = linked();
    let id = katie.other();
    katie.node.say(To::One(id), "one").unwrap();
    pair.run(&mut [&mut katie, &mut abdul], START);
    katie.node.say(To::One(id), "two").unwrap();
    // The frame is lost with the connection.
    assert!(pair.ends[0].poll(&mut katie, START, &mut [0; FRAME_LEN]));
    lose(&mut pair, [&mut katie, &mut abdul], START);
    assert!(!katie.is_linked());
    katie.node.say(To::All(CircleId(0)), "three").unwrap();
    let later = START + Duration::from_secs(3);
    Pair::dial(&mut katie, later).run(&mut [&mut katie, &mut abdul], later);
    assert_eq!(abdul.heard, ["one", "two", "three"]);
}

#[test]
fn whoever_takes_another_link_has_not_left() {
    let (mut katie, mut abdul, mut old) = linked();
    assert_eq!(katie.node.poll_news(), Some(News::Came(katie.other())));
    let later = START + crate::limits::RACE_WINDOW;
    let End::Link(link) = &mut old.ends[1] else { panic!("no link") };
    link.at(&mut abdul.node).handle_eof(later);
    abdul.node.connect(later, endpoint(), CircleId(0));
    let mut new = Pair::dial_with(&mut abdul, later, [3, 4]);
    new.run_watched(&mut [&mut abdul, &mut katie], later, |[_, katie]| {
        assert_eq!(katie.node.poll_news(), None);
    });
    assert!(abdul.is_linked() && katie.is_linked());
}

#[test]
fn another_circle_costs_no_guess() {
    let mut katie = User::new(1, "katie", Policy::All);
    let mut abdul = User::new(2, "abdul", Policy::All);
    katie.node.circle_mut(0).unwrap().number = NonZeroU32::new(48);
    katie.node.connect(START, endpoint(), CircleId(0));
    Pair::dial(&mut katie, START).run(&mut [&mut katie, &mut abdul], START);
    assert_eq!(katie.ended, Some(Ended::Claimed(Close::OtherCircle)));
    assert_eq!(abdul.node.contacts().count(), 0);
}

#[test]
fn a_node_does_not_link_with_itself() {
    let mut one = User::new(1, "katie", Policy::All);
    let mut other = User::new(1, "katie", Policy::All);
    one.node.connect(START, endpoint(), CircleId(0));
    Pair::dial(&mut one, START).run(&mut [&mut one, &mut other], START);
    assert_eq!(one.node.contacts().count(), 0);
    assert!(one.node.next_dial(START + Duration::from_hours(1)).is_none());
}

#[test]
fn a_hello_is_refused_for_the_first_thing_that_is_wrong_with_it() {
    let random = [7; 32];
    let marker = marker_of(&random, NonZeroU32::new(47));
    let of_other_circle = marker_of(&random, None);
    let good = Hello { share: &marker, ..Hello::new(SuiteId::Sealed, Service::Link, random) };
    let long = [&marker[..], &[0]].concat();
    for (hello, close) in [
        (Hello { suite: 1, service: 2, share: &[], ..good }, Close::SuiteMismatch),
        (Hello { service: 2, frame_len: 2048, ..good }, Close::ServiceMismatch),
        (Hello { frame_len: 2048, share: &[], ..good }, Close::FrameLengthMismatch),
        (Hello { share: &marker[..7], ..good }, Close::Fault(Fault::Length)),
        (Hello { share: &of_other_circle, ..good }, Close::OtherCircle),
        (Hello { share: &long, ..good }, Close::Fault(Fault::Length)),
    ] {
        let mut abdul = User::new(2, "abdul", Policy::All);
        let acceptor = Acceptor::new(START, Ipv4Addr::LOCALHOST.into(), Entropy::new([2; ENTROPY_LEN]));
        let mut frame = EMPTY_FRAME;
        Message::Hello(hello).emit(&mut frame);
        let mut end = End::Accepting(acceptor).handle(&mut abdul, START, &mut frame);
        assert!(end.poll(&mut abdul, START, &mut frame));
        assert_eq!(Message::parse(&frame), Ok(Message::Close(close)), "{hello:?}");
    }
}

#[test]
fn a_link_that_has_much_to_say_is_still_read() {
    let (mut katie, _, mut pair) = linked();
    katie.node.say(To::All(CircleId(0)), "x").unwrap();
    let End::Link(link) = &mut pair.ends[0] else { panic!("no link") };
    let interest = crate::drive::Connection::default().interest(&link.at(&mut katie.node));
    assert_eq!(interest, crate::drive::Interest { readable: true, writable: true });
}

#[test]
fn what_is_too_long_for_a_node_is_reported() {
    let (mut katie, mut abdul, mut pair) = linked();
    let id = katie.other();
    assert_eq!(katie.node.poll_news(), Some(News::Came(id)));
    assert_eq!(katie.node.poll_news(), None);
    let End::Link(link) = &mut pair.ends[0] else { panic!("no link") };
    link.state.text_max = 3;
    let sequence = katie.node.say(To::One(id), "four").unwrap();
    assert_eq!(katie.node.poll_news(), None);
    pair.run(&mut [&mut katie, &mut abdul], START);
    assert_eq!(katie.node.poll_news(), Some(News::Failed { contact: id, sequence }));
    assert!(abdul.heard.is_empty());
}

#[test]
fn circles_are_told_apart_by_their_numbers() {
    let mut node = node(1, "katie", Policy::All);
    let door = || Door::new(Password::new(b"sesame").unwrap());
    let number = NonZeroU32::new;
    assert_eq!(node.join(number(47), door()), Err(JoinError::SameNumber));
    let ids: Vec<_> =
        (0..u32::try_from(CIRCLES_MAX).unwrap()).map(|it| node.join(number(it), door())).collect();
    let expected: Vec<_> = (1..).take(CIRCLES_MAX - 1).map(|it| Ok(CircleId(it))).collect();
    assert_eq!(ids[..CIRCLES_MAX - 1], expected);
    assert_eq!(ids.last(), Some(&Err(JoinError::TooMany)));
}
