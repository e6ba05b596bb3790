//! Peers that lie, and others who write where we do.

use std::os::unix::fs::symlink;
use std::thread;

use p2pm_core::error::Fault;
use p2pm_core::limits::ENTRY_PATH_MAX;
use p2pm_core::wire::{Entry, EntryKind, EntryPath};

use super::*;

/// An entry as anybody could send it.
fn entry(kind: u8, path: &[u8], length: Option<u64>) -> Vec<u8> {
    let attributes = [&1_000_000_i64.to_be_bytes()[..], &0o644_u16.to_be_bytes()].concat();
    let len = u16::try_from(path.len()).unwrap().to_be_bytes();
    let length = length.map(u64::to_be_bytes);
    [&[kind][..], &attributes, &len, path, length.as_ref().map_or(&[], |length| &length[..])].concat()
}

fn folder(path: &str) -> Vec<u8> {
    entry(2, path.as_bytes(), None)
}

fn file(path: &str, content: &str) -> Vec<u8> {
    [entry(1, path.as_bytes(), Some(content.len() as u64)), content.into()].concat()
}

/// What the sink says to a stream of so many files.
fn told(place: &Place, stream: &[u8], files: u32) -> Result<PathBuf, Close> {
    let goods = goods(GoodsKind::Folder, stream.len() as u64, files, "folder");
    let (mut sink, mut has) = place.inbox().begin(&KATIE, &goods).unwrap();
    append(&mut sink, &mut has, stream)?;
    sink.finish()?;
    let path = sink.path().unwrap().to_owned();
    sink.close().unwrap();
    Ok(path)
}

#[test]
fn paths_out_of_the_folder_are_refused() {
    let place = Place::new();
    fs::write(place.path("x"), "mine").unwrap();
    let before = listing(&place.path("x"));
    for path in
        ["../x", "../../x", "/x", "//x", "a/../../x", "a/../x", ".", "..", "a/.", "a//x", "a/", "", "x\0"]
    {
        for stream in [entry(2, path.as_bytes(), None), entry(1, path.as_bytes(), Some(0))] {
            assert_eq!(
                told(&place, &[folder("a"), stream].concat(), 1),
                Err(Close::Fault(Fault::Name)),
                "{path:?}"
            );
        }
    }
    assert_eq!(told(&place, &entry(2, b"a\xff", None), 0), Err(Close::Fault(Fault::Name)));
    assert_eq!(told(&place, &entry(2, &[b'x'; 256], None), 0), Err(Close::Fault(Fault::Name)));
    assert_eq!(
        told(&place, &entry(2, &[b'x'; ENTRY_PATH_MAX + 1], None), 0),
        Err(Close::Fault(Fault::Length))
    );
    assert_eq!(listing(&place.path("x")), before);
    assert_eq!((place.received(), names(&place.path(""))), (vec![], vec!["inbox".into(), "x".into()]));
}

#[test]
fn what_comes_twice_or_without_its_folder_is_refused() {
    for stream in [
        [file("a", "1"), file("a", "2")].concat(),
        [folder("a"), folder("a")].concat(),
        [folder("a"), file("a", "")].concat(),
        [file("a", ""), file("a/b", "")].concat(),
        [folder("a"), file("b", ""), file("a/c", "")].concat(),
        file("a/b", ""),
        [folder("a"), file("a/b/c", "")].concat(),
    ] {
        assert_eq!(told(&Place::new(), &stream, 9), Err(Close::Fault(Fault::State)), "{stream:?}");
    }
}

#[test]
fn a_stream_has_as_many_files_as_were_offered() {
    let stream = [file("a", "1"), file("b", "2")].concat();
    assert_eq!(told(&Place::new(), &stream, 1), Err(Close::Fault(Fault::Value)));
    assert_eq!(told(&Place::new(), &stream, 3), Err(Close::Fault(Fault::Value)));
    assert_eq!(told(&Place::new(), &stream[..stream.len() - 1], 2), Err(Close::Fault(Fault::Length)));
    assert_eq!(told(&Place::new(), &[&stream[..], &[1]].concat(), 2), Err(Close::Fault(Fault::Length)));
    assert_eq!(told(&Place::new(), &entry(3, b"a", None), 0), Err(Close::Fault(Fault::Kind)));
    assert!(told(&Place::new(), &stream, 2).is_ok());
}

#[test]
fn names_that_mean_something_are_changed_and_stay_in_the_inbox() {
    let longest = ["x".repeat(255), "\u{1}".repeat(255), format!("{}.jpg", "é".repeat(125))];
    let labels = [
        "x.part",
        "data",
        "state",
        "lock",
        ".p2pm-unfinished",
        ".bashrc",
        "-rf",
        "CON",
        "nul.txt",
        "com1",
        "a.",
        "a ",
        "\x1b]0;title\x07",
        "photo\u{202e}gpj.exe",
        "\n",
        "..\\x",
        "C:\\x",
        "~",
        "%2e%2e%2fx",
        "...",
    ];
    let place = Place::new();
    fs::write(place.path("mine"), "mine").unwrap();
    for label in labels.into_iter().chain(longest.iter().map(|label| &**label)) {
        // Twice, since a number must fit, too.
        for number in 0..2 {
            let goods = goods(GoodsKind::File, 0, 1, label);
            let (mut sink, _) = place.inbox().begin(&KATIE, &goods).unwrap();
            sink.finish().unwrap();
            let name = sink.path().unwrap().file_name().unwrap().to_str().unwrap().to_owned();
            assert_eq!(sink.path().unwrap().parent().unwrap(), place.path("inbox"));
            assert!(
                name.len() <= 255 && !name.starts_with(['.', '-', '~']) && !name.contains(char::is_control),
                "{name:?}"
            );
            assert_eq!(name.contains(" (1)"), number == 1, "{name:?}");
            sink.close().unwrap();
        }
    }
    assert_eq!(place.received().len(), 2 * (labels.len() + longest.len()));
    assert_eq!(names(&place.path("")), ["inbox", "mine"]);
    place.assert_nothing_unfinished();
}

#[test]
fn links_in_the_place_of_our_own_folders_are_not_followed() {
    let place = Place::new();
    fs::create_dir(place.path("outside")).unwrap();
    fs::write(place.path("outside/data"), "mine").unwrap();
    let before = listing(&place.path("outside"));
    // What is unfinished is elsewhere.
    fs::create_dir(place.path("inbox")).unwrap();
    symlink(place.path("outside"), place.path("inbox/.p2pm-unfinished")).unwrap();
    assert!(Inbox::open(&place.path("inbox")).is_err());
    fs::remove_file(place.path("inbox/.p2pm-unfinished")).unwrap();
    // A slot is.
    let offered = place.file("a", b"text");
    drop(place.inbox().begin(&KATIE, &offered.goods()).unwrap());
    let slot = place.slot();
    fs::remove_dir_all(&slot).unwrap();
    symlink(place.path("outside"), &slot).unwrap();
    assert!(place.inbox().begin(&KATIE, &offered.goods()).is_err());
    fs::remove_file(&slot).unwrap();
    // A file in it is.
    for name in ["data", "state", "lock"] {
        fs::create_dir(&slot).unwrap();
        symlink(place.path("outside/data"), slot.join(name)).unwrap();
        let trouble = place.inbox().begin(&KATIE, &offered.goods()).unwrap_err();
        assert_eq!(trouble.close(), Close::Failed);
        fs::remove_dir_all(&slot).unwrap();
    }
    assert_eq!(listing(&place.path("outside")), before);
}

#[test]
fn a_folder_that_others_can_write_to_is_not_ours() {
    let place = Place::new();
    drop(place.inbox());
    fs::set_permissions(place.path("inbox/.p2pm-unfinished"), fs::Permissions::from_mode(0o777)).unwrap();
    assert!(matches!(Inbox::open(&place.path("inbox")), Err(Trouble::NotOurs(_))));
}

#[test]
fn links_that_are_planted_meanwhile_are_not_followed() {
    let place = Place::new();
    fs::create_dir_all(place.path("outside/c")).unwrap();
    fs::write(place.path("outside/b"), "mine").unwrap();
    let before = listing(&place.path("outside"));
    let goods = goods(GoodsKind::Folder, 1000, 3, "folder");
    let (mut sink, mut has) = place.inbox().begin(&KATIE, &goods).unwrap();
    append(&mut sink, &mut has, &[folder("a"), folder("a/c"), folder("a/c/d"), file("a/c/d/e", "")].concat())
        .unwrap();
    let data = place.slot().join("data");
    // In the place of a folder that is not open at the moment, and of a file that is to come.
    fs::rename(data.join("a"), data.join("moved")).unwrap();
    symlink(place.path("outside"), data.join("a")).unwrap();
    symlink(place.path("outside/b"), data.join("x")).unwrap();
    assert_eq!(append(&mut sink, &mut has, &file("a/c/f", "theirs")), Err(Close::Failed));
    let trouble = sink.trouble().unwrap().to_string();
    assert!(trouble.contains("make a/c/f"), "{trouble}");
    drop(sink);
    // Whoever begins again removes the links, and not what they lead to.
    let (mut sink, mut has) = place.inbox().begin(&KATIE, &goods).unwrap();
    symlink(place.path("outside/b"), data.join("x")).unwrap();
    append(&mut sink, &mut has, &file("x", "theirs")).unwrap();
    assert_eq!(fs::read_link(data.join("x")).unwrap(), place.path("outside/b"));
    drop(sink);
    place.inbox().discard(&KATIE, &goods).unwrap().remove().unwrap();
    place.assert_nothing_unfinished();
    assert_eq!(listing(&place.path("outside")), before);
}

#[test]
fn a_name_that_is_taken_in_a_folder_is_told_from_the_other_one() {
    let place = Place::new();
    let goods = goods(GoodsKind::Folder, 1000, 3, "folder");
    let (mut sink, mut has) = place.inbox().begin(&KATIE, &goods).unwrap();
    let data = place.slot().join("data");
    // As where cases are not distinguished.
    fs::write(data.join("readme"), "README").unwrap();
    fs::create_dir(data.join("docs")).unwrap();
    append(&mut sink, &mut has, &[folder("docs"), file("docs/a", "1"), file("readme", "2")].concat())
        .unwrap();
    assert_eq!(fs::read(data.join("readme")).unwrap(), b"README");
    let others: Vec<_> = names(&data).into_iter().filter(|name| name.contains('~')).collect();
    let [docs, readme] = &others[..] else { panic!("{others:?}") };
    assert!(docs.starts_with("docs~") && readme.starts_with("readme~"));
    assert_eq!(fs::read(data.join(docs).join("a")).unwrap(), b"1");
}

#[test]
fn deep_folders_need_few_descriptors() {
    let (place, mut stream, mut path) = (Place::new(), Vec::new(), String::new());
    for depth in 0..1500 {
        path.push_str(if depth == 0 { "d" } else { "/d" });
        let mut head = [0; Entry::LEN_MAX];
        let entry = Entry {
            kind: EntryKind::Folder,
            attributes: Attributes::new(depth, 0o755),
            path: EntryPath::new(path.as_bytes()).unwrap(),
        };
        let len = entry.emit(&mut head);
        stream.extend_from_slice(&head[..len]);
    }
    let received = told(&place, &stream, 0).unwrap();
    let offered = Offered::prepare(&received).unwrap();
    assert_eq!((offered.goods().length, offered.left_out().count), (stream.len() as u64, 0));
    let (sink, _) = place.inbox().begin(&KATIE, &offered.goods()).unwrap();
    drop(sink);
    place.inbox().discard(&KATIE, &offered.goods()).unwrap().remove().unwrap();
}

#[test]
fn a_confined_thread_receives_and_reaches_nothing_else() {
    let place = Place::new();
    let offered = place.file("a", b"text");
    let inbox = place.inbox();
    // What is sent is open already.
    let mut source = offered.source();
    source.seek(0).unwrap();
    let (confinement, opened, path) = thread::scope(|scope| {
        let confined = scope.spawn(|| {
            let confinement = confine(&inbox);
            let opened = [fs::read(place.path("a")).is_ok(), fs::write(place.path("b"), "").is_ok()];
            let (mut sink, has) = inbox.begin(&KATIE, &offered.goods()).unwrap();
            carry(&mut source, &mut sink, has, offered.goods().length, usize::MAX).unwrap();
            (confinement, opened, sink.path().unwrap().to_owned())
        });
        confined.join().unwrap()
    });
    assert_eq!(fs::read(path).unwrap(), b"text");
    // A kernel without Landlock hinders nothing, and it is said.
    assert_eq!(opened, [confinement == Confinement::None; 2]);
    assert!(fs::read(place.path("a")).is_ok(), "only that thread is confined");
}
