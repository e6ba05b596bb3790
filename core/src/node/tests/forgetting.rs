//! Contacts that are forgotten: by the user, or since there is no room.

use super::*;

/// Adds a contact that is away, with this number as its key.
fn remember(user: &mut User, key: u8, trust: Trust) {
    let known = Known { trust: Some(trust), ..Known::of(PublicKey([key; 32])) };
    assert!(user.node.remember(START, known, CircleId(0)));
}

/// Numbers of the contacts from [`remember`], and of those who were linked.
fn keys(user: &User) -> Vec<u8> {
    user.node.contacts().map(|(_, contact)| contact.known().key.0[0]).collect()
}

#[test]
fn whoever_is_forgotten_is_a_stranger_again() {
    let (mut katie, mut abdul, mut pair) = linked();
    let id = katie.other();
    katie.node.say(To::One(id), "one").unwrap();
    pair.run(&mut [&mut katie, &mut abdul], START);
    assert_eq!(katie.node.forget(id), Err(ForgetError::Linked));
    lose(&mut pair, [&mut katie, &mut abdul], START);
    let waiting = katie.node.say(To::One(id), "two").unwrap();
    assert_eq!(katie.node.forget(id), Ok(Some(waiting)));
    assert_eq!((katie.node.contacts().count(), katie.node.recipients(waiting).count()), (0, 0));
    let later = START + Duration::from_mins(1);
    assert!(katie.node.next_dial(later).is_none(), "although the user has said where he was");
    katie.node.policy = Policy::Ask;
    abdul.node.connect(later, endpoint(), CircleId(0));
    let mut pair = Pair::dial(&mut abdul, later);
    pair.run(&mut [&mut abdul, &mut katie], later);
    let id = katie.other();
    assert!(katie.node.contact(id).unwrap().asks());
    katie.node.set_trust(later, id, Trust::Accepted);
    pair.run(&mut [&mut abdul, &mut katie], later);
    katie.node.say(To::One(id), "three").unwrap();
    pair.run(&mut [&mut abdul, &mut katie], later);
    assert_eq!((abdul.heard, abdul.ended), (["one", "three"].map(String::from).into(), None));
}

#[test]
fn whoever_is_forgotten_is_not_dialled_where_the_user_has_said_that_they_are() {
    let (mut katie, mut abdul, mut pair) = linked();
    let id = katie.other();
    lose(&mut pair, [&mut katie, &mut abdul], START);
    katie.node.connect(START, endpoint(), CircleId(0));
    katie.node.forget(id).expect("he is away");
    assert!(katie.node.next_dial(START).is_none());
}

#[test]
fn what_was_said_to_whoever_is_forgotten_is_not_for_whoever_has_the_room_next() {
    let mut katie = User::new(1, "katie", Policy::Ask);
    for key in 10..14 {
        remember(&mut katie, key, Trust::Accepted);
    }
    let id = katie.other();
    katie.node.say(To::One(id), "for the first one alone").unwrap();
    assert_eq!(katie.node.forget(id), Ok(Some(1)));
    remember(&mut katie, 14, Trust::Accepted);
    assert_eq!((keys(&katie), katie.node.forget(id)), ([14, 11, 12, 13].into(), Ok(None)));
}

#[test]
fn where_everyone_is_accepted_whoever_is_away_makes_room() {
    let (mut katie, mut abdul) = (User::new(1, "katie", Policy::All), User::new(2, "abdul", Policy::All));
    for (key, trust) in
        [(10, Trust::Verified), (11, Trust::Blocked), (12, Trust::Accepted), (13, Trust::Accepted)]
    {
        remember(&mut abdul, key, trust);
    }
    let waits = ContactId(2);
    abdul.node.say(To::One(waits), "something waits for them").unwrap();
    katie.node.connect(START, endpoint(), CircleId(0));
    Pair::dial(&mut katie, START).run(&mut [&mut katie, &mut abdul], START);
    assert!(katie.is_linked(), "{:?}", katie.ended);
    assert_eq!(keys(&abdul), [10, 11, 12, katie.node.key().0[0]]);
}

#[test]
fn a_stranger_who_was_turned_away_can_be_remembered() {
    let (mut katie, mut abdul) = (User::new(1, "katie", Policy::All), User::new(2, "abdul", Policy::Known));
    katie.node.connect(START, endpoint(), CircleId(0));
    Pair::dial(&mut katie, START).run(&mut [&mut katie, &mut abdul], START);
    assert_eq!(abdul.node.contacts().count(), 0);
    let known = Known { trust: Some(Trust::Verified), ..Known::of(katie.node.key()) };
    assert!(abdul.node.remember(START, known.clone(), CircleId(0)));
    assert_eq!(abdul.node.contact(abdul.other()).unwrap().known(), &known);
}
