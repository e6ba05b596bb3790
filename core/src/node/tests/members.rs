//! What somebody who knows a passphrase, or another one, can do to others.

use super::*;
use crate::suite::Side;
use crate::wire::{Introduction, LinkMessage};

const SOON: Instant = Instant::from_millis(2000);

/// A connection of two users after its handshake: the first user's end, and the other.
fn shake_hands(users: &mut [&mut User; 2], random: [u8; 2]) -> (Outgoing<Portable>, End) {
    let Pair { mut ends } = Pair::dial_with(users[0], START, random);
    let mut frame = EMPTY_FRAME;
    for side in [0, 1, 0, 1] {
        assert!(ends[side].poll(users[side], START, &mut frame));
        let other = core::mem::replace(&mut ends[1 - side], End::Over);
        ends[1 - side] = other.handle(users[1 - side], START, &mut frame);
    }
    let [End::Outgoing(outgoing), other] = ends else { panic!("it is not over") };
    assert!(outgoing.is_authenticated());
    (outgoing, other)
}

/// What the first user sends the second one as its introduction.
fn introduction_of_first(users: &mut [&mut User; 2]) -> Introduction {
    let (mut outgoing, other) = shake_hands(users, [3, 4]);
    let End::Incoming(mut incoming) = other else { panic!("it is accepted") };
    let mut frame = EMPTY_FRAME;
    assert!(outgoing.at(&mut users[0].node).poll_frame(START, &mut frame));
    match incoming.at(&mut users[1].node).handle_frame(START, &mut frame) {
        Some(OpeningEvent::Introduced(theirs)) => theirs,
        event => panic!("{event:?}"),
    }
}

/// The first user sends this introduction in place of its own.
fn introduce_as(users: &mut [&mut User; 2], theirs: impl FnOnce(&Outgoing<Portable>) -> Introduction) {
    let (mut outgoing, mut other) = shake_hands(users, [1, 2]);
    let mut frame = EMPTY_FRAME;
    assert!(other.poll(users[1], START, &mut frame));
    let introduction = theirs(&outgoing);
    LinkMessage::Introduce(introduction).emit(&mut frame);
    outgoing.channel.seal(START, &mut frame);
    other.handle(users[1], START, &mut frame);
}

/// Mallory is a member, whom the others accept: Katie dials her, and she dials Abdul.
fn cast() -> [User; 3] {
    let mut cast =
        [(1, "katie"), (2, "abdul"), (3, "mallory")].map(|(seed, name)| User::new(seed, name, Policy::All));
    cast[0].node.connect(START, endpoint(), CircleId(0));
    for port in (5000..).map_while(NonZeroU16::new).take(2) {
        cast[2].node.connect(START, Endpoint::new(Ipv4Addr::LOCALHOST.into(), port), CircleId(0));
    }
    cast
}

#[test]
fn an_introduction_is_worth_nothing_on_another_channel() {
    let [mut katie, mut abdul, mut mallory] = cast();
    let katies = introduction_of_first(&mut [&mut katie, &mut mallory]);
    introduce_as(&mut [&mut mallory, &mut abdul], |_| katies);
    assert_eq!(abdul.ended, Some(Ended::ByUs(Close::Fault(Fault::Proof))));
    assert_eq!(abdul.node.contacts().count(), 0);
}

#[test]
fn an_introduction_is_worth_nothing_from_the_other_side_of_its_channel() {
    let [_, mut abdul, mut mallory] = cast();
    let identity = Identity::from_seed(&[3; 32]);
    for side in [Side::Initiator, Side::Responder] {
        introduce_as(&mut [&mut mallory, &mut abdul], |outgoing| {
            let exporter = outgoing.channel.exporter(Side::Initiator).expect("keys");
            let proof = crate::identity::prove(&identity, side, &exporter);
            Introduction { key: identity.key(), port: None, text_max: 1000, run: 1, proof }
        });
        let is_right = side == Side::Initiator;
        assert_eq!(abdul.ended.is_none(), is_right, "{:?}", abdul.ended);
        assert_eq!(abdul.node.contacts().count(), 1);
    }
    assert_eq!(abdul.ended, Some(Ended::ByUs(Close::Fault(Fault::Proof))));
}

/// Somebody new with this circle and passphrase dials Abdul once: how it ended, if it did.
fn dial(number: u32, passphrase: &[u8], abdul: &mut User) -> Option<Ended> {
    let mut somebody = User::new(9, "somebody", Policy::All);
    let door = Door::new(Password::new(passphrase).unwrap());
    *somebody.node.circle_mut(0).unwrap() = Circle { number: NonZeroU32::new(number), door };
    somebody.node.connect(SOON, endpoint(), CircleId::FIRST);
    Pair::dial(&mut somebody, SOON).run(&mut [&mut somebody, abdul], SOON);
    assert_eq!(somebody.is_linked(), somebody.ended.is_none());
    somebody.ended
}

/// How guesses at a circle ended, up to the one that had to wait.
fn guess(number: u32, abdul: &mut User) -> Vec<Ended> {
    let mut guesses = Vec::new();
    loop {
        match dial(number, b"wrong", abdul) {
            Some(Ended::Claimed(Close::TooManyGuesses { .. })) => return guesses,
            ended => guesses.push(ended.expect("a wrong passphrase")),
        }
        assert!(guesses.len() < 100, "nobody ever has to wait");
    }
}

#[test]
fn two_circles_of_one_network_cost_each_other_no_guess() {
    const OTHER: &[u8] = b"48-moth-anvil";
    let [mut abdul, mut control] = [2, 3].map(|seed| {
        let mut user = User::new(seed, "abdul", Policy::All);
        user.node.join(NonZeroU32::new(48), Door::new(Password::new(OTHER).unwrap())).unwrap();
        user
    });
    // Neighbours in a circle that Abdul is not in.
    for _ in 0..100 {
        assert_eq!(dial(49, b"49-tulip", &mut abdul), Some(Ended::Claimed(Close::OtherCircle)));
    }
    let guesses = guess(47, &mut abdul);
    assert!(guesses.len() > 1 && guesses.iter().all(|it| *it == Ended::Claimed(Close::WrongPassword)));
    // Whoever is in the other circle neither waits, nor has fewer guesses.
    assert_eq!(dial(48, OTHER, &mut abdul), None);
    assert_eq!(dial(48, OTHER, &mut control), None);
    assert_eq!(guess(48, &mut abdul), guess(48, &mut control));
}

#[test]
fn whoever_is_refused_learns_nothing_more_even_before_the_link_is_closed() {
    let (_, mut abdul, mut pair) = linked();
    let id = abdul.other();
    abdul.node.say(To::One(id), "not any more").unwrap();
    abdul.node.set_trust(START, id, Trust::Blocked);
    abdul.node.rename("ali".parse().unwrap());
    let End::Link(link) = &mut pair.ends[1] else { panic!("no link") };
    let mut machine = link.at(&mut abdul.node);
    assert!(!machine.wants_send() && !machine.poll_frame(START, &mut EMPTY_FRAME.clone()));
    assert!(machine.deadline().is_some_and(|deadline| deadline <= START), "it is to be closed now");
}

#[test]
fn a_text_that_is_too_long_for_a_member_is_nothing_to_send() {
    let (mut katie, _, mut pair) = linked();
    let End::Link(link) = &mut pair.ends[0] else { panic!("no link") };
    link.state.text_max = 3;
    let sequence = katie.node.say(To::All(CircleId(0)), "four").unwrap();
    let mut machine = link.at(&mut katie.node);
    assert!(!machine.wants_send() && !machine.poll_frame(START, &mut EMPTY_FRAME.clone()));
    assert!(machine.deadline().is_some_and(|deadline| deadline <= START), "it is to be given up now");
    assert_eq!(machine.handle_timeout(START), None);
    assert!(machine.deadline().is_some_and(|deadline| deadline > START));
    assert!(katie.node.recipients(sequence).all(|(_, delivery)| delivery == Delivery::Failed));
}
