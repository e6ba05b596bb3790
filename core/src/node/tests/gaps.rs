//! What a node is told of the messages that it does not get.

use super::*;

#[test]
fn texts_that_do_not_fit_any_more_are_given_up() {
    let (mut katie, mut abdul, mut pair) = linked();
    let id = katie.other();
    for number in 0..10 {
        katie.node.say(To::One(id), &number.to_string()).unwrap();
    }
    assert_eq!(katie.node.poll_news(), Some(News::Came(id)));
    assert_eq!(katie.node.poll_news(), Some(News::Failed { contact: id, sequence: 2 }));
    assert_eq!(katie.node.poll_news(), None);
    pair.run(&mut [&mut katie, &mut abdul], START);
    assert_eq!(abdul.heard.concat(), "missed; 23456789");
    assert_eq!(katie.node.poll_news(), Some(News::Received { contact: id, sequence: 10 }));
}

#[test]
fn a_gap_is_told_with_each_part_of_the_text_after_it() {
    let (mut katie, mut abdul, mut pair) = linked();
    let id = katie.other();
    katie.node.say(To::One(id), "one").unwrap();
    pair.run(&mut [&mut katie, &mut abdul], START);
    // The second one makes room for the third.
    for text in ["two".repeat(1000), "three".repeat(300)] {
        katie.node.say(To::One(id), &text).unwrap();
    }
    pair.run(&mut [&mut katie, &mut abdul], START);
    let [one, parts @ ..] = abdul.heard.as_slice() else { panic!("nothing was heard") };
    assert_eq!((one.as_str(), parts.len()), ("one", 2), "{:?}", abdul.heard);
    assert!(parts.iter().all(|part| part.starts_with("missed; ")), "{parts:?}");
}

#[test]
fn a_node_that_starts_again_is_told_of_no_gap_where_it_was_told_everything() {
    let (mut katie, mut abdul, mut pair) = linked();
    let id = katie.other();
    katie.node.say(To::One(id), "one").unwrap();
    pair.run(&mut [&mut katie, &mut abdul], START);
    lose(&mut pair, [&mut katie, &mut abdul], START);
    let mut abdul = User::new(2, "abdul", Policy::All);
    abdul.node.run += 1;
    for text in ["two", "three"] {
        katie.node.say(To::One(id), text).unwrap();
    }
    let later = START + Duration::from_secs(3);
    Pair::dial(&mut katie, later).run(&mut [&mut katie, &mut abdul], later);
    assert_eq!(abdul.heard, ["two", "three"]);
}

#[test]
fn what_was_given_up_is_never_called_received() {
    let (mut katie, mut abdul, mut pair) = linked();
    let id = katie.other();
    let lost = katie.node.say(To::One(id), "he does not get this").unwrap();
    katie.node.set_trust(START, id, Trust::Denied);
    pair.run(&mut [&mut katie, &mut abdul], START);
    katie.node.set_trust(START, id, Trust::Accepted);
    let mut pair = Pair::dial(&mut katie, START);
    pair.run(&mut [&mut katie, &mut abdul], START);
    katie.node.say(To::One(id), "but this").unwrap();
    pair.run(&mut [&mut katie, &mut abdul], START);
    assert_eq!(abdul.heard, ["missed; but this"]);
    assert!(katie.node.recipients(lost).all(|(_, delivery)| delivery != Delivery::Received));
}
