//! Keepers, authors and addressees who break the rules.

use super::*;
use crate::identity;
use crate::limits::RUNS_HEARD;
use crate::wire::{Fate, Kept, Letter, Mail, PublicKey, Scope, Signature};

/// A letter of the author's to the addressee.
fn letter(run: u32, sequence: u32, previous: u32) -> Letter<'static> {
    Letter { run, scope: Scope::One, sequence, previous, is_given_up: false, text: "hello" }
}

fn signed(author: u8, letter: Letter<'static>) -> Mail<'static> {
    let [author, addressee] = [author, 3].map(|seed| Identity::from_seed(&[seed; 32]));
    let signature = identity::sign_letter(&author, &addressee.key(), &letter);
    Mail { key: author.key(), signature, letter }
}

/// One end of a connection sends a message of its own, and the fault that the other end finds in it.
fn inject(pair: &mut Pair, users: [&mut User; 2], from: usize, message: &LinkMessage<'_>) -> Option<Fault> {
    let End::Link(link) = &mut pair.ends[from] else { panic!("no link") };
    let mut frame = EMPTY_FRAME;
    message.emit(&mut frame);
    link.channel.seal(START, &mut frame);
    let [first, second] = users;
    let to = if from == 0 { second } else { first };
    let end = core::mem::replace(&mut pair.ends[1 - from], End::Over);
    pair.ends[1 - from] = end.handle(to, START, &mut frame);
    match to.ended {
        None => None,
        Some(Ended::ByUs(Close::Fault(fault))) => Some(fault),
        ended => panic!("{ended:?}"),
    }
}

/// A keeper that is linked with the addressee, and may pass on whatever it likes.
struct Passing {
    cast: Cast,
    pair: Pair,
}

impl Passing {
    fn new() -> Self {
        let mut cast = Cast::new();
        let pair = cast.link(Keeper, Addressee);
        Self { cast, pair }
    }

    /// The keeper passes a letter on: the fault that is found in it, or what is heard.
    fn pass(&mut self, mail: Mail<'_>) -> Result<String, Fault> {
        let users = self.cast.two(Keeper, Addressee);
        if let Some(fault) = inject(&mut self.pair, users, 0, &LinkMessage::Pass(mail)) {
            return Err(fault);
        }
        // As if it had a letter that was to make room meanwhile.
        let End::Link(link) = &mut self.pair.ends[0] else { panic!("no link") };
        link.state.mail.passing = Some(core::num::NonZeroU64::MAX);
        self.cast.run(&mut self.pair, Keeper, Addressee);
        assert_eq!(self.cast.keeper.ended, None);
        Ok(self.cast.addressee.take_heard())
    }
}

#[test]
fn a_letter_that_its_author_has_not_signed_is_a_fault() {
    for forged in [
        Mail { signature: Signature([7; 64]), ..signed(1, letter(7, 1, 0)) },
        Mail { letter: letter(7, 2, 0), ..signed(1, letter(7, 1, 0)) },
        Mail { key: Identity::from_seed(&[1; 32]).key(), ..signed(2, letter(7, 1, 0)) },
    ] {
        assert_eq!(Passing::new().pass(forged), Err(Fault::Proof), "{forged:?}");
    }
}

#[test]
fn a_letter_of_somebody_unknown_is_not_taken() {
    let mut passing = Passing::new();
    assert_eq!(passing.pass(signed(5, letter(7, 1, 0))), Ok(String::new()));
    assert_eq!(passing.pass(signed(3, letter(7, 1, 0))), Ok(String::new()), "one of its own");
    assert_eq!(
        passing.pass(signed(2, letter(7, 1, 0))),
        Ok(String::new()),
        "the keeper says what it says itself"
    );
    assert_eq!(passing.pass(signed(1, letter(7, 1, 0))), Ok("hello".into()));
}

#[test]
fn a_letter_is_heard_once_and_in_order() {
    let mut passing = Passing::new();
    let mut pass = |sequence, previous| passing.pass(signed(1, letter(7, sequence, previous))).unwrap();
    for (sequence, previous, heard) in [
        (1, 0, "hello"),
        (1, 0, ""),
        (3, 2, ""),
        (2, 1, "hello"),
        (1, 0, ""),
        (3, 2, "hello"),
        (9, 0, "hello"),
        (8, 0, ""),
    ] {
        assert_eq!(pass(sequence, previous), heard, "{sequence} after {previous}");
    }
}

#[test]
fn what_the_author_goes_on_without_is_missed() {
    let mut passing = Passing::new();
    let without = Letter { is_given_up: true, ..letter(7, 3, 2) };
    assert_eq!(passing.pass(signed(1, without)), Ok("missed; hello".into()));
}

#[test]
fn letters_of_two_runs_are_in_order_each() {
    let mut cast = Cast::new();
    let _directly = cast.link(Author, Addressee);
    let pair = cast.link(Keeper, Addressee);
    let run = cast.author.node.run;
    let mut passing = Passing { cast, pair };
    for (letter, heard) in [
        (letter(run, 1, 0), "hello"),
        (letter(run - 1, 1, 0), "hello"),
        (letter(run, 3, 2), ""),
        (letter(run - 1, 2, 1), "hello"),
        (letter(run, 2, 1), "hello"),
        (letter(run, 1, 0), ""),
        (letter(run - 2, 1, 0), "hello"),
    ] {
        assert_eq!(passing.pass(signed(1, letter)), Ok(heard.into()), "{letter:?}");
    }
}

#[test]
fn runs_in_turn_are_not_heard_for_ever() {
    let mut passing = Passing::new();
    let mut pass = |run| passing.pass(signed(1, letter(run, 1, 0))).unwrap();
    assert_eq!([7, 8, 9, 10, 11].map(&mut pass), ["hello"; RUNS_HEARD + 1]);
    assert_eq!([7, 8, 9, 10, 11].map(&mut pass), [""; RUNS_HEARD + 1]);
}

#[test]
fn a_second_letter_before_the_answer_is_a_fault() {
    let mut passing = Passing::new();
    let message = LinkMessage::Pass(signed(1, letter(7, 1, 0)));
    let mut pass = || {
        let users = passing.cast.two(Keeper, Addressee);
        inject(&mut passing.pair, users, 0, &message)
    };
    assert_eq!([pass(), pass()], [None, Some(Fault::State)]);
}

#[test]
fn nobody_speaks_of_letters_who_has_no_part_in_them() {
    let kept = Kept { addressee: PublicKey([7; 32]), sequence: 1, fate: Fate::Held };
    let mail = signed(1, letter(7, 1, 0));
    for (message, from) in [
        // The one who does not keep: what a keeper says. The keeper: what is said to one.
        (LinkMessage::Kept(kept), 0),
        (LinkMessage::Pass(mail), 0),
        (LinkMessage::Took(None), 0),
        (LinkMessage::Entrust(mail), 1),
        (LinkMessage::Took(None), 1),
        (LinkMessage::Keeps, 1),
    ] {
        let (mut cast, mut pair) = Cast::entrusted(&[]);
        let fault = inject(&mut pair, cast.two(Author, Keeper), from, &message);
        assert_eq!(fault, Some(Fault::State), "{message:?} from {from}");
    }
}

#[test]
fn an_author_entrusts_what_it_has_signed_in_its_run() {
    for (mail, run, expected) in [
        (signed(1, letter(256, 1, 0)), 256, None),
        (signed(1, letter(255, 1, 0)), 256, Some(Fault::Value)),
        (Mail { signature: Signature([7; 64]), ..signed(1, letter(256, 1, 0)) }, 256, Some(Fault::Proof)),
    ] {
        let (mut cast, mut pair) = Cast::entrusted(&[]);
        assert_eq!(cast.author.node.run, run);
        let mail = Mail { key: cast.addressee.node.key(), ..mail };
        let fault = inject(&mut pair, cast.two(Author, Keeper), 0, &LinkMessage::Entrust(mail));
        assert_eq!(fault, expected);
        assert_eq!(cast.keeper.node.held().count(), usize::from(expected.is_none()));
    }
}

#[test]
fn a_keeper_cannot_say_that_a_text_was_received() {
    let receipt = |by: u8, run, sequence| {
        let [by, author] = [by, 1].map(|seed| Identity::from_seed(&[seed; 32]));
        Fate::Delivered(identity::sign_receipt(&by, &author.key(), run, sequence))
    };
    for (sequence, fate, expected) in [
        (1, receipt(3, 256, 1), None),
        (1, receipt(2, 256, 1), Some(Fault::Proof)),
        (1, receipt(3, 257, 1), Some(Fault::Proof)),
        (1, receipt(3, 256, 2), Some(Fault::Proof)),
        (2, receipt(3, 256, 2), Some(Fault::Value)),
        (2, Fate::Held, Some(Fault::Value)),
        (2, Fate::NotHeld, Some(Fault::Value)),
    ] {
        let (mut cast, mut pair) = Cast::entrusted(&["one"]);
        let kept = Kept { addressee: cast.addressee.node.key(), sequence, fate };
        let fault = inject(&mut pair, cast.two(Author, Keeper), 1, &LinkMessage::Kept(kept));
        assert_eq!(fault, expected, "{fate:?} of {sequence}");
        let is_received = cast.delivery(1) == Delivery::Received;
        assert_eq!(is_received, expected.is_none());
    }
}

#[test]
fn a_keeper_that_speaks_of_a_stranger_says_nothing() {
    let (mut cast, mut pair) = Cast::entrusted(&["one"]);
    let kept = Kept { addressee: PublicKey([7; 32]), sequence: 9, fate: Fate::NotHeld };
    assert_eq!(inject(&mut pair, cast.two(Author, Keeper), 1, &LinkMessage::Kept(kept)), None);
    assert_eq!(cast.delivery(1), Delivery::Held);
}

#[test]
fn an_addressee_cannot_give_a_receipt_of_somebody_else() {
    let mut cast = Cast::new();
    let mut pair = cast.link(Keeper, Addressee);
    cast.say("one");
    let _authors = cast.link(Author, Keeper);
    // It is passed on, and gets lost.
    let mut frame = EMPTY_FRAME;
    assert!(pair.ends[0].poll(&mut cast.keeper, START, &mut frame));
    let took = LinkMessage::Took(Some(Signature([7; 64])));
    assert_eq!(inject(&mut pair, cast.two(Keeper, Addressee), 1, &took), Some(Fault::Proof));
    assert_eq!(cast.keeper.node.held().count(), 1);
}

#[test]
fn a_flood_of_letters_is_held_as_far_as_there_is_room() {
    let (mut cast, mut pair) = Cast::entrusted(&[]);
    let addressee = cast.addressee.node.key();
    for number in 1..100 {
        let mail = Mail { key: addressee, ..signed(1, letter(256, number, 0)) };
        let fault = inject(&mut pair, cast.two(Author, Keeper), 0, &LinkMessage::Entrust(mail));
        assert_eq!(fault, None);
    }
    assert_eq!(cast.keeper.node.held().count(), HELD);
}
