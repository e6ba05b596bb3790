//! Through the machines of both ends.

use std::net::Ipv4Addr;

use p2pm_core::channel::{Acceptor, AcceptorEvent, Machine};
use p2pm_core::limits::{ENTROPY_LEN, SECRET_LEN};
use p2pm_core::suite::Entropy;
use p2pm_core::suite::aead::Portable;
use p2pm_core::time::Instant;
use p2pm_core::transfer::{
    Incoming as Listening, Opened, Outgoing, Receiver, ReceiverEvent, Sender, SenderEvent, Ticket,
};
use p2pm_core::wire::{EMPTY_FRAME, FrameLen, TransferId, TransferSecret};

use super::*;

const NOW: Instant = Instant::from_millis(1_000);

fn opened() -> (Opened<Portable>, Opened<Portable>) {
    let ticket =
        Ticket { id: TransferId([5; 8]), secret: TransferSecret([6; SECRET_LEN]), frame_len: FrameLen::Long };
    let mut dialler = Outgoing::<Portable>::new(NOW, &ticket, Entropy::new([1; ENTROPY_LEN]));
    let mut acceptor = Acceptor::new(NOW, Ipv4Addr::LOCALHOST.into(), Entropy::new([2; ENTROPY_LEN]));
    let mut frame = EMPTY_FRAME;
    assert!(dialler.poll_frame(NOW, &mut frame));
    assert!(matches!(acceptor.handle_frame(NOW, &mut frame), Some(AcceptorEvent::Asked(_))));
    let Ok((mut listener, None)) = Listening::<Portable>::of_acceptor(acceptor, NOW, &ticket) else {
        panic!("its Hello is refused");
    };
    while !(dialler.is_authenticated() && listener.is_authenticated()) {
        if listener.poll_frame(NOW, &mut frame) {
            dialler.handle_frame(NOW, &mut frame);
        }
        if dialler.poll_frame(NOW, &mut frame) {
            listener.handle_frame(NOW, &mut frame);
        }
    }
    (dialler.into_opened().ok().unwrap(), listener.into_opened().ok().unwrap())
}

/// Has both ends exchange so many frames, and returns what they have told.
fn exchange(offered: &Offered, inbox: &Arc<Inbox>, frames: usize) -> (Vec<SenderEvent>, Vec<ReceiverEvent>) {
    let goods = offered.goods();
    let (ours, theirs) = opened();
    let (mut sink, has) = inbox.begin(&KATIE, &goods).unwrap();
    let mut source = offered.source();
    let mut sender = Sender::new(NOW, ours, goods.length, Chain::default());
    let mut receiver = Receiver::new(theirs, goods.length, has);
    let (mut frame, mut told) = (vec![0; FrameLen::Long.bytes()], (Vec::new(), Vec::new()));
    for _ in 0..frames {
        let (mut sender, mut receiver) = (sender.at(&mut source), receiver.at(&mut sink));
        told.0.extend(sender.handle_timeout(NOW));
        told.1.extend(receiver.handle_timeout(NOW));
        if receiver.poll_frame(NOW, &mut frame) {
            told.0.extend(sender.handle_frame(NOW, &mut frame));
        } else if sender.poll_frame(NOW, &mut frame) {
            told.1.extend(receiver.handle_frame(NOW, &mut frame));
        }
    }
    told
}

#[test]
fn what_is_cut_goes_on_and_is_stored() {
    let place = Place::new();
    let bytes = content(2 * PIECE + 5);
    make(
        &place.path(""),
        &[("folder/a", 0o644, &bytes), ("folder/b/c", 0o600, b"text"), ("file", 0o644, &bytes)],
    );
    for name in ["file", "folder"] {
        let offered = Offered::prepare(&place.path(name)).unwrap();
        for frames in [5, 20, 0] {
            let (sent, received) = exchange(&offered, &place.inbox(), frames);
            assert!(sent.is_empty() && received.is_empty(), "{sent:?} {received:?}");
        }
        let (sent, received) = exchange(&offered, &place.inbox(), 200);
        assert!(sent.contains(&SenderEvent::Stored) && received.contains(&ReceiverEvent::Stored));
        assert_eq!(listing(&place.path("inbox").join(name)).len(), listing(&place.path(name)).len());
    }
    assert!(fs::read(place.path("inbox/file")).unwrap() == bytes);
    assert!(fs::read(place.path("inbox/folder/a")).unwrap() == bytes);
}

#[test]
fn a_beginning_of_something_else_is_given_up() {
    let place = Place::new();
    fs::create_dir(place.path("of-others")).unwrap();
    let other = place.file("of-others/a", &vec![7; 2 * PIECE + 9]);
    exchange(&other, &place.inbox(), 36);
    let offered = place.file("a", &content(2 * PIECE + 9));
    let (sent, received) = exchange(&offered, &place.inbox(), 200);
    assert_eq!(sent.first(), Some(&SenderEvent::Stored));
    let expected = [ReceiverEvent::Differed, ReceiverEvent::Differed, ReceiverEvent::Stored];
    assert_eq!(received[..3], expected);
    assert!(fs::read(place.path("inbox/a")).unwrap() == content(2 * PIECE + 9));
}

#[test]
fn what_was_stored_before_anybody_knew_is_known_in_the_next_run() {
    let place = Place::new();
    let bytes = content(2 * PIECE + 5);
    make(&place.path(""), &[("folder/a", 0o644, &bytes), ("file", 0o644, &bytes)]);
    for name in ["file", "folder"] {
        let offered = Offered::prepare(&place.path(name)).unwrap();
        let goods = offered.goods();
        let inbox = place.inbox();
        // Another one has the name already.
        fs::write(place.path("inbox").join(name), "mine").unwrap();
        exchange(&offered, &inbox, 200);
        // The program is killed before its user is told, and what came is moved on by then.
        let path = place.path("inbox").join(format!("{name} (1)"));
        fs::rename(&path, place.path("elsewhere")).unwrap();
        assert_eq!(inbox.already(&KATIE, &goods), Some(Already::Whole));
        assert!(!inbox.has_begun(&KATIE, &goods), "{name} does not come again");
        let untold = inbox.untold(&KATIE, &goods).unwrap();
        assert!(inbox.sweep().unwrap().is_empty(), "somebody is about to tell it");
        drop(untold);
        let untold = inbox.sweep().unwrap().pop().unwrap();
        assert!(inbox.untold(&KATIE, &goods).is_none(), "somebody is about to tell it");
        let placed = untold.placed();
        assert_eq!((placed.origin(), untold.path(), untold.folder()), (KATIE, path, inbox.path()));
        let told = (&*placed.label, placed.is_folder, placed.length, placed.files);
        assert_eq!(told, (name, name == "folder", goods.length, 1));
        untold.settle().unwrap();
        assert!(inbox.untold(&KATIE, &goods).is_none() && inbox.sweep().unwrap().is_empty(), "once");
        assert_eq!(inbox.already(&KATIE, &goods), Some(Already::Whole));
        place.assert_nothing_unfinished();
        fs::rename(place.path("elsewhere"), place.path(&format!("{name} elsewhere"))).unwrap();
        forget_whole(&place);
    }
}

/// What has been whole is not known any more: the offers of a test have one number.
fn forget_whole(place: &Place) {
    fs::remove_file(place.path("inbox/.p2pm-unfinished/whole")).unwrap();
}

#[test]
fn what_was_about_to_get_its_name_gets_it_in_the_next_run() {
    let place = Place::new();
    let bytes = content(2 * PIECE + 5);
    make(&place.path(""), &[("folder/a", 0o644, &bytes), ("file", 0o644, &bytes)]);
    for name in ["file", "folder"] {
        let offered = Offered::prepare(&place.path(name)).unwrap();
        exchange(&offered, &place.inbox(), 200);
        let path = place.path("inbox").join(name);
        fs::rename(&path, place.slot().join("data")).unwrap();
        let inbox = place.inbox();
        assert_eq!(inbox.already(&KATIE, &offered.goods()), Some(Already::Begun));
        assert!(inbox.sweep().unwrap().is_empty());
        let (sent, _) = exchange(&offered, &inbox, 200);
        assert!(sent.contains(&SenderEvent::Stored) && path.exists());
        inbox.untold(&KATIE, &offered.goods()).unwrap().settle().unwrap();
        place.assert_nothing_unfinished();
        forget_whole(&place);
    }
}
