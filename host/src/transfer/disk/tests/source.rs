//! What is offered.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::thread;

use proptest::prelude::*;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::process::{Uid, geteuid};
use rustix::thread::set_thread_uid;

use super::*;

fn read(source: &mut OfferedSource, room: usize) -> Vec<u8> {
    let (mut stream, mut buffer) = (Vec::new(), vec![0; room]);
    loop {
        match source.read(&mut buffer).unwrap() {
            0 => return stream,
            read => stream.extend_from_slice(&buffer[..read]),
        }
    }
}

fn tree(place: &Place) -> Offered {
    let entries: &[(&str, u32, &[u8])] =
        &[("t/a/b/1", 0o644, b"one"), ("t/a/2", 0o644, b"second"), ("t/e/", 0o755, b""), ("t/z", 0o644, b"")];
    make(&place.path(""), entries);
    Offered::prepare(&place.path("t")).unwrap()
}

#[test]
fn the_stream_is_as_long_as_was_said_and_begins_anywhere() {
    let place = Place::new();
    let offered = tree(&place);
    let mut source = offered.source();
    let stream = read(&mut source, 1000);
    assert_eq!(stream.len() as u64, offered.goods().length);
    source.check().unwrap();
    for at in (0..=stream.len()).rev() {
        source.seek(at as u64).unwrap();
        assert_eq!(read(&mut source, 7), stream[at..], "{at}");
        source.check().unwrap();
    }
    assert_eq!(source.seek(stream.len() as u64 + 1), Err(Close::Changed));
}

#[test]
fn a_huge_file_is_not_read_to_be_offered() {
    let place = Place::new();
    let length = 100 << 30;
    fs::File::create(place.path("huge")).unwrap().set_len(length).unwrap();
    let offered = Offered::prepare(&place.path("huge")).unwrap();
    assert_eq!(offered.goods().length, length);
    let mut source = offered.source();
    source.seek(length - 1).unwrap();
    assert_eq!(read(&mut source, 10), [0]);
}

#[test]
fn what_is_no_file_is_left_out_and_named() {
    let place = Place::new();
    tree(&place);
    symlink("z", place.path("t/link")).unwrap();
    symlink("/", place.path("t/a/up")).unwrap();
    mknodat(CWD, place.path("t/fifo"), FileType::Fifo, Mode::RWXU, 0).unwrap();
    let _socket = UnixListener::bind(place.path("t/socket")).unwrap();
    let offered = Offered::prepare(&place.path("t")).unwrap();
    let left_out = offered.left_out();
    let [up, fifo, link, socket] = ["a/up", "fifo", "link", "socket"]
        .map(|path| left_out.examples.iter().find(|(left, _)| left == path).unwrap().1);
    assert_eq!(left_out.count, 4);
    assert_eq!(
        [up, fifo, link, socket],
        [Omission::Link, Omission::Special, Omission::Link, Omission::Special]
    );
    assert_eq!(listing(&send(&offered, &place.inbox())).len(), 7);
    for number in 0..20 {
        symlink("z", place.path(&format!("t/link {number}"))).unwrap();
    }
    let left_out = Offered::prepare(&place.path("t")).unwrap().left_out().clone();
    assert_eq!((left_out.count, left_out.examples.len()), (24, 16));
}

#[test]
fn what_cannot_be_read_is_left_out() {
    let place = Place::new();
    let entries: &[(&str, u32, &[u8])] = &[
        ("t/", 0o755, b""),
        ("t/closed/", 0o755, b""),
        ("t/closed/a", 0o644, b""),
        ("t/listed/", 0o755, b""),
        ("t/listed/a", 0o644, b""),
        ("t/mine", 0o644, b"text"),
        ("t/secret", 0o644, b"text"),
    ];
    make(&place.path(""), entries);
    for (path, mode) in [("", 0o755), ("t/closed", 0), ("t/listed", 0o744), ("t/secret", 0)] {
        fs::set_permissions(place.path(path), fs::Permissions::from_mode(mode)).unwrap();
    }
    if !geteuid().is_root() {
        fs::set_permissions(place.path("t/listed"), fs::Permissions::from_mode(0o444)).unwrap();
    }
    let offered = thread::scope(|scope| {
        let open = || {
            // Root can read everything, and a thread of it be nobody instead.
            if geteuid().is_root() {
                set_thread_uid(Uid::from_raw(65_534)).unwrap();
            }
            let offered = Offered::prepare(&place.path("t")).unwrap();
            let mut source = offered.source();
            assert_eq!(read(&mut source, 1000).len() as u64, offered.goods().length);
            source.check().unwrap();
            offered
        };
        scope.spawn(open).join().unwrap()
    });
    let unreadable = ["closed", "listed/a", "secret"].map(|path| (path.to_owned(), Omission::Unreadable));
    assert_eq!(offered.left_out().examples, unreadable);
    assert_eq!((offered.goods().files, offered.left_out().count), (1, 3));
    fs::set_permissions(place.path("t/listed"), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_link_is_followed_where_the_user_names_it() {
    let place = Place::new();
    tree(&place);
    symlink("t/a/2", place.path("file")).unwrap();
    symlink("t/a", place.path("folder")).unwrap();
    assert_eq!(
        fs::read(send(&Offered::prepare(&place.path("file")).unwrap(), &place.inbox())).unwrap(),
        b"second"
    );
    let path = send(&Offered::prepare(&place.path("folder")).unwrap(), &place.inbox());
    assert_eq!(names(&path), ["2", "b"]);
    assert_eq!(path, place.path("inbox/folder"));
}

#[test]
fn links_that_are_planted_meanwhile_are_not_followed() {
    let place = Place::new();
    let entries: &[(&str, u32, &[u8])] = &[("t/a/b/c/1", 0o644, b"ours"), ("t/a/b/d", 0o644, b"ours")];
    // What is outside is older, so that it is not told by its time.
    make(&place.path(""), &[("outside/b/d", 0o644, b"mine")]);
    make(&place.path(""), entries);
    let mut source = Offered::prepare(&place.path("t")).unwrap().source();
    // Up to the content of the first file.
    let mut buffer = [0; 16];
    while !buffer.windows(4).any(|bytes| bytes == b"ours") {
        assert_ne!(source.read(&mut buffer[..4]).unwrap(), 0);
        buffer.rotate_left(4);
    }
    fs::rename(place.path("t/a"), place.path("t/moved")).unwrap();
    symlink(place.path("outside"), place.path("t/a")).unwrap();
    let changed = loop {
        match source.read(&mut buffer) {
            Ok(read) => assert!(read > 0 && !buffer.windows(4).any(|bytes| bytes == b"mine")),
            Err(reason) => break reason,
        }
    };
    assert_eq!(changed, Close::Changed);
}

#[test]
fn what_has_no_stream_is_refused_by_name() {
    let place = Place::new();
    mknodat(CWD, place.path("fifo"), FileType::Fifo, Mode::RWXU, 0).unwrap();
    for path in [place.path("fifo"), "/dev/null".into(), "/".into()] {
        let trouble = Offered::prepare(&path).unwrap_err();
        assert!(
            matches!(&trouble, Trouble::NotSendable(shown) if *shown == path.display().to_string()),
            "{trouble}"
        );
    }
    let trouble = Offered::prepare(&place.path("nothing")).unwrap_err().to_string();
    assert!(trouble.contains("nothing: No such file"), "{trouble}");
}

#[test]
fn names_that_are_not_utf_8_are_shown() {
    let place = Place::new();
    let name = OsStr::from_bytes(b"a\xff.txt");
    fs::create_dir(place.path("t")).unwrap();
    for path in [place.dir.path().join(name), place.path("t").join(name)] {
        fs::write(path, "text").unwrap();
    }
    let path = send(&Offered::prepare(&place.dir.path().join(name)).unwrap(), &place.inbox());
    let shown = path.file_name().unwrap().to_str().unwrap();
    assert!(shown.starts_with("a\u{fffd}") && shown.ends_with("txt"), "{shown}");
    let path = send(&Offered::prepare(&place.path("t/.")).unwrap(), &place.inbox());
    assert_eq!(path.file_name().unwrap(), "t");
    assert_eq!(names(&path), [shown]);
    assert_eq!(fs::read(path.join(shown)).unwrap(), b"text");
}

#[test]
fn a_file_that_changes_is_noticed() {
    let place = Place::new();
    let offered = place.file("a", b"text");
    let mut source = offered.source();
    source.check().unwrap();
    fs::write(place.path("a"), "next").unwrap();
    assert_eq!(source.check(), Err(Close::Changed));
    assert!(source.trouble().unwrap().to_string().contains("changed"));
    // What takes its place is another file, while it waits as well as while it is read.
    let offered = Offered::prepare(&place.path("a")).unwrap();
    let (mut read_before, mut read_after) = (offered.source(), offered.source());
    assert_eq!(read(&mut read_before, 100), b"next");
    fs::rename(place.path("a"), place.path("b")).unwrap();
    fs::write(place.path("a"), "next").unwrap();
    for source in [&mut read_before, &mut read_after] {
        assert_eq!(source.seek(0).and_then(|()| source.check()), Err(Close::Changed));
    }
    fs::remove_file(place.path("a")).unwrap();
    assert_eq!(offered.source().seek(0), Err(Close::Failed));
}

#[test]
fn what_waits_to_be_sent_is_not_open() {
    let place = Place::new();
    let open = || {
        let files = fs::read_dir("/proc/self/fd").unwrap();
        let targets = files.filter_map(|file| fs::read_link(file.ok()?.path()).ok());
        targets.filter(|target| target.starts_with(place.dir.path())).count()
    };
    let offers = [place.file("a", b"text"), tree(&place)];
    let mut sources = offers.each_ref().map(Offered::source);
    assert_eq!(open(), 0);
    for source in &mut sources {
        source.read(&mut [0; 2]).unwrap();
        assert_ne!(open(), 0);
        source.close();
        assert_eq!(open(), 0);
        source.seek(1).unwrap();
        source.close();
    }
}

#[test]
fn a_file_without_a_length_is_not_sent_as_nothing() {
    let status = Path::new("/proc/self/status");
    assert_eq!(fs::metadata(status).unwrap().len(), 0, "its length is not known");
    let trouble = Offered::prepare(status).unwrap_err();
    assert!(matches!(&trouble, Trouble::Unmeasured(_)), "{trouble}");
    // So is it in a folder, once its turn comes, unless the system has made up another one by then.
    let mut source = Offered::prepare(Path::new("/proc/self/net/stat")).unwrap().source();
    let refused = loop {
        match source.read(&mut [0; 100]) {
            Ok(read) => assert_ne!(read, 0, "it is sent"),
            Err(reason) => break reason,
        }
    };
    assert!(matches!(refused, Close::Failed | Close::Changed), "{refused:?}");
    let place = Place::new();
    assert_eq!(place.file("empty", b"").goods().length, 0);
}

#[test]
fn a_file_in_a_folder_that_ends_early_is_noticed() {
    let place = Place::new();
    make(&place.path(""), &[("t/a", 0o644, &[7; 1000]), ("t/b", 0o644, &[7; 1000])]);
    let mut source = Offered::prepare(&place.path("t")).unwrap().source();
    source.read(&mut [0; 500]).unwrap();
    fs::File::create(place.path("t/a")).unwrap().set_len(100).unwrap();
    assert_eq!(source.read(&mut [0; 1000]), Err(Close::Changed));
}

#[test]
fn a_folder_that_changes_is_noticed() {
    let changes: &[fn(&Path)] = &[
        |top| fs::write(top.join("a/2"), "another").unwrap(),
        |top| fs::write(top.join("a/2"), "SECOND").unwrap(),
        |top| fs::write(top.join("a/b/0"), "").unwrap(),
        |top| fs::create_dir(top.join("e/new")).unwrap(),
        |top| fs::remove_file(top.join("z")).unwrap(),
        |top| fs::remove_file(top.join("a/b/1")).unwrap(),
        |top| fs::remove_dir(top.join("e")).unwrap(),
        |top| set_time(&top.join("e"), 7),
        |top| {
            fs::remove_file(top.join("a/2")).unwrap();
            symlink("z", top.join("a/2")).unwrap();
        },
    ];
    // Before a byte of it is sent: what has changed, and not only that something has.
    let place = Place::new();
    let mut source = tree(&place).source();
    changes[1](&place.path("t"));
    assert_eq!(source.read(&mut [0; 1000]), Err(Close::Changed));
    let trouble = source.trouble().unwrap().to_string();
    assert!(trouble.starts_with("a/2 has changed"), "{trouble}");
    for (number, change) in changes.iter().enumerate() {
        let place = Place::new();
        let offered = tree(&place);
        let length = offered.goods().length;
        let (mut before, mut within) = (offered.source(), offered.source());
        within.read(&mut [0; 10]).unwrap();
        change(&place.path("t"));
        for source in [&mut before, &mut within] {
            let mut buffer = [0; 64];
            let read = loop {
                match source.read(&mut buffer) {
                    Ok(0) => break source.check(),
                    Ok(_) => {}
                    Err(reason) => break Err(reason),
                }
            };
            assert_eq!(read, Err(Close::Changed), "{number}");
        }
        let sought = before.seek(length - 1).and_then(|()| before.check());
        assert_eq!(sought, Err(Close::Changed), "{number}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_file_is_read_from_anywhere(bytes in proptest::collection::vec(any::<u8>(), 0..300), at in any::<prop::sample::Index>()) {
        let place = Place::new();
        let offered = place.file("a", &bytes);
        let mut source = offered.source();
        let at = at.index(bytes.len() + 1);
        source.seek(at as u64).unwrap();
        prop_assert_eq!(&read(&mut source, 64), &bytes[at..]);
    }
}
