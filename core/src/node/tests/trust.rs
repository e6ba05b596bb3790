//! Decisions of the user on others.

use super::*;
use crate::limits::UNDECIDED_AFTER;

#[test]
fn a_stranger_waits_until_it_is_accepted() {
    let (mut katie, mut abdul) = (User::new(1, "katie", Policy::All), User::new(2, "abdul", Policy::Ask));
    katie.node.connect(START, endpoint(), CircleId(0));
    let mut pair = Pair::dial(&mut katie, START);
    pair.run(&mut [&mut katie, &mut abdul], START);
    let id = abdul.other();
    assert!(!katie.is_linked() && abdul.node.contact(id).unwrap().asks());
    assert_eq!(abdul.node.contact(id).unwrap().known().name.as_ref().unwrap().as_str(), "katie");
    assert_eq!(abdul.node.say(To::One(id), "x"), Err(SayError::NotAccepted));
    assert_eq!((abdul.node.poll_news(), katie.node.poll_news()), (Some(News::Asks(id)), None));
    let later = START + UNDECIDED_AFTER;
    for (now, news) in
        [(START + UNDECIDED_AFTER / 2, None), (later, Some(News::Undecided(katie.other()))), (later, None)]
    {
        pair.run(&mut [&mut katie, &mut abdul], now);
        assert_eq!((katie.node.poll_news(), abdul.node.poll_news()), (news, None));
    }
    abdul.node.set_trust(later, id, Trust::Accepted);
    pair.run(&mut [&mut katie, &mut abdul], later);
    assert!(katie.is_linked() && abdul.is_linked());
    assert_eq!(katie.node.poll_news(), Some(News::Came(katie.other())));
    abdul.node.set_trust(later, id, Trust::Blocked);
    pair.run(&mut [&mut katie, &mut abdul], later);
    assert_eq!(
        (abdul.ended, katie.ended),
        (Some(Ended::ByUs(Close::Refused)), Some(Ended::ByPeer(Close::Refused)))
    );
    assert!(katie.node.next_dial(later + Duration::from_hours(1)).is_none(), "it is not dialled again");
}

#[test]
fn a_stranger_who_is_gone_asks_no_more_and_asks_again_once_back() {
    let (mut katie, mut abdul) = (User::new(1, "katie", Policy::All), User::new(2, "abdul", Policy::Ask));
    for now in [START, START + Duration::from_mins(1)] {
        katie.node.connect(now, endpoint(), CircleId(0));
        let mut pair = Pair::dial(&mut katie, now);
        pair.run(&mut [&mut katie, &mut abdul], now);
        let id = abdul.other();
        assert_eq!((abdul.node.poll_news(), abdul.node.poll_news()), (Some(News::Asks(id)), None));
        lose(&mut pair, [&mut katie, &mut abdul], now);
        assert_eq!((abdul.node.poll_news(), abdul.node.poll_news()), (Some(News::Left(id)), None));
        assert_eq!(abdul.node.contacts().count(), 0);
    }
}

#[test]
fn a_stranger_who_goes_by_the_name_of_the_user_is_told_of_once() {
    let (mut katie, mut abdul) = (User::new(1, "abdul", Policy::All), User::new(2, "abdul", Policy::Ask));
    katie.node.connect(START, endpoint(), CircleId(0));
    let mut pair = Pair::dial(&mut katie, START);
    pair.run(&mut [&mut katie, &mut abdul], START);
    assert_eq!(abdul.take_heard(), "a name of User");
    katie.node.rename("katie".parse().unwrap());
    pair.run(&mut [&mut katie, &mut abdul], START);
    assert_eq!(abdul.take_heard(), "");
}

#[test]
fn whoever_is_accepted_again_is_dialled_and_not_told_what_was_said_meanwhile() {
    let (mut katie, mut abdul, mut pair) = linked();
    let id = katie.other();
    let known = Known { trust: Some(Trust::Accepted), ..Known::of(PublicKey([7; 32])) };
    assert!(katie.node.remember(START, known, CircleId(0)));
    let (somebody, _) = katie.node.contacts().last().expect("two contacts");
    katie.node.say(To::All(CircleId(0)), "one").unwrap();
    pair.run(&mut [&mut katie, &mut abdul], START);
    katie.node.set_trust(START, id, Trust::Denied);
    pair.run(&mut [&mut katie, &mut abdul], START);
    katie.node.say(To::One(somebody), "not for him").unwrap();
    katie.node.set_trust(START, id, Trust::Accepted);
    assert_eq!(katie.node.say(To::All(CircleId(0)), "he is not here yet"), Err(SayError::Nobody));
    let mut news = core::iter::from_fn(|| katie.node.poll_news());
    assert!(!news.any(|news| matches!(news, News::Failed { .. })), "all that was for him was received");
    let mut pair = Pair::dial(&mut katie, START);
    pair.run(&mut [&mut katie, &mut abdul], START);
    katie.node.say(To::All(CircleId(0)), "two").unwrap();
    pair.run(&mut [&mut katie, &mut abdul], START);
    assert_eq!(abdul.heard, ["one", "two"]);
}

#[test]
fn whoever_is_refused_is_not_dialled() {
    let (mut katie, mut abdul, mut pair) = linked();
    lose(&mut pair, [&mut katie, &mut abdul], START);
    katie.node.set_trust(START, katie.other(), Trust::Denied);
    let later = START + Duration::from_secs(5);
    assert!(katie.node.next_dial(later).is_none());
    katie.node.set_trust(later, katie.other(), Trust::Accepted);
    assert!(katie.node.next_dial(later).is_some());
}

#[test]
fn whoever_is_accepted_again_is_dialled_where_the_user_has_said_that_they_are() {
    let (mut katie, mut abdul, mut pair) = linked();
    katie.node.connect(START, endpoint(), CircleId(0));
    for (trust, is_dialled) in [(Trust::Blocked, false), (Trust::Accepted, true)] {
        katie.node.set_trust(START, katie.other(), trust);
        pair.run(&mut [&mut katie, &mut abdul], START);
        assert_eq!(katie.node.next_dial(START + Duration::from_mins(2)).is_some(), is_dialled);
    }
}

#[test]
fn only_whoever_is_accepted_is_trusted_with_files_and_no_longer_than_that() {
    let (mut katie, mut abdul) = (User::new(1, "katie", Policy::All), User::new(2, "abdul", Policy::Ask));
    katie.node.connect(START, endpoint(), CircleId(0));
    let mut pair = Pair::dial(&mut katie, START);
    pair.run(&mut [&mut katie, &mut abdul], START);
    let id = abdul.other();
    let are_taken = |user: &User| user.node.contact(id).is_some_and(|it| it.known().are_files_taken());
    assert!(!abdul.node.set_files(id, Files::Taken) && !are_taken(&abdul), "a stranger");
    for refused in [Trust::Denied, Trust::Blocked] {
        abdul.node.set_trust(START, id, Trust::Accepted);
        assert!(!are_taken(&abdul), "nobody has said so");
        assert!(abdul.node.set_files(id, Files::Taken) && are_taken(&abdul));
        abdul.node.set_trust(START, id, Trust::Verified);
        assert!(are_taken(&abdul), "it is as much as before");
        abdul.node.set_trust(START, id, refused);
        assert!(!are_taken(&abdul) && !abdul.node.set_files(id, Files::Taken));
    }
    abdul.node.set_trust(START, id, Trust::Accepted);
    assert!(abdul.node.set_files(id, Files::Taken) && abdul.node.set_files(id, Files::Asked));
    assert!(!are_taken(&abdul));
}

#[test]
fn what_is_remembered_of_whoever_is_not_accepted_is_no_trust() {
    let mut katie = User::new(1, "katie", Policy::All);
    for (key, trust, is_kept) in
        [(7, Some(Trust::Accepted), true), (8, Some(Trust::Blocked), false), (9, None, false)]
    {
        let known = Known { trust, files: Files::Taken, ..Known::of(PublicKey([key; 32])) };
        assert!(katie.node.remember(START, known, CircleId(0)));
        let (id, contact) = katie.node.contacts().last().expect("it is known");
        assert_eq!(contact.known().files == Files::Taken, is_kept);
        if is_kept {
            katie.node.forget(id).unwrap();
            assert_eq!(katie.node.contact(id).map(|it| it.known().files), Some(Files::Asked));
        }
    }
}
