//! What is said of transfers that are over, or as good as over.

use super::*;

#[test]
fn of_what_is_over_before_it_is_told_nothing_is_told() {
    let (mut katie, mut abdul, mut pair) = linked();
    let sent = katie.node.offer(katie.other(), &offer(1)).unwrap();
    pair.run(&mut [&mut katie, &mut abdul], START);
    let received = abdul.node.transfers().next().unwrap().0;
    let mut scene = Scene { katie, abdul, pair, sent, received };
    assert_eq!(fault(&mut scene, &LinkMessage::Withdraw(offer(1).id), false), None);
    assert!(news(&mut scene.abdul).is_empty(), "the user has not heard of it");
    assert!(scene.abdul.node.transfers().next().is_none());
}

#[test]
fn what_is_over_and_not_told_yet_does_not_come_back() {
    let mut scene = Scene::offered();
    scene.abdul.node.set_trust(START, scene.abdul.other(), Trust::Denied);
    scene.abdul.node.refuse(scene.received, Refusal::Denied);
    assert!(scene.abdul.node.transfers().next().is_none());
    assert_eq!(the_news(&mut scene.abdul, TransferNews::Withdrawn), scene.received);
    assert!(scene.abdul.node.transfers().next().is_none(), "nobody would ever hear the answer");
}

#[test]
fn what_is_whole_cannot_be_withdrawn_refused_or_forgotten() {
    for end in [
        (|scene| assert_eq!(fault(scene, &LinkMessage::Withdraw(offer(1).id), false), None))
            as fn(&mut Scene),
        |scene| scene.abdul.node.refuse(scene.received, Refusal::Denied),
        |scene| scene.abdul.node.forget_offers(scene.abdul.other()),
        |scene| scene.abdul.node.set_trust(START, scene.abdul.other(), Trust::Denied),
    ] {
        let mut scene = Scene::taken();
        scene.open();
        scene.abdul.node.transfer_ended(START, scene.received, TransferEnd::Stored);
        // That it is whole is still to be said.
        let again = LinkMessage::Offer(Offer { attempt: 2, ..offer(1) });
        assert_eq!(fault(&mut scene, &again, false), None);
        end(&mut scene);
        assert!(news(&mut scene.abdul).is_empty(), "it is there");
        scene.run(START);
        assert!(!news(&mut scene.katie).contains(&(scene.sent, TransferNews::Refused(Refusal::Denied))));
    }
}

#[test]
fn an_attempt_is_higher_than_the_one_that_waits() {
    let mut scene = Scene::taken();
    scene.open();
    for (attempt, expected) in [(5, None), (5, Some(Fault::Value)), (3, Some(Fault::Value)), (6, None)] {
        let again = LinkMessage::Offer(Offer { attempt, ..offer(1) });
        assert_eq!(fault(&mut scene, &again, false), expected, "{attempt}");
    }
}

#[test]
fn what_is_given_up_while_its_sender_has_forgotten_it_is_not_answered() {
    let give_up: [fn(&mut Scene); 2] = [
        |scene| scene.abdul.node.refuse(scene.received, Refusal::Denied),
        |scene| scene.abdul.node.transfer_ended(START, scene.received, TransferEnd::GivenUp),
    ];
    for give_up in give_up {
        let mut scene = Scene::taken();
        scene.open();
        scene.abdul.node.forget_offers(scene.abdul.other());
        give_up(&mut scene);
        assert!(
            scene.abdul.node.transfers().next().is_none(),
            "whoever has forgotten it is to be asked anew"
        );
    }
}
