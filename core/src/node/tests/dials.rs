//! What is dialled, and when.

use super::*;

#[test]
fn where_a_linked_node_listens_nobody_is_dialled() {
    let (_, mut abdul, _pair) = linked();
    abdul.node.found(START, endpoint(), CircleId(0), false);
    assert!(abdul.node.next_dial(START).is_none());
}

#[test]
fn where_nobody_answers_it_is_tried_again() {
    let mut katie = User::new(1, "katie", Policy::All);
    katie.node.connect(START, endpoint(), CircleId(0));
    let dial = katie.node.next_dial(START).unwrap();
    assert!(katie.node.dial_deadline(START).is_none(), "it is being dialled");
    katie.node.dial_failed(START, dial);
    assert!(katie.node.next_dial(START).is_none());
    assert!(katie.node.next_dial(START + Duration::from_secs(2)).is_some());
}

#[test]
fn an_address_that_was_put_off_while_its_node_was_linked_is_dialled_once_it_is_not() {
    let (mut katie, mut abdul, mut pair) = linked();
    abdul.node.found(START, endpoint(), CircleId(0), false);
    assert!(abdul.node.next_dial(START).is_none());
    lose(&mut pair, [&mut katie, &mut abdul], START);
    let soon = START + Duration::from_secs(2);
    assert!(abdul.node.dial_deadline(START).is_some_and(|at| at <= soon));
    assert!(abdul.node.next_dial(soon).is_some());
}

#[test]
fn an_address_that_a_linked_node_has_left_is_dialled() {
    let (mut katie, mut abdul, mut old) = linked();
    let later = START + crate::limits::RACE_WINDOW;
    let elsewhere = Endpoint::new(Ipv4Addr::new(127, 0, 0, 3).into(), endpoint().port());
    abdul.node.connect(later, elsewhere, CircleId(0));
    let dial = abdul.node.next_dial(later).unwrap();
    let [ours, theirs] = [3, 4].map(|byte| Entropy::new([byte; ENTROPY_LEN]));
    let outgoing = End::Outgoing(abdul.node.dialled(later, dial, ours).unwrap());
    let acceptor = End::Accepting(Acceptor::new(later, Ipv4Addr::new(127, 0, 0, 2).into(), theirs));
    Pair { ends: [outgoing, acceptor] }.run(&mut [&mut abdul, &mut katie], later);
    old.run(&mut [&mut katie, &mut abdul], later);
    assert_eq!(katie.ended, Some(Ended::ByUs(Close::Duplicate)));
    let again = katie.node.next_dial(later + Duration::from_mins(2)).expect("somebody else may be there");
    assert_eq!(again.address(), endpoint().into());
}

#[test]
fn a_node_that_has_no_room_is_dialled_less_and_less() {
    let (mut katie, mut abdul) = (User::new(1, "katie", Policy::All), User::new(2, "abdul", Policy::All));
    for byte in 10..14 {
        let known = Known { trust: Some(Trust::Verified), ..Known::of(PublicKey([byte; 32])) };
        assert!(abdul.node.remember(START, known, CircleId(0)));
    }
    katie.node.connect(START, endpoint(), CircleId(0));
    let mut now = START;
    for _ in 0..8 {
        now = katie.node.dial_deadline(now).expect("it is tried again").max(now);
        Pair::dial(&mut katie, now).run(&mut [&mut katie, &mut abdul], now);
        assert_eq!(katie.ended, Some(Ended::ByPeer(Close::Full)));
    }
    assert!(katie.node.dial_deadline(now).unwrap() >= now + crate::limits::DIAL_BACK_OFF_MAX / 2);
}

#[test]
fn a_contact_is_remembered_where_it_has_answered() {
    let (mut katie, mut abdul) = (User::new(1, "katie", Policy::All), User::new(2, "abdul", Policy::All));
    let forwarded = Endpoint::new(Ipv4Addr::LOCALHOST.into(), NonZeroU16::new(6000).unwrap());
    katie.node.connect(START, forwarded, CircleId(0));
    Pair::dial(&mut katie, START).run(&mut [&mut katie, &mut abdul], START);
    assert_eq!(katie.node.contact(katie.other()).unwrap().known().endpoint, Some(forwarded));
}

#[test]
fn a_frame_that_does_not_open_on_a_link_is_no_reason_never_to_dial_again() {
    let (mut katie, _, mut pair) = linked();
    let End::Link(link) = &mut pair.ends[0] else { panic!("no link") };
    let mut frame = [0; FRAME_LEN];
    let ended = link.at(&mut katie.node).handle_frame(START, &mut frame);
    assert!(matches!(ended, Some(LinkEvent::Ended { ended: Ended::ByUs(Close::Fault(Fault::Seal)), .. })));
    assert!(katie.node.next_dial(START + Duration::from_secs(5)).is_some());
}

#[test]
fn a_node_that_does_not_answer_is_dialled_elsewhere_unless_it_is_linked() {
    let elsewhere = Endpoint::new(Ipv4Addr::new(127, 0, 0, 3).into(), endpoint().port());
    let mut zoe = User::new(3, "zoe", Policy::All);
    zoe.node.found(START, endpoint(), CircleId(0), false);
    let dial = zoe.node.next_dial(START).unwrap();
    zoe.node.dial_failed(START, dial);
    let (_, mut abdul, _pair) = linked();
    for (user, dialled) in [(&mut zoe, Some(elsewhere.into())), (&mut abdul, None)] {
        user.node.found_elsewhere(START, &dial, elsewhere);
        assert_eq!(user.node.next_dial(START).map(|dial| dial.address()), dialled);
    }
}
