//! Nodes that a node remembers, and those that it tells others of.

use super::*;
use crate::channel::Received;
use crate::wire::LinkMessage;

const SOON: Instant = Instant::from_millis(3000);

#[test]
fn an_accepted_contact_of_an_earlier_run_is_dialled() {
    let mut katie = User::new(1, "katie", Policy::All);
    for (byte, trust) in [(7, Trust::Denied), (8, Trust::Accepted)] {
        assert!(katie.node.next_dial(SOON).is_none());
        let known =
            Known { trust: Some(trust), endpoint: Some(endpoint()), ..Known::of(PublicKey([byte; 32])) };
        assert!(katie.node.remember(START, known, CircleId(0)));
    }
    assert!(katie.node.dial_deadline(START).is_some_and(|at| at <= SOON));
    let dial = katie.node.next_dial(SOON).expect("a contact to dial");
    assert_eq!((dial.address(), dial.source()), (endpoint().into(), Source::Remembered));
}

/// Keys in the next roster for a user, whose end of the link is the first of the pair.
fn next_roster(pair: &mut Pair, teller: &mut User) -> Option<Vec<PublicKey>> {
    let mut frame = EMPTY_FRAME;
    let [End::Link(link), end] = &mut pair.ends else { panic!("no link") };
    if !end.poll(teller, START, &mut frame) {
        return None;
    }
    let Received::Message(message) = link.channel.receive(START, &mut frame) else { panic!("no message") };
    let Ok(LinkMessage::Roster(neighbours)) = LinkMessage::parse(&message) else { panic!("{message:?}") };
    Some(neighbours.map(|neighbour| neighbour.key).collect())
}

#[test]
fn a_roster_names_each_neighbour_once_in_the_order_in_which_they_came() {
    let mut abdul = User::new(2, "abdul", Policy::All);
    let mut others =
        [(1, "katie"), (3, "zoe"), (4, "eve")].map(|(seed, name)| User::new(seed, name, Policy::All));
    let mut pairs = others.each_mut().map(|user| {
        user.node.connect(START, endpoint(), CircleId(0));
        let mut pair = Pair::dial(user, START);
        pair.run(&mut [user, &mut abdul], START);
        pair
    });
    let keys = others.each_ref().map(|user| user.node.key());
    assert_eq!(next_roster(&mut pairs[0], &mut abdul).as_deref(), Some(&keys[1..]));
    assert_eq!(next_roster(&mut pairs[0], &mut abdul), None);
    assert_eq!(next_roster(&mut pairs[1], &mut abdul).as_deref(), Some(&keys[2..]));
    assert_eq!(next_roster(&mut pairs[2], &mut abdul), None, "it was told of both when it came");
}
