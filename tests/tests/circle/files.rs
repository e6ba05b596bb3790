//! Files between real nodes: what arrives, and what does not.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use p2pm_core::transfer::Sink;
use p2pm_core::wire::{Preview, pixel};
use p2pm_host::config::profile::{Document, Sends};
use p2pm_host::picture::Picture;
use p2pm_host::transfer::disk::{Inbox, Offered, Origin};

use crate::cast::{Node, eventually, folder};

/// Two nodes that are linked, on ports where they are found again.
pub(super) struct Pair {
    pub(super) katie: Node,
    pub(super) abdul: Node,
    pub(super) of_katie: String,
    pub(super) of_abdul: String,
}

impl Pair {
    pub(super) fn new() -> Self {
        let katie = Node::start("katie", None, &["--port", "0"]);
        let of_katie = katie.address();
        let abdul = Node::start("abdul", None, &["--port", "0", "--connect", &of_katie]);
        let of_abdul = abdul.address();
        let pair = Self { katie, abdul, of_katie, of_abdul };
        pair.await_link();
        pair
    }

    pub(super) fn await_link(&self) {
        eventually("a link", || self.katie.here() == 1 && self.abdul.here() == 1);
    }

    /// Starts a node again that was killed.
    pub(super) fn restart(node: &mut Node, address: &str) {
        let (_, port) = address.rsplit_once(':').expect("a port");
        node.kill();
        node.restart(&["--port", port]);
    }
}

pub(super) fn has_no_files(node: &Node) -> bool {
    node.output(&["files"]) == "no file is offered or on its way\n"
}

pub(super) fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

/// Content that differs from one place to the next.
pub(super) fn content(len: usize) -> Vec<u8> {
    (0..len).map(|at| u8::try_from((at ^ at >> 8 ^ at >> 16) & 255).expect("a byte")).collect()
}

#[test]
fn files_and_folders_arrive_and_nothing_is_overwritten() {
    let Pair { katie, abdul, .. } = Pair::new();
    let (from, to) = (folder(&katie, "from"), folder(&abdul, "to"));
    let _taking = abdul.take_into(&to);
    let file = from.join("photo.jpg");
    for number in 0..2_u8 {
        fs::write(&file, [content(1_000_000), vec![number]].concat()).expect("room");
        let sent = katie.run(&["send", "abdul", "--file", text(&file)]);
        assert_eq!(sent.status.code(), Some(0), "{sent:?}");
    }
    for (name, number) in [("photo.jpg", 0), ("photo (1).jpg", 1)] {
        let arrived = fs::read(to.join(name)).expect("it has arrived");
        assert_eq!(arrived, [content(1_000_000), vec![number]].concat(), "{name}");
    }
    let tree = folder(&katie, "from/plans/old/empty").join("../..");
    fs::write(tree.join("run.sh"), "true\n").expect("room");
    fs::set_permissions(tree.join("run.sh"), fs::Permissions::from_mode(0o755)).expect("ours");
    symlink("/etc/passwd", tree.join("link")).expect("room");
    let sent = katie.run(&["send", "abdul", "--file", text(&from.join("plans"))]);
    assert!(
        sent.status.success() && String::from_utf8_lossy(&sent.stderr).contains("not sent: link: a link")
    );
    let plans = to.join("plans");
    assert!(plans.join("old/empty").is_dir() && !plans.join("link").exists());
    assert_eq!(fs::read(plans.join("run.sh")).expect("it has arrived"), b"true\n");
    let mode = fs::metadata(plans.join("run.sh")).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o700, 0o700);
}

#[test]
fn more_files_than_wait_at_a_time_arrive_all_the_same() {
    let Pair { katie, abdul, .. } = Pair::new();
    let (from, to) = (folder(&katie, "from"), folder(&abdul, "to"));
    let _taking = abdul.take_into(&to);
    let mut arguments = vec!["send".to_owned(), "abdul".to_owned(), "--file".to_owned()];
    for number in 0..40 {
        let file = from.join(format!("photo {number}.jpg"));
        fs::write(&file, content(1000 + number)).expect("room");
        arguments.push(text(&file).to_owned());
    }
    // The same twice at once is two files.
    arguments.push(text(&from.join("photo 0.jpg")).to_owned());
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let sent = katie.run(&arguments);
    assert!(sent.status.success(), "{sent:?}");
    for number in 0..40 {
        let arrived = fs::read(to.join(format!("photo {number}.jpg"))).expect("it has arrived");
        assert!(arrived == content(1000 + number), "{number}");
    }
    assert!(fs::read(to.join("photo 0 (1).jpg")).expect("it has arrived") == content(1000));
}

#[test]
fn what_is_whole_where_it_is_taken_does_not_come_again() {
    let Pair { katie, abdul, .. } = Pair::new();
    let (file, to) = (folder(&katie, "from").join("photo.jpg"), folder(&abdul, "to"));
    fs::write(&file, content(1000)).expect("room");
    let mut sending = katie.command(&["send", "abdul", "--file", text(&file)]).spawn().expect("p2pm starts");
    eventually("an offer", || abdul.output(&["files"]).contains(": offered"));
    // As it is if abdul's node was killed before it had said that it has it.
    let sends = fs::read(katie.machine().home().join("p2pm/default/sends.json")).expect("it is stored");
    let send = Sends::parse(&sends).expect("ours").into_sends().next().expect("one");
    fs::write(folder(&abdul, "to/.p2pm-unfinished").join("whole"), send.id.0).expect("room");
    assert!(abdul.run(&["take", "1", "--save", text(&to)]).status.success());
    assert!(sending.wait().expect("it ends").success(), "it is there");
    assert!(!to.join("photo.jpg").exists());
    assert!(has_no_files(&abdul) && has_no_files(&katie));
}

#[test]
fn what_was_stored_before_anybody_was_told_is_told_once_in_the_next_run() {
    let mut pair = Pair::new();
    let file = folder(&pair.katie, "from").join("photo.jpg");
    fs::write(&file, content(1000)).expect("room");
    let to = folder(&pair.abdul, "Downloads/p2pm");
    let command = pair.katie.run(&["send", "--timeout", "0.5", "abdul", "--file", text(&file)]);
    assert_eq!(command.status.code(), Some(124), "nobody has taken it");
    let sends = fs::read(pair.katie.machine().home().join("p2pm/default/sends.json")).expect("it is stored");
    let send = Sends::parse(&sends).expect("ours").into_sends().next().expect("one");
    pair.katie.kill();
    pair.abdul.kill();
    // As it is if abdul's node was killed once it had it.
    let (offered, inbox) = (Offered::prepare(&file).expect("ours"), Inbox::open(&to).expect("room"));
    let origin = Origin { sender: pair.katie.key(), id: send.id };
    let (mut incoming, _) = inbox.begin(&origin, &offered.goods()).expect("room");
    incoming.write(&content(1000)).expect("room");
    incoming.finish().expect("room");
    drop((incoming, inbox));
    Pair::restart(&mut pair.katie, &pair.of_katie);
    Pair::restart(&mut pair.abdul, &pair.of_abdul);
    pair.await_link();
    let told = |node: &Node, what: &str| {
        let news = node.output(&["listen", "--json", "--since", "0", "--timeout", "0.5"]);
        news.lines().filter(|line| line.contains(what)).count()
    };
    eventually("katie to know", || told(&pair.katie, r#""state":"stored""#) == 1);
    let stored = format!(r#""state":"stored","path":"{}"}}"#, text(&to.join("photo.jpg")));
    eventually("abdul to know", || told(&pair.abdul, &stored) == 1);
    assert_eq!(told(&pair.abdul, r#""state""#), 1, "and nothing else");
    eventually("nothing to be left", || size_of(&to.join(".p2pm-unfinished")) == 8);
    // Once.
    Pair::restart(&mut pair.abdul, &pair.of_abdul);
    pair.await_link();
    assert_eq!(told(&pair.abdul, r#""state""#), 0);
    assert!(has_no_files(&pair.katie) && has_no_files(&pair.abdul));
    assert_eq!(fs::read_dir(&to).expect("a folder").count(), 2);
}

#[test]
fn who_of_all_is_not_offered_a_file_is_said() {
    /// All that a node has room for, but one.
    const WAITING: usize = 255;
    let Pair { katie, abdul: _abdul, of_katie, .. } = Pair::new();
    let from = folder(&katie, "from");
    let mut arguments: Vec<_> = ["send", "abdul", "--file"].map(str::to_owned).into();
    for number in 0..WAITING {
        let file = from.join(number.to_string());
        fs::write(&file, "").expect("room");
        arguments.push(text(&file).to_owned());
    }
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let mut sending = katie.command(&arguments).stderr(Stdio::null()).spawn().expect("p2pm starts");
    eventually("all to be offered", || katie.output(&["files"]).lines().count() == WAITING);
    let _zoe = Node::start("zoe", None, &["--port", "0", "--connect", &of_katie]);
    eventually("both", || katie.here() == 2);
    let sent = katie.run(&["send", "--timeout", "0.5", "--all", "--file", text(&from.join("0"))]);
    let said = String::from_utf8_lossy(&sent.stderr);
    assert!(said.contains("p2pm: not offered to "), "{said}");
    assert!(said.contains(": too many files are offered already"), "{said}");
    assert!(said.contains("p2pm: not received in time by abdul, zoe"), "{said}");
    // It is ours, and not waited for yet.
    sending.kill().expect("it waits");
    sending.wait().expect("it has ended");
}

#[test]
fn what_is_not_wanted_does_not_come() {
    let Pair { katie, abdul, .. } = Pair::new();
    let file = folder(&katie, "from").join("photo.jpg");
    fs::write(&file, content(1000)).expect("room");
    let mut sending = katie.command(&["send", "abdul", "--file", text(&file)]);
    let sending = sending.stderr(Stdio::piped()).spawn().expect("p2pm starts");
    eventually("an offer", || abdul.output(&["files"]).contains("1 from katie: photo.jpg, 1.0 kB: offered"));
    assert_eq!(abdul.run(&["take", "7"]).status.code(), Some(2), "no such file");
    assert_eq!(abdul.run(&["resume", "1"]).status.code(), Some(2), "it waits for an answer");
    assert!(abdul.output(&["files"]).contains(": offered"), "it is offered still");
    assert_eq!(abdul.run(&["cancel", "1"]).status.code(), Some(0));
    let sent = sending.wait_with_output().expect("it ends");
    assert_eq!(sent.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&sent.stderr).contains("abdul does not get photo.jpg: it is not wanted"));
    assert!(has_no_files(&abdul) && has_no_files(&katie));
    let missing = file.with_extension("missing");
    for (to, path, status) in
        [("abdul", text(&missing), 2), ("abdul", "/dev/null", 2), ("nobody", text(&file), 4)]
    {
        assert_eq!(katie.run(&["send", to, "--file", path]).status.code(), Some(status), "{to}, {path}");
    }
    assert_eq!(abdul.run(&["block", "katie"]).status.code(), Some(0));
}

/// Longer than what crosses before somebody looks.
pub(super) const LONG: usize = 300 << 20;

#[test]
fn what_is_cut_goes_on_whoever_has_to_start_again() {
    let mut pair = Pair::new();
    let file = folder(&pair.katie, "from").join("film");
    fs::write(&file, content(LONG)).expect("room");
    let to = folder(&pair.abdul, "Downloads/p2pm");
    let offered = pair.katie.run(&["send", "--timeout", "0.5", "abdul", "--file", text(&file)]);
    assert_eq!(offered.status.code(), Some(124), "nobody has taken it");
    let said = String::from_utf8_lossy(&offered.stderr);
    assert!(said.contains("film stays offered to abdul: p2pm cancel 1 takes it back"), "{said}");
    eventually("an offer", || pair.abdul.output(&["files"]).contains(": offered"));
    assert!(pair.abdul.run(&["take", "1"]).status.success());
    let arrived = || fs::metadata(to.join("film")).is_ok();
    let unfinished = || size_of(&to.join(".p2pm-unfinished"));
    let mut has = 0;
    for cut in 0..6 {
        let before = has;
        eventually("some of it", || {
            has = unfinished();
            has > before || arrived()
        });
        if arrived() {
            break;
        }
        match cut % 3 {
            0 => Pair::restart(&mut pair.katie, &pair.of_katie),
            1 => Pair::restart(&mut pair.abdul, &pair.of_abdul),
            _ => {
                Pair::restart(&mut pair.katie, &pair.of_katie);
                Pair::restart(&mut pair.abdul, &pair.of_abdul);
            }
        }
        assert!(unfinished() >= has || arrived(), "what has come stays");
    }
    eventually("all of it", arrived);
    assert!(fs::read(to.join("film")).expect("it has arrived") == content(LONG));
    eventually("nothing to be left", || has_no_files(&pair.katie) && has_no_files(&pair.abdul));
}

/// Bytes of everything below a folder that has come.
pub(super) fn size_of(path: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(path) else { return 0 };
    let size = |entry: fs::DirEntry| {
        let facts = entry.metadata().ok()?;
        Some(if facts.is_dir() { size_of(&entry.path()) } else { facts.len() })
    };
    entries.flatten().filter_map(size).sum()
}

#[test]
fn files_of_whoever_is_trusted_are_taken_without_asking() {
    let Pair { katie, mut abdul, of_abdul, .. } = Pair::new();
    let (file, to) = (folder(&katie, "from").join("photo.jpg"), folder(&abdul, "Downloads/p2pm"));
    fs::write(&file, content(1000)).expect("room");
    let deliver = || katie.run(&["send", "--timeout", "60", "abdul", "--file", text(&file)]).status.code();
    // What waits already is taken, too.
    let sending = katie.command(&["send", "abdul", "--file", text(&file)]).spawn().expect("p2pm starts");
    eventually("an offer", || abdul.output(&["files"]).contains(": offered"));
    assert!(!abdul.says_of("katie").contains("files are taken"));
    assert_eq!(abdul.run(&["trust", "katie"]).status.code(), Some(0));
    assert!(sending.wait_with_output().expect("it ends").status.success());
    assert!(abdul.says_of("katie").contains("files are taken"), "{}", abdul.says_of("katie"));
    assert_eq!(deliver(), Some(0));
    // It is known in later runs.
    Pair::restart(&mut abdul, &of_abdul);
    eventually("a link", || katie.here() == 1 && abdul.here() == 1);
    assert_eq!(deliver(), Some(0));
    for name in ["photo.jpg", "photo (1).jpg", "photo (2).jpg"] {
        assert!(fs::read(to.join(name)).expect("it has arrived") == content(1000), "{name}");
    }
    assert_eq!(abdul.run(&["distrust", "katie"]).status.code(), Some(0));
    let sent = katie.run(&["send", "--timeout", "0.5", "abdul", "--file", text(&file)]);
    assert_eq!(sent.status.code(), Some(124), "nobody has taken it");
    // Whoever is not accepted is not trusted.
    assert_eq!(abdul.run(&["trust", "katie"]).status.code(), Some(0));
    assert_eq!(abdul.run(&["block", "katie"]).status.code(), Some(0));
    assert!(!abdul.says_of("katie").contains("files are taken"));
    assert_eq!(abdul.run(&["trust", "katie"]).status.code(), Some(3));
}

#[test]
fn what_cannot_be_put_anywhere_is_refused_and_its_sender_told() {
    let Pair { katie, abdul, .. } = Pair::new();
    let (file, no_folder) = (folder(&katie, "from").join("photo.jpg"), folder(&abdul, "to").join("a file"));
    for path in [&file, &no_folder] {
        fs::write(path, content(1000)).expect("room");
    }
    let _taking = abdul.take_into(&no_folder);
    let sent = katie.run(&["send", "abdul", "--file", text(&file)]);
    assert_eq!(sent.status.code(), Some(1));
    let said = String::from_utf8_lossy(&sent.stderr);
    assert!(said.contains("abdul does not get photo.jpg: files are not taken there"), "{said}");
    assert!(has_no_files(&katie) && has_no_files(&abdul));
}

/// A folder that hangs, as on a server that is gone: nobody writes to what is read in it first, which is a pipe.
struct Hanging(PathBuf);

impl Hanging {
    fn new(folder: &Path) -> Self {
        let unfinished = folder.join(".p2pm-unfinished");
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&unfinished).expect("room");
        let whole = unfinished.join("whole");
        assert!(Command::new("mkfifo").arg(&whole).status().expect("mkfifo is there").success());
        Self(whole)
    }

    /// It hangs no more.
    fn answer(self) {
        // Whoever waits for a writer has one, as long as this is open.
        let _writer = fs::File::options().read(true).write(true).open(&self.0).expect("ours");
        fs::remove_file(&self.0).expect("ours");
    }
}

#[test]
fn a_folder_that_hangs_holds_up_nothing_but_what_is_put_there() {
    let pair = Pair::new();
    let from = folder(&pair.katie, "from");
    let (usual, other) = (folder(&pair.abdul, "Downloads/p2pm"), folder(&pair.abdul, "other"));
    let to = folder(&pair.abdul, "to");
    let names = ["a", "b", "c"];
    for name in names {
        fs::write(from.join(name), content(1000)).expect("room");
    }
    let hanging = [Hanging::new(&usual), Hanging::new(&other)];
    let mut sending: Vec<_> = names
        .iter()
        .map(|name| pair.katie.command(&["send", "abdul", "--file", text(&from.join(name))]).spawn())
        .map(|sending| sending.expect("p2pm starts"))
        .collect();
    // It is offered although the usual folder cannot be looked at.
    let is_offered = |number: u32| {
        pair.abdul.output(&["files"]).lines().any(|line| line.trim_start().starts_with(&format!("{number} ")))
    };
    eventually("all offers", || (1..=3).all(is_offered));
    let taken = pair.abdul.run(&["take", "1", "--save", text(&other)]);
    assert_eq!(taken.status.code(), Some(1), "{taken:?}");
    let said = String::from_utf8_lossy(&taken.stderr);
    assert!(said.contains("/other does not answer: file 1 is taken once it does"), "{said}");
    // What waits there can be given up.
    let mut waiting =
        pair.abdul.command(&["take", "2", "--save", text(&other)]).spawn().expect("p2pm starts");
    assert!(pair.abdul.run(&["take", "3", "--save", text(&to)]).status.success());
    eventually("one of them", || to.join("a").exists() || to.join("b").exists() || to.join("c").exists());
    waiting.wait().expect("it ends");
    assert!(pair.abdul.run(&["cancel", "2"]).status.success());
    hanging.into_iter().for_each(Hanging::answer);
    for sending in &mut sending {
        sending.wait().expect("it ends");
    }
    eventually("nothing to be left", || has_no_files(&pair.katie) && has_no_files(&pair.abdul));
    let arrived = |dir: &Path| fs::read_dir(dir).expect("a folder").flatten();
    let count = |dir| arrived(dir).filter(|entry| entry.metadata().is_ok_and(|it| it.is_file())).count();
    assert_eq!((count(&to), count(&other), count(&usual)), (1, 1, 0));
}

#[test]
fn standard_input_is_sent_as_a_file() {
    let Pair { katie, abdul, .. } = Pair::new();
    let (kept, to) = (folder(&katie, "kept"), folder(&abdul, "to"));
    let is_kept = || fs::read_dir(&kept).expect("a folder").next().is_some();
    let pipe_into = |arguments: &[&str], bytes: &[u8]| {
        let mut command = katie.command(&[&["send", "abdul", "--file", "-"], arguments].concat());
        command.stdin(Stdio::piped()).stderr(Stdio::piped()).env("TMPDIR", &kept);
        let mut sending = command.spawn().expect("p2pm starts");
        sending.stdin.take().expect("a pipe").write_all(bytes).expect("it reads");
        sending
    };
    // Nobody takes it: it is not offered any more once it is gone.
    let sent = pipe_into(&["--timeout", "0.5"], b"text").wait_with_output().expect("it ends");
    assert_eq!(sent.status.code(), Some(124), "{sent:?}");
    eventually("nothing to be left", || has_no_files(&katie) && has_no_files(&abdul));
    assert!(!is_kept());
    let _taking = abdul.take_into(&to);
    for (arguments, name, len) in
        [(&[][..], "stdin", 3_000_000), (&["--name", "plans.tar"], "plans.tar", 7), (&[], "stdin (1)", 0)]
    {
        let sent = pipe_into(arguments, &content(len)).wait_with_output().expect("it ends");
        assert!(sent.status.success(), "{sent:?}");
        assert!(fs::read(to.join(name)).expect("it has arrived") == content(len), "{name}");
        assert!(!is_kept());
    }
    for wrong in [&["--name", "a/b"][..], &["-"], &["--name", ""]] {
        assert_eq!(pipe_into(wrong, b"").wait().expect("it ends").code(), Some(2), "{wrong:?}");
    }
    let of_a_path = ["send", "abdul", "--file", "/etc/hosts", "--name", "x"];
    assert_eq!(katie.run(&of_a_path).status.code(), Some(2));
}

#[test]
fn whoever_interrupts_is_told_what_stays_offered() {
    let Pair { katie, abdul, .. } = Pair::new();
    let file = folder(&katie, "from").join("photo.jpg");
    fs::write(&file, content(1000)).expect("room");
    let mut command = katie.command(&["send", "abdul", "--file", text(&file)]);
    let sending = command.stderr(Stdio::piped()).spawn().expect("p2pm starts");
    eventually("an offer", || abdul.output(&["files"]).contains(": offered"));
    // It is ours, and not waited for yet.
    let id = sending.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().expect("kill is there").success());
    let sent = sending.wait_with_output().expect("it ends");
    assert_eq!(sent.status.code(), Some(130));
    let said = String::from_utf8_lossy(&sent.stderr);
    assert!(said.contains("photo.jpg stays offered to abdul: p2pm cancel 1 takes it back"), "{said}");
    assert_eq!(katie.run(&["cancel", "1"]).status.code(), Some(0));
    eventually("nothing to be left", || has_no_files(&katie) && has_no_files(&abdul));
}

#[test]
fn an_offer_of_a_picture_has_a_preview_for_programs() {
    let pair = Pair::new();
    let pixels = [pixel([255, 0, 0]), pixel([0, 0, 255])].repeat(150);
    let picture = Picture::from(&Preview::new(20, &pixels).expect("a preview"));
    let path = folder(&pair.katie, "pictures").join("sunset.png");
    fs::write(&path, picture.png()).expect("room");
    let mut sending =
        pair.katie.command(&["send", "abdul", "--file", text(&path)]).spawn().expect("p2pm starts");
    let preview = format!(
        r#""state":"offered","preview":{{"width":20,"height":15,"rgb":"{}"}}"#,
        "ff00000000ff".repeat(150)
    );
    eventually("an offer", || pair.abdul.output(&["files", "--json"]).contains(&preview));
    assert!(pair.abdul.output(&["listen", "--json", "--since", "0", "--timeout", "1"]).contains(&preview));
    assert!(pair.abdul.run(&["take", "1"]).status.success());
    assert!(sending.wait().expect("it ends").success());
    assert!(has_no_files(&pair.abdul));
}
