//! One file.

use std::os::unix::fs::symlink;

use proptest::prelude::*;

use super::*;

#[test]
fn a_file_arrives_with_its_mode_and_time() {
    let place = Place::new();
    let bytes = content(PIECE + 5);
    make(&place.path(""), &[("a.bin", 0o755, &bytes), ("empty", 0o400, b"")]);
    for name in ["a.bin", "empty"] {
        let path = send(&Offered::prepare(&place.path(name)).unwrap(), &place.inbox());
        assert_eq!(path, place.path("inbox").join(name));
        let (sent, received) = (listing(&place.path(name)), listing(&path));
        let (is_dir, mode, time, content) = &sent[Path::new("")];
        // Its owner can write to it in any case.
        assert_eq!(received[Path::new("")], (*is_dir, mode | 0o600, *time, content.clone()));
    }
    place.assert_nothing_unfinished();
    assert_eq!(fs::metadata(place.path("inbox")).unwrap().mode() & 0o777, 0o700);
}

#[test]
fn nothing_is_replaced() {
    let place = Place::new();
    let inbox = place.inbox();
    fs::write(place.path("inbox/a.txt"), "mine").unwrap();
    symlink("/nowhere", place.path("inbox/a (1).txt")).unwrap();
    fs::create_dir(place.path("inbox/a (2).txt")).unwrap();
    let path = send(&place.file("a.txt", b"yours"), &inbox);
    assert_eq!(path, place.path("inbox/a (3).txt"));
    assert_eq!(fs::read(place.path("inbox/a.txt")).unwrap(), b"mine");
    assert_eq!(fs::read_link(place.path("inbox/a (1).txt")).unwrap(), Path::new("/nowhere"));
    assert!(names(&place.path("inbox/a (2).txt")).is_empty());
    assert_eq!(fs::read(path).unwrap(), b"yours");
}

#[test]
fn a_stream_is_received_once_at_a_time() {
    let place = Place::new();
    let (inbox, offered) = (place.inbox(), place.file("a", b"text"));
    let first = inbox.begin(&KATIE, &offered.goods()).unwrap();
    assert!(matches!(inbox.begin(&KATIE, &offered.goods()), Err(Trouble::Busy)));
    assert!(matches!(place.inbox().begin(&KATIE, &offered.goods()), Err(Trouble::Busy)));
    // The same from somebody else is another one, and so is another offer of the same.
    let others =
        [Origin { sender: PublicKey([2; KEY_LEN]), ..KATIE }, Origin { id: TransferId([2; 8]), ..KATIE }];
    for other in others {
        inbox.begin(&other, &offered.goods()).unwrap();
    }
    drop(first);
    inbox.begin(&KATIE, &offered.goods()).unwrap();
}

#[test]
fn what_is_put_into_a_folder_that_is_gone_is_not_said_to_be_there() {
    let place = Place::new();
    let (folder, away) = (place.path("inbox"), place.path("away"));
    let offered = place.file("a", b"text");
    let (mut sink, has) = place.inbox().begin(&KATIE, &offered.goods()).unwrap();
    fs::rename(&folder, &away).unwrap();
    assert_eq!(carry(&mut offered.source(), &mut sink, has, 4, usize::MAX).map(drop), Err(Close::Paused));
    let why = format!("the folder {} is not there any more: bring it back, and go on", folder.display());
    assert_eq!(sink.trouble().unwrap().to_string(), why);
    // Nor is it if another one is there.
    fs::create_dir(&folder).unwrap();
    assert_eq!(sink.finish(), Err(Close::Paused));
    assert_eq!((names(&away), names(&folder)), (vec![".p2pm-unfinished".to_owned()], Vec::new()));
    fs::remove_dir(&folder).unwrap();
    fs::rename(&away, &folder).unwrap();
    drop(sink);
    let (mut sink, has) = place.inbox().begin(&KATIE, &offered.goods()).unwrap();
    assert_eq!(has.length(), 4, "it need not come again");
    carry(&mut offered.source(), &mut sink, has, 4, usize::MAX).unwrap();
    assert_eq!(fs::read(sink.path().unwrap()).unwrap(), b"text");
    sink.close().unwrap();
    place.assert_nothing_unfinished();
}

#[test]
fn what_is_given_up_leaves_nothing() {
    let place = Place::new();
    let (inbox, offered) = (place.inbox(), place.file("a", &content(PIECE + 1)));
    let (mut sink, has) = inbox.begin(&KATIE, &offered.goods()).unwrap();
    carry(&mut offered.source(), &mut sink, has, PIECE_LEN + 1, PIECE).unwrap();
    drop(sink);
    inbox.discard(&KATIE, &offered.goods()).unwrap().remove().unwrap();
    place.assert_nothing_unfinished();
    assert_eq!(place.received(), [""; 0]);
}

#[test]
fn what_was_taken_and_given_up_before_it_came_is_not_taken_any_more() {
    let place = Place::new();
    let (inbox, offered) = (place.inbox(), place.file("a", b"photo"));
    assert!(!inbox.has_begun(&KATIE, &offered.goods()));
    inbox.reserve(&KATIE, &offered.goods()).unwrap();
    assert!(inbox.has_begun(&KATIE, &offered.goods()));
    inbox.check_begun(&KATIE, &offered.goods()).unwrap();
    let remains = inbox.discard(&KATIE, &offered.goods()).unwrap();
    assert!(inbox.check_begun(&KATIE, &offered.goods()).is_err());
    assert!(!inbox.has_begun(&KATIE, &offered.goods()), "whenever it is removed");
    remains.remove().unwrap();
    place.assert_nothing_unfinished();
}

#[test]
fn a_damaged_end_costs_no_more_than_that() {
    let (place, bytes) = (Place::new(), content(4 * PIECE));
    let (inbox, offered) = (place.inbox(), place.file("a", &bytes));
    let cut = |at: usize| {
        let (mut sink, has) = inbox.begin(&KATIE, &offered.goods()).unwrap();
        let has = carry(&mut offered.source(), &mut sink, has, bytes.len() as u64, at).unwrap();
        drop(sink);
        usize::try_from(has.length()).unwrap()
    };
    let has = cut(2 * PIECE + 70_000);
    let data = place.slot().join("data");
    let damage = |at: usize| {
        let mut damaged = fs::read(&data).unwrap();
        damaged[at] ^= 1;
        fs::write(&data, damaged).unwrap();
    };
    // After a power cut, what was written last may be anything.
    damage(has - 1);
    let (mut sink, has) = inbox.begin(&KATIE, &offered.goods()).unwrap();
    assert_ne!(chain_of(&mut offered.source(), has.length()).extent(), has.extent());
    assert_eq!(sink.retreat().unwrap().length(), 2 * PIECE_LEN);
    // That is right, so it is not gone back any further.
    drop(sink);
    assert_eq!(cut(0), 2 * PIECE);
    // Somebody has changed what was said to be durable: it begins anew, and is right in the end.
    damage(0);
    fs::write(
        place.slot().join("state"),
        fs::read_to_string(place.slot().join("state")).unwrap().replace(['a', 'b'], "0"),
    )
    .unwrap();
    let (mut sink, has) = inbox.begin(&KATIE, &offered.goods()).unwrap();
    carry(&mut offered.source(), &mut sink, has, bytes.len() as u64, usize::MAX).unwrap();
    assert!(fs::read(sink.path().unwrap()).unwrap() == bytes);
}

#[test]
fn a_state_that_is_no_state_is_not_used() {
    let (place, bytes) = (Place::new(), content(2 * PIECE));
    let (inbox, offered) = (place.inbox(), place.file("a", &bytes));
    let (mut sink, has) = inbox.begin(&KATIE, &offered.goods()).unwrap();
    carry(&mut offered.source(), &mut sink, has, 2 * PIECE_LEN, PIECE + FRAME).unwrap();
    drop(sink);
    for state in ["", "{}", "\0", r#"{"v":1,"length":7,"hash":"","folder":null}"#] {
        fs::write(place.slot().join("state"), state).unwrap();
        let (_, has) = inbox.begin(&KATIE, &offered.goods()).unwrap();
        // All of it is read again instead.
        assert_eq!(has.length(), (PIECE + FRAME) as u64, "{state}");
        assert_eq!(has.extent(), chain_of(&mut offered.source(), has.length()).extent());
    }
}

#[test]
fn what_is_longer_than_it_can_be_is_cut() {
    let place = Place::new();
    let (inbox, offered) = (place.inbox(), place.file("a", b"text"));
    drop(inbox.begin(&KATIE, &offered.goods()).unwrap());
    fs::write(place.slot().join("data"), "text and more").unwrap();
    assert_eq!(fs::read(send(&offered, &inbox)).unwrap(), b"text");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn wherever_it_is_cut_it_arrives(
        length in 0..3 * PIECE + 100,
        cuts in proptest::collection::vec(0..2 * PIECE, 0..5),
    ) {
        let (place, bytes) = (Place::new(), content(length));
        let offered = place.file("a", &bytes);
        let mut moved = 0;
        for most in cuts.into_iter().chain([usize::MAX]) {
            let inbox = place.inbox();
            let (mut sink, has) = inbox.begin(&KATIE, &offered.goods()).unwrap();
            // Nothing is sent twice, whenever the program is killed.
            prop_assert_eq!(has.length(), moved);
            moved = carry(&mut offered.source(), &mut sink, has, length as u64, most).unwrap().length();
            let is_whole = sink.path().is_some();
            sink.close().unwrap();
            if is_whole {
                break;
            }
        }
        prop_assert!(fs::read(place.path("inbox/a")).unwrap() == bytes);
        place.assert_nothing_unfinished();
    }
}
