//! What two nodes agree on before a file crosses, and after its connection has ended.

mod lost;
mod over;

use super::*;
use crate::channel::{Asked, Conversing};
use crate::limits::{HEADER_LEN, OFFER_BACK_OFF_MIN, OFFER_TIMEOUT, OFFERS_PER_CONTACT, SECRET_LEN};
use crate::wire::{
    Answer, Attributes, Cipher, Ciphers, FrameLen, Goods, GoodsKind, Label, LinkMessage, Offer, Preview,
    Refusal, Taking, TransferId, TransferSecret, Verdict,
};

const ALL: Ciphers = Ciphers { with_aes: true };
const NO_AES: Ciphers = Ciphers { with_aes: false };

fn offer(id: u8) -> Offer<'static> {
    let goods = Goods {
        kind: GoodsKind::File,
        length: 7,
        files: 1,
        attributes: Attributes::new(0, 0o644),
        name: Label::new(b"photo.jpg").unwrap(),
        preview: None,
    };
    Offer {
        id: TransferId([id; 8]),
        attempt: 1,
        secret: TransferSecret([id; SECRET_LEN]),
        ciphers: ALL,
        frame_len: FrameLen::Long,
        goods,
    }
}

fn news(user: &mut User) -> Vec<(TransferKey, TransferNews)> {
    let mut heard = Vec::new();
    while let Some(news) = user.node.poll_news() {
        if let News::Transfer(key, news) = news {
            heard.push((key, news));
        }
    }
    heard
}

/// What the only news of a user is about.
#[track_caller]
fn the_news(user: &mut User, expected: TransferNews) -> TransferKey {
    let heard = news(user);
    let [(key, is)] = heard.as_slice() else { panic!("{heard:?}") };
    assert_eq!(*is, expected);
    *key
}

/// The Hello of a connection that is dialled for a transfer.
fn hello(passage: &Passage) -> Asked {
    let entropy = Entropy::new([9; ENTROPY_LEN]);
    let mut dialler = crate::transfer::Outgoing::<Portable>::new(START, &passage.ticket, entropy);
    let mut acceptor = Acceptor::new(START, Ipv4Addr::LOCALHOST.into(), Entropy::new([8; ENTROPY_LEN]));
    let mut frame = EMPTY_FRAME;
    assert!(dialler.poll_frame(START, &mut frame));
    // The core has no AES of its own.
    frame[HEADER_LEN + 1] = passage.cipher.suite() as u8;
    match acceptor.handle_frame(START, &mut frame) {
        Some(AcceptorEvent::Asked(asked)) => asked,
        event => panic!("{event:?}"),
    }
}

/// The fault that a node finds in a message of the other one.
fn fault(scene: &mut Scene, message: &LinkMessage<'_>, to_katie: bool) -> Option<Fault> {
    let mut frame = EMPTY_FRAME;
    message.emit(&mut frame);
    let message = Message::parse(&frame).unwrap();
    let [ours, theirs] = &mut scene.pair.ends;
    let (end, user) = if to_katie { (ours, &mut scene.katie) } else { (theirs, &mut scene.abdul) };
    let End::Link(link) = end else { panic!("no link") };
    link.at(&mut user.node).on_message(START, message).err()
}

/// Two nodes of which the first has dialled, and an offer of it that the second has taken.
struct Scene {
    katie: User,
    abdul: User,
    pair: Pair,
    sent: TransferKey,
    received: TransferKey,
}

impl Scene {
    fn offered() -> Self {
        let (mut katie, mut abdul, mut pair) = linked();
        news(&mut katie);
        news(&mut abdul);
        let sent = katie.node.offer(katie.other(), &offer(1)).unwrap();
        pair.run(&mut [&mut katie, &mut abdul], START);
        let received = the_news(&mut abdul, TransferNews::Offered);
        Self { katie, abdul, pair, sent, received }
    }

    fn run(&mut self, now: Instant) {
        self.pair.run(&mut [&mut self.katie, &mut self.abdul], now);
    }

    fn taken() -> Self {
        let mut scene = Self::offered();
        let taking = scene.abdul.node.transfer(scene.received).unwrap().best(ALL, FrameLen::Middle);
        scene.abdul.node.take(scene.received, taking);
        scene.run(START);
        assert_eq!(the_news(&mut scene.katie, TransferNews::Taken), scene.sent);
        scene
    }

    /// Both ends have a connection.
    fn open(&mut self) -> Passage {
        let (dialled, endpoint) =
            self.katie.node.next_transfer(|_| true).expect("the node that has dialled dials");
        assert_eq!(Some(endpoint), self.katie.node.contact(self.katie.other()).unwrap().known().endpoint);
        assert!(self.abdul.node.next_transfer(|_| true).is_none(), "one of them dials");
        let expected = self.abdul.node.expect_transfer(&hello(&dialled), |_| true).expect("it is expected");
        assert_eq!((&dialled.ticket, dialled.cipher), (&expected.ticket, expected.cipher));
        dialled
    }

    fn cut(&mut self, now: Instant) {
        let cut = TransferEnd::Cut { is_further: true };
        self.katie.node.transfer_ended(now, self.sent, cut);
        self.abdul.node.transfer_ended(now, self.received, cut);
    }
}

#[test]
fn what_is_taken_crosses_in_the_best_way_that_both_allow() {
    for (ours, frame_len, best) in [
        (ALL, FrameLen::Middle, Taking { cipher: Cipher::Aes256Gcm, frame_len: FrameLen::Middle }),
        (NO_AES, FrameLen::Long, Taking { cipher: Cipher::ChaCha20Poly1305, frame_len: FrameLen::Long }),
    ] {
        let scene = Scene::offered();
        let transfer = scene.abdul.node.transfer(scene.received).unwrap();
        assert_eq!((transfer.goods(), transfer.is_sent()), (offer(1).goods, false));
        assert_eq!(transfer.best(ours, frame_len), best);
    }
    let mut scene = Scene::taken();
    let passage = scene.open();
    assert_eq!((passage.cipher, passage.ticket.frame_len), (Cipher::Aes256Gcm, FrameLen::Middle));
}

#[test]
fn a_hello_for_other_frames_or_another_suite_is_not_expected() {
    let mut scene = Scene::taken();
    let passage = scene.katie.node.next_transfer(|_| true).expect("it is agreed").0;
    let mut others = [passage.clone(), passage.clone()];
    others[0].ticket.frame_len = FrameLen::Short;
    others[1].cipher = Cipher::ChaCha20Poly1305;
    for other in &others {
        assert!(scene.abdul.node.expect_transfer(&hello(other), |_| true).is_none(), "{other:?}");
    }
    assert!(
        scene.abdul.node.expect_transfer(&hello(&passage), |_| true).is_some(),
        "the attempt is not used up"
    );
}

#[test]
fn a_secret_opens_one_connection() {
    let mut scene = Scene::taken();
    let first = scene.open();
    assert!(scene.abdul.node.expect_transfer(&hello(&first), |_| true).is_none(), "a second one");
    scene.cut(START);
    assert!(scene.abdul.node.expect_transfer(&hello(&first), |_| true).is_none(), "an old one");
    let later = scene.katie.node.transfer_deadline().expect("another attempt");
    assert!(scene.katie.node.poll_transfers(later), "the link has something to say");
    scene.run(later);
    let second = scene.open();
    assert_eq!(second.ticket.id, first.ticket.id);
    assert_ne!(second.ticket.secret, first.ticket.secret);
    assert!(news(&mut scene.abdul).is_empty(), "the user is asked once");
}

#[test]
fn attempts_that_lead_to_nothing_become_rarer() {
    let mut scene = Scene::taken();
    let (mut now, mut waits) = (START, Vec::new());
    for _ in 0..4 {
        scene.open();
        for (node, key) in [(&mut scene.katie.node, scene.sent), (&mut scene.abdul.node, scene.received)] {
            node.transfer_ended(now, key, TransferEnd::Cut { is_further: false });
        }
        let due = scene.katie.node.transfer_deadline().unwrap();
        waits.push(due.since(now));
        now = due;
        scene.katie.node.poll_transfers(now);
        scene.run(now);
    }
    assert_eq!(waits, [1, 2, 4, 8].map(|factor| OFFER_BACK_OFF_MIN * factor));
}

#[test]
fn a_connection_that_is_not_made_in_time_is_offered_again() {
    let mut scene = Scene::taken();
    scene.katie.node.next_transfer(|_| true).unwrap();
    scene.katie.node.transfer_ended(START, scene.sent, TransferEnd::Cut { is_further: false });
    let late = START + OFFER_TIMEOUT;
    for node in [&mut scene.katie.node, &mut scene.abdul.node] {
        node.poll_transfers(late);
    }
    scene.run(late);
    scene.open();
}

#[test]
fn an_offer_outlasts_its_link() {
    let mut scene = Scene::offered();
    let Scene { katie, abdul, pair, .. } = &mut scene;
    lose(pair, [katie, abdul], START);
    let later = START + Duration::from_secs(3);
    scene.pair = Pair::dial(&mut scene.katie, later);
    // Decided while nobody was there to hear it.
    let taking = scene.abdul.node.transfer(scene.received).unwrap().best(ALL, FrameLen::Long);
    scene.abdul.node.take(scene.received, taking);
    scene.run(later);
    assert!(!news(&mut scene.abdul).iter().any(|(_, news)| *news == TransferNews::Offered));
    scene.open();
}

#[test]
fn what_is_over_is_told_to_the_other_end() {
    let mut scene = Scene::offered();
    scene.abdul.node.refuse(scene.received, Refusal::Denied);
    scene.run(START);
    assert_eq!(the_news(&mut scene.katie, TransferNews::Refused(Refusal::Denied)), scene.sent);
    assert!(scene.katie.node.transfers().next().is_none() && scene.abdul.node.transfers().next().is_none());

    let mut scene = Scene::taken();
    scene.open();
    scene.katie.node.withdraw(scene.sent);
    scene.run(START);
    assert_eq!(the_news(&mut scene.abdul, TransferNews::Withdrawn), scene.received);
    assert!(scene.katie.node.transfers().next().is_none() && scene.abdul.node.transfers().next().is_none());
}

#[test]
fn what_pauses_goes_on_when_either_end_says_so() {
    for by_receiver in [false, true] {
        let mut scene = Scene::taken();
        scene.open();
        for (node, key) in [(&mut scene.katie.node, scene.sent), (&mut scene.abdul.node, scene.received)] {
            node.transfer_ended(START, key, TransferEnd::Paused);
        }
        scene.run(START);
        assert_eq!(scene.katie.node.transfer_deadline(), None);
        assert!(scene.katie.node.next_transfer(|_| true).is_none());
        let (user, key) =
            if by_receiver { (&mut scene.abdul, scene.received) } else { (&mut scene.katie, scene.sent) };
        user.node.resume_transfer(key);
        scene.run(START);
        scene.open();
    }
}

#[test]
fn a_sender_that_does_not_know_that_it_is_stored_is_told_so() {
    let mut scene = Scene::taken();
    scene.open();
    scene.katie.node.transfer_ended(START, scene.sent, TransferEnd::Cut { is_further: true });
    scene.abdul.node.transfer_ended(START, scene.received, TransferEnd::Stored);
    let later = scene.katie.node.transfer_deadline().unwrap();
    scene.katie.node.poll_transfers(later);
    scene.run(later);
    assert_eq!(the_news(&mut scene.katie, TransferNews::Refused(Refusal::Whole)), scene.sent);
    assert!(news(&mut scene.abdul).is_empty());
}

#[test]
fn an_attempt_that_comes_while_the_last_one_is_open_waits_for_its_end() {
    let mut scene = Scene::taken();
    scene.open();
    // The sender has lost the connection, which the receiver has not noticed.
    scene.katie.node.transfer_ended(START, scene.sent, TransferEnd::Cut { is_further: true });
    let later = scene.katie.node.transfer_deadline().unwrap();
    scene.katie.node.poll_transfers(later);
    scene.run(later);
    assert_eq!(the_news(&mut scene.abdul, TransferNews::Superseded), scene.received);
    assert!(scene.katie.node.next_transfer(|_| true).is_none());
    scene.abdul.node.transfer_ended(later, scene.received, TransferEnd::Cut { is_further: true });
    scene.run(later);
    scene.open();
}

#[test]
fn what_is_offered_once_more_before_its_end_is_told_is_decided_anew() {
    let mut scene = Scene::taken();
    for message in [LinkMessage::Withdraw(offer(1).id), LinkMessage::Offer(Offer { attempt: 2, ..offer(1) })]
    {
        assert_eq!(fault(&mut scene, &message, false), None);
    }
    let heard = news(&mut scene.abdul);
    let [(over, TransferNews::Withdrawn), (anew, TransferNews::Offered)] = heard.as_slice() else {
        panic!("{heard:?}")
    };
    assert_eq!((*over, scene.abdul.node.transfer(*over).is_none()), (scene.received, true));
    scene.run(START);
    assert!(news(&mut scene.katie).is_empty(), "nobody has taken it");
    assert!(scene.abdul.node.transfer(*anew).is_some());
}

#[test]
fn what_is_open_goes_on_with_a_sender_that_has_started_again_and_offers_it() {
    let mut scene = Scene::taken();
    scene.open();
    scene.abdul.node.forget_offers(scene.abdul.other());
    // Its clock may have been set back: attempts of an earlier run mean nothing.
    let anew = Offer { attempt: 0, ..offer(1) };
    assert_eq!(fault(&mut scene, &LinkMessage::Offer(anew.clone()), false), None);
    assert_eq!(fault(&mut scene, &LinkMessage::Offer(anew), false), Some(Fault::Value), "once");
    assert_eq!(the_news(&mut scene.abdul, TransferNews::Superseded), scene.received);
    scene.abdul.node.transfer_ended(START, scene.received, TransferEnd::Cut { is_further: true });
    scene.run(START);
    assert!(news(&mut scene.abdul).is_empty());
    assert!(scene.abdul.node.transfer_deadline().is_some(), "a connection is awaited");
}

#[test]
fn a_contact_has_so_many_offers_and_a_node_so_much_room() {
    let (mut katie, mut abdul, mut pair) = linked();
    let rows = u8::try_from(TRANSFERS).unwrap();
    const { assert!(TRANSFERS < OFFERS_PER_CONTACT) };
    for id in 0..rows {
        katie.node.offer(katie.other(), &offer(id)).unwrap();
    }
    assert_eq!(katie.node.offer(katie.other(), &offer(rows)), Err(OfferError::Full));
    abdul.node.offer(abdul.other(), &offer(rows)).unwrap();
    pair.run(&mut [&mut katie, &mut abdul], START);
    // One of them finds no room, on either side.
    let refused = TransferNews::Refused(Refusal::Busy);
    for user in [&mut katie, &mut abdul] {
        assert_eq!(news(user).iter().filter(|(_, news)| *news == refused).count(), 1);
    }
}

#[test]
fn offers_end_with_the_trust_and_with_the_run_of_the_other_node() {
    let mut scene = Scene::taken();
    scene.open();
    scene.abdul.node.set_trust(START, scene.abdul.other(), Trust::Denied);
    assert_eq!(the_news(&mut scene.abdul, TransferNews::Withdrawn), scene.received);
    assert!(scene.abdul.node.transfers().next().is_none());
}

#[test]
fn whoever_takes_what_is_not_offered_any_more_is_told_so() {
    let mut scene = Scene::offered();
    let Scene { katie, abdul, pair, .. } = &mut scene;
    lose(pair, [katie, abdul], START);
    scene.katie.node.withdraw(scene.sent);
    // Its row is needed for another one before anybody is told.
    for id in 2..=u8::try_from(TRANSFERS).unwrap() + 1 {
        scene.katie.node.offer(scene.katie.other(), &offer(id)).unwrap();
    }
    let later = START + Duration::from_secs(3);
    scene.pair = Pair::dial(&mut scene.katie, later);
    scene.run(later);
    let taking = scene.abdul.node.transfer(scene.received).unwrap().best(ALL, FrameLen::Long);
    news(&mut scene.abdul);
    scene.abdul.node.take(scene.received, taking);
    scene.run(later);
    assert_eq!(the_news(&mut scene.abdul, TransferNews::Withdrawn), scene.received);
}

#[test]
fn what_nobody_has_offered_or_allowed_is_a_fault_or_nothing() {
    let long = Taking { cipher: Cipher::Aes256Gcm, frame_len: FrameLen::Long };
    let take = |id, attempt| LinkMessage::Answer(Answer { id, attempt, verdict: Verdict::Take(long) });
    let mut scene = Scene::offered();
    // Of nothing that was offered, or of another attempt.
    for answer in [take(TransferId([7; 8]), 1), take(TransferId([1; 8]), 2)] {
        assert_eq!(fault(&mut scene, &answer, true), None);
        assert!(scene.katie.node.next_transfer(|_| true).is_none());
    }
    // The same offer again, or of something else.
    assert_eq!(fault(&mut scene, &LinkMessage::Offer(offer(1)), false), Some(Fault::Value));
    let mut other = Offer { attempt: 2, ..offer(1) };
    other.goods.length = 8;
    assert_eq!(fault(&mut scene, &LinkMessage::Offer(other), false), Some(Fault::Value));
    // The same with a preview, as a later version of the sender may make one.
    let mut again = Offer { attempt: 2, ..offer(1) };
    again.goods.preview = Some(Preview::new(1, &[[1, 2]]).unwrap());
    assert_eq!(fault(&mut scene, &LinkMessage::Offer(again), false), None);
    assert_eq!(scene.abdul.node.transfer(scene.received).unwrap().goods().preview, None);
    assert_eq!(fault(&mut scene, &LinkMessage::Withdraw(TransferId([7; 8])), false), None);
    // A way to cross that was not offered.
    let (mut katie, mut abdul, mut pair) = linked();
    let modest = Offer { ciphers: NO_AES, frame_len: FrameLen::Short, ..offer(2) };
    let sent = katie.node.offer(katie.other(), &modest).unwrap();
    pair.run(&mut [&mut katie, &mut abdul], START);
    let received = news(&mut abdul)[0].0;
    let mut scene = Scene { katie, abdul, pair, sent, received };
    assert_eq!(fault(&mut scene, &take(TransferId([2; 8]), 1), true), Some(Fault::Value));
}

#[test]
fn a_connection_that_comes_before_the_answer_is_made_again() {
    let mut scene = Scene::taken();
    let passage = scene.open();
    scene.abdul.node.transfer_ended(START, scene.received, TransferEnd::Unexpected);
    let again = START + OFFER_BACK_OFF_MIN;
    assert_eq!(scene.abdul.node.transfer_deadline(), Some(again));
    assert!(scene.abdul.node.expect_transfer(&hello(&passage), |_| true).is_none(), "too early");
    scene.abdul.node.poll_transfers(again);
    assert!(scene.abdul.node.expect_transfer(&hello(&passage), |_| true).is_some());
    scene.abdul.node.transfer_ended(START + OFFER_TIMEOUT, scene.received, TransferEnd::Unexpected);
    assert_eq!(scene.abdul.node.transfer_deadline(), None, "its time is over");
}

#[test]
fn what_was_open_when_its_sender_started_again_is_forgotten() {
    for (end, is_told) in [(TransferEnd::Cut { is_further: true }, true), (TransferEnd::Stored, false)] {
        let mut scene = Scene::taken();
        scene.open();
        scene.abdul.node.forget_offers(scene.abdul.other());
        assert_eq!(the_news(&mut scene.abdul, TransferNews::Superseded), scene.received);
        scene.abdul.node.transfer_ended(START, scene.received, end);
        let heard = news(&mut scene.abdul);
        let told = [(scene.received, TransferNews::Forgotten)];
        assert_eq!(heard, told[..usize::from(is_told)]);
        assert!(scene.abdul.node.transfers().next().is_none());
    }
}

#[test]
fn that_something_is_withdrawn_is_said_again_if_it_may_not_have_arrived() {
    let mut scene = Scene::offered();
    scene.katie.node.withdraw(scene.sent);
    let Scene { katie, abdul, pair, .. } = &mut scene;
    let End::Link(link) = &mut pair.ends[0] else { panic!("no link") };
    assert!(link.at(&mut katie.node).poll_frame(START, &mut EMPTY_FRAME.clone()));
    lose(pair, [katie, abdul], START);
    let later = START + Duration::from_secs(3);
    scene.pair = Pair::dial(&mut scene.katie, later);
    news(&mut scene.abdul);
    scene.run(later);
    assert!(news(&mut scene.abdul).contains(&(scene.received, TransferNews::Withdrawn)));
    assert!(scene.katie.node.transfers().next().is_none() && scene.abdul.node.transfers().next().is_none());
}

#[test]
fn what_somebody_offers_who_is_trusted_is_taken_without_asking() {
    let mut scene = Scene::offered();
    assert!(!scene.abdul.node.is_taken_unasked(scene.received));
    assert!(scene.abdul.node.set_files(scene.abdul.other(), Files::Taken));
    assert!(scene.abdul.node.is_taken_unasked(scene.received), "it waits for a decision");
    assert!(scene.katie.node.set_files(scene.katie.other(), Files::Taken));
    assert!(!scene.katie.node.is_taken_unasked(scene.sent), "it is our own");
    let taking = scene.abdul.node.transfer(scene.received).unwrap().best(ALL, FrameLen::Long);
    scene.abdul.node.take(scene.received, taking);
    assert!(!scene.abdul.node.is_taken_unasked(scene.received), "it is decided");
}

#[test]
fn a_contact_that_has_its_share_is_in_nobodys_way() {
    let mut scene = Scene::taken();
    let of = scene.katie.other();
    assert!(scene.katie.node.next_transfer(|contact| contact != of).is_none());
    let passage = scene.katie.node.next_transfer(|contact| contact == of).expect("it is agreed").0;
    assert!(scene.abdul.node.expect_transfer(&hello(&passage), |_| false).is_none());
    assert!(scene.abdul.node.expect_transfer(&hello(&passage), |_| true).is_some(), "it is not used up");
}

#[test]
fn what_is_refused_of_whoever_is_away_makes_room() {
    let mut scene = Scene::offered();
    let Scene { katie, abdul, pair, received, .. } = &mut scene;
    lose(pair, [katie, abdul], START);
    news(abdul);
    abdul.node.refuse(*received, Refusal::Denied);
    for id in 2..=u8::try_from(TRANSFERS).unwrap() + 1 {
        assert!(abdul.node.offer(abdul.other(), &offer(id)).is_ok(), "{id}");
    }
    assert_eq!(abdul.node.offer(abdul.other(), &offer(100)), Err(OfferError::Full));
}

#[test]
fn what_is_refused_is_told_to_whoever_is_here() {
    let mut scene = Scene::offered();
    let abdul = &mut scene.abdul;
    abdul.node.refuse(scene.received, Refusal::Denied);
    for id in 2..=u8::try_from(TRANSFERS).unwrap() {
        assert!(abdul.node.offer(abdul.other(), &offer(id)).is_ok(), "{id}");
    }
    assert_eq!(abdul.node.offer(abdul.other(), &offer(100)), Err(OfferError::Full), "it is not told yet");
}
