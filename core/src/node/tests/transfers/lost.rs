//! What is said of a transfer on a link that ends before it arrives.

use super::*;

/// Katie, who dials, has taken what Abdul sends.
fn taken_back() -> Scene {
    let (mut katie, mut abdul, mut pair) = linked();
    let sent = abdul.node.offer(abdul.other(), &offer(1)).unwrap();
    pair.run(&mut [&mut katie, &mut abdul], START);
    let received = katie.node.transfers().next().unwrap().0;
    let taking = katie.node.transfer(received).unwrap().best(ALL, FrameLen::Long);
    katie.node.take(received, taking);
    pair.run(&mut [&mut katie, &mut abdul], START);
    Scene { katie, abdul, pair, sent, received }
}

/// The next thing that a link says is lost with it, and another link is made.
fn relink(scene: &mut Scene, speaker: usize, meanwhile: impl FnOnce(&mut Scene)) -> Instant {
    let Scene { katie, abdul, pair, .. } = scene;
    let mut frame = EMPTY_FRAME;
    let End::Link(link) = &mut pair.ends[speaker] else { panic!("no link") };
    let speaking = if speaker == 0 { &mut *katie } else { &mut *abdul };
    assert!(link.at(&mut speaking.node).poll_frame(START, &mut frame), "nothing to say");
    meanwhile(scene);
    let Scene { katie, abdul, pair, .. } = scene;
    lose(pair, [katie, abdul], START);
    let later = START + Duration::from_secs(3);
    scene.pair = Pair::dial(&mut scene.katie, later);
    later
}

#[test]
fn that_it_goes_on_is_said_again_if_the_link_ends_before_the_sender_hears_so() {
    let mut scene = Scene::taken();
    scene.open();
    for (node, key) in [(&mut scene.katie.node, scene.sent), (&mut scene.abdul.node, scene.received)] {
        node.transfer_ended(START, key, TransferEnd::Paused);
    }
    scene.abdul.node.resume_transfer(scene.received);
    let later = relink(&mut scene, 1, |_| ());
    scene.run(later);
    scene.open();
}

#[test]
fn that_it_goes_on_is_said_again_after_a_dial_that_the_sender_did_not_expect() {
    let ends = [TransferEnd::Unexpected, TransferEnd::Cut { is_further: false }];
    for (end, is_before_link) in ends.into_iter().flat_map(|end| [(end, true), (end, false)]) {
        let mut scene = taken_back();
        let (dialled, _) = scene.katie.node.next_transfer(|_| true).unwrap();
        scene.abdul.node.expect_transfer(&hello(&dialled), |_| true).unwrap();
        let Scene { sent, received, .. } = scene;
        for (node, key) in [(&mut scene.katie.node, received), (&mut scene.abdul.node, sent)] {
            node.transfer_ended(START, key, TransferEnd::Paused);
        }
        scene.katie.node.resume_transfer(received);
        let fail = |scene: &mut Scene| scene.katie.node.transfer_ended(START, received, end);
        let later = relink(&mut scene, 0, |scene| {
            scene.katie.node.next_transfer(|_| true).expect("it dials in vain");
            if is_before_link {
                fail(scene);
            }
        });
        if !is_before_link {
            fail(&mut scene);
        }
        scene.run(later);
        let (dialled, _) = scene.katie.node.next_transfer(|_| true).expect("it goes on");
        assert!(scene.abdul.node.expect_transfer(&hello(&dialled), |_| true).is_some());
    }
}

#[test]
fn what_no_connection_has_come_of_is_offered_again_once_there_is_another_link() {
    let mut scene = taken_back();
    scene.katie.node.next_transfer(|_| true).expect("it dials, and is cut off with the link");
    scene.katie.node.transfer_ended(START, scene.received, TransferEnd::Cut { is_further: false });
    let Scene { katie, abdul, pair, .. } = &mut scene;
    lose(pair, [katie, abdul], START);
    let later = START + Duration::from_secs(3);
    assert!(later < START + OFFER_TIMEOUT);
    scene.pair = Pair::dial(&mut scene.katie, later);
    scene.run(later);
    let (dialled, _) = scene.katie.node.next_transfer(|_| true).expect("it goes on");
    assert!(scene.abdul.node.expect_transfer(&hello(&dialled), |_| true).is_some());
}
