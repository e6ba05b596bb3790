//! What nodes say that they hear of each other's discovery.

use super::*;
use crate::channel::Conversing;
use crate::wire::{LinkMessage, Reached, Reception};

const HEARD: Reception = Reception::Looking(Reached { multicasts: false, broadcasts: true, answers: true });

#[test]
fn a_contact_tells_once_what_it_hears() {
    let (mut katie, mut abdul, mut pair) = linked();
    let (to_abdul, to_katie) = (katie.other(), abdul.other());
    for _ in 0..2 {
        assert!(katie.node.ask_reception(to_abdul));
        pair.run(&mut [&mut katie, &mut abdul], START);
        assert!(katie.node.ask_reception(to_abdul), "one answer is enough for both");
        pair.run(&mut [&mut katie, &mut abdul], START);
        for _ in 0..2 {
            abdul.node.tell_reception(to_katie, HEARD);
            pair.run(&mut [&mut katie, &mut abdul], START);
        }
        assert_eq!((&*abdul.take_heard(), &*katie.take_heard()), ("asked", &*std::format!("{HEARD:?}")));
    }
    assert_eq!((katie.ended, abdul.ended), (None, None));
}

#[test]
fn a_question_ends_with_its_link() {
    let (mut katie, mut abdul, mut pair) = linked();
    let (to_abdul, to_katie) = (katie.other(), abdul.other());
    katie.node.ask_reception(to_abdul);
    pair.run(&mut [&mut katie, &mut abdul], START);
    lose(&mut pair, [&mut katie, &mut abdul], START);
    assert!(!katie.node.ask_reception(to_abdul), "it is not here");
    let later = START + Duration::from_secs(3);
    let mut pair = Pair::dial(&mut katie, later);
    pair.run(&mut [&mut katie, &mut abdul], later);
    abdul.node.tell_reception(to_katie, HEARD);
    pair.run(&mut [&mut katie, &mut abdul], later);
    assert_eq!((&*abdul.take_heard(), &*katie.take_heard()), ("asked", ""));
    assert!(katie.is_linked());
}

#[test]
fn an_answer_that_nobody_has_asked_for_is_a_fault() {
    let (mut katie, mut abdul, mut pair) = linked();
    let mut frame = EMPTY_FRAME;
    LinkMessage::Reception(HEARD).emit(&mut frame);
    let [End::Link(link), _] = &mut pair.ends else { panic!("no link") };
    let heard = link.at(&mut katie.node).on_message(START, Message::parse(&frame).unwrap());
    assert_eq!(heard, Err(Fault::State));
    abdul.node.tell_reception(abdul.other(), HEARD);
    pair.run(&mut [&mut katie, &mut abdul], START);
    assert_eq!((katie.ended, &*katie.take_heard()), (None, ""), "nor does a node give one");
}
