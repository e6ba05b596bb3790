//! A folder with what is in it.

use proptest::prelude::*;

use super::*;

/// As it is at the other end: its owner can use everything.
fn usable(listing: &Listing) -> Listing {
    let usable = |(is_dir, mode, time, content): &(bool, u32, i64, Vec<u8>)| {
        (*is_dir, mode | if *is_dir { 0o700 } else { 0o600 }, *time, content.clone())
    };
    listing.iter().map(|(path, entry)| (path.clone(), usable(entry))).collect()
}

fn assert_arrived(place: &Place, path: &Path, sent: &Path) {
    let (received, sent) = (listing(path), usable(&listing(sent)));
    assert!(received.keys().eq(sent.keys()), "{:?} instead of {:?}", received.keys(), sent.keys());
    for (path, entry) in sent {
        let (is_dir, mode, time, content) = &received[&path];
        assert_eq!((*is_dir, *mode, *time), (entry.0, entry.1, entry.2), "{}", path.display());
        assert!(*content == entry.3, "{}", path.display());
    }
    place.assert_nothing_unfinished();
}

#[test]
fn a_folder_arrives_with_modes_times_and_empty_folders() {
    let place = Place::new();
    let entries: &[(&str, u32, &[u8])] = &[
        ("album/", 0o755, b""),
        ("album/.hidden", 0o600, b"seen"),
        ("album/a/", 0o750, b""),
        ("album/a/b/", 0o700, b""),
        ("album/a/b/c.sh", 0o755, b"#!"),
        ("album/a/d", 0o440, &content(PIECE)),
        ("album/aux.c", 0o644, b"a name of Windows"),
        ("album/empty/", 0o711, b""),
        ("album/z", 0o644, b""),
    ];
    make(&place.path(""), entries);
    let offered = Offered::prepare(&place.path("album/")).unwrap();
    assert_eq!((offered.goods().files, offered.left_out().count), (5, 0));
    let path = send(&offered, &place.inbox());
    assert_eq!(path, place.path("inbox/album"));
    assert_arrived(&place, &path, &place.path("album"));
    assert_eq!(send(&offered, &place.inbox()), place.path("inbox/album (1)"));
}

#[test]
fn an_empty_folder_is_a_folder() {
    let place = Place::new();
    make(&place.path(""), &[("nothing/", 0o755, b"")]);
    let offered = Offered::prepare(&place.path("nothing")).unwrap();
    assert_eq!((offered.goods().length, offered.goods().files), (0, 0));
    assert_arrived(&place, &send(&offered, &place.inbox()), &place.path("nothing"));
}

#[test]
fn names_that_cannot_be_seen_become_visible_and_stay_two() {
    let place = Place::new();
    make(
        &place.path(""),
        &[("d/a\u{1}", 0o644, b"1"), ("d/a\u{2}", 0o644, b"2"), ("d/\u{202e}/x", 0o644, b"3")],
    );
    let path = send(&Offered::prepare(&place.path("d")).unwrap(), &place.inbox());
    let contents: Vec<_> =
        listing(&path).into_values().map(|entry| entry.3).filter(|bytes| !bytes.is_empty()).collect();
    assert_eq!(contents.len(), 3);
    for name in names(&path) {
        assert!(name.contains('\u{fffd}') && name.contains('~'), "{name:?}");
    }
}

/// A folder with some files of more than a piece in all.
fn album(place: &Place) -> Offered {
    let big = content(PIECE + 1000);
    let entries: &[(&str, u32, &[u8])] = &[
        ("album/a/1", 0o644, &big),
        ("album/a/2\u{1}", 0o644, b"two"),
        ("album/b/c/1", 0o644, &big),
        ("album/b/c/2", 0o644, b"text"),
        ("album/d/", 0o755, b""),
        ("album/e", 0o644, &big),
    ];
    make(&place.path(""), entries);
    Offered::prepare(&place.path("album")).unwrap()
}

/// Carries so many bytes, and lets go of the sink, as a program does that is killed.
fn cut(place: &Place, offered: &Offered, most: usize) -> u64 {
    let goods = offered.goods();
    let (mut sink, has) = place.inbox().begin(&KATIE, &goods).unwrap();
    let before = has.length();
    carry(&mut offered.source(), &mut sink, has, goods.length, most).unwrap();
    sink.close().unwrap();
    before
}

#[test]
fn what_came_after_the_mark_is_removed_and_comes_again() {
    let place = Place::new();
    let offered = album(&place);
    // Up to the end but some bytes.
    let length = usize::try_from(offered.goods().length).unwrap();
    cut(&place, &offered, length - 5);
    let data = place.slot().join("data");
    // As if more had come than has: of a stream that has gone on differently.
    make(&data, &[("e2/x", 0o644, b"junk"), ("z", 0o644, b"junk"), ("d/junk", 0o644, b"junk")]);
    let (mut sink, has) = place.inbox().begin(&KATIE, &offered.goods()).unwrap();
    // It goes on in the middle of the last file, which is cut to where it was.
    assert_eq!(has.length(), 3 * PIECE_LEN);
    assert!(!data.join("z").exists() && !data.join("e2").exists());
    carry(&mut offered.source(), &mut sink, has, length as u64, usize::MAX).unwrap();
    // What is beneath a folder that is over is not looked at: nobody but us writes there.
    fs::remove_file(place.path("inbox/album/d/junk")).unwrap();
    set_time(&place.path("inbox/album/d"), 1_000_004);
    let received = listing(sink.path().unwrap());
    assert_eq!(received.len(), listing(&place.path("album")).len());
    assert!(received[Path::new("e")].3 == content(PIECE + 1000));
}

#[test]
fn a_folder_that_is_not_as_the_state_says_begins_anew() {
    for damage in [
        |data: &Path| fs::remove_dir_all(data).unwrap(),
        |data: &Path| fs::remove_dir_all(data.join("a")).unwrap(),
        |data: &Path| fs::remove_file(data.join("b/c/1")).unwrap(),
        |data: &Path| fs::write(data.join("b/c/1"), "").unwrap(),
        |data: &Path| {
            fs::remove_dir_all(data.join("b")).unwrap();
            std::os::unix::fs::symlink("/", data.join("b")).unwrap();
        },
        |data: &Path| fs::write(data.parent().unwrap().join("state"), "{").unwrap(),
    ] {
        let place = Place::new();
        let offered = album(&place);
        cut(&place, &offered, 2 * PIECE);
        damage(&place.slot().join("data"));
        assert_eq!(cut(&place, &offered, usize::MAX), 0);
        assert_eq!(listing(&place.path("inbox/album")).len(), listing(&place.path("album")).len());
    }
}

#[test]
fn a_folder_that_has_changed_goes_on_from_where_it_is_the_same() {
    let place = Place::new();
    let offered = album(&place);
    let length = usize::try_from(offered.goods().length).unwrap();
    cut(&place, &offered, length - 5);
    // As long as before, but other names: after the first mark, and then before it.
    for (from, to, at) in [("e", "f", 2), ("a/1", "a/0", 0)] {
        fs::rename(place.path("album").join(from), place.path("album").join(to)).unwrap();
        set_time(&place.path("album/a"), 1_000_000);
        let offered = Offered::prepare(&place.path("album")).unwrap();
        assert_eq!(offered.goods().length, length as u64);
        let (mut sink, has) = place.inbox().begin(&KATIE, &offered.goods()).unwrap();
        let has = carry(&mut offered.source(), &mut sink, has, length as u64, 0).unwrap();
        // The state is of the last mark alone, so it is that or nothing.
        assert!(has.length() == at * PIECE_LEN || has.length() == 0);
        let has = carry(&mut offered.source(), &mut sink, has, length as u64, length - 5).unwrap();
        assert!(has.length() < length as u64);
    }
    let offered = Offered::prepare(&place.path("album")).unwrap();
    cut(&place, &offered, usize::MAX);
    let (sent, received) = (listing(&place.path("album")), listing(&place.path("inbox/album")));
    assert_eq!(received.len(), sent.len());
    assert!(received[Path::new("f")].3 == sent[Path::new("f")].3);
}

fn any_tree() -> impl Strategy<Value = Vec<(String, bool, usize)>> {
    let path = proptest::collection::vec("[a-c]{1,2}", 1..4).prop_map(|labels| labels.join("/"));
    proptest::collection::vec((path, any::<bool>(), prop_oneof![0..100usize, 0..PIECE]), 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn wherever_it_is_cut_it_arrives(
        tree in any_tree(),
        cuts in proptest::collection::vec(0..2 * PIECE, 0..5),
    ) {
        let place = Place::new();
        let top = place.path("top");
        fs::create_dir(&top).unwrap();
        for (path, is_folder, length) in tree {
            // What would be in a file, or is there already, is left out.
            if is_folder {
                _ = fs::create_dir_all(top.join(path));
            } else if fs::create_dir_all(top.join(&path).parent().unwrap()).is_ok() && !top.join(&path).exists() {
                fs::write(top.join(&path), content(length)).unwrap();
                set_time(&top.join(path), length as u64);
            }
        }
        let offered = Offered::prepare(&top).unwrap();
        for most in cuts.into_iter().chain([usize::MAX]) {
            cut(&place, &offered, most);
            if !place.received().is_empty() {
                break;
            }
        }
        assert_arrived(&place, &place.path("inbox/top"), &top);
    }
}
