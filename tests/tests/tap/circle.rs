//! The device in a circle: its link with a node on Linux, and files both ways.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use p2pm_tests::circle::{Node, PASSPHRASE, eventually};
use p2pm_tests::namespace::{DEVICE, LINUX};
use p2pm_tests::pty::Terminal;
use p2pm_tests::small_disk::on_small_disk;
use rustix::process::Signal;

use crate::cast::{Site, assert_ends};

/// Port of katie's node.
const PORT: &str = "7776";
/// Longer than what crosses before somebody looks.
const LONG: usize = 300 << 20;

/// A device and katie's node, and a folder for each.
struct Pair {
    site: Site,
    katie: Node,
}

impl Pair {
    fn new() -> Option<Self> {
        let site = Site::for_test()?;
        let katie = Node::start("katie", Some(&site.network), &["--port", PORT]);
        Some(Self { site, katie })
    }

    /// A file of the device's.
    fn file(&self, name: &str) -> PathBuf {
        self.site.linux.home().join(name)
    }

    /// A file of katie's with this content.
    fn katies(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.katie.machine().home().join(name);
        fs::write(&path, content).expect("room");
        path
    }

    /// The device, the same one each time, linked with katie's node.
    fn device(&self, options: &str) -> Command {
        let identity = self.file("identity");
        let fixed = format!("circle {LINUX}:{PORT} --name board --identity {}", text(&identity));
        let mut device = self.site.device(&format!("{fixed} {options}"));
        device.env("P2PM_PASSPHRASE", PASSPHRASE);
        device
    }

    /// The same device with options that stand before its role.
    fn before(&self, options: &[&str], device: &Command) -> Command {
        let mut command = self.site.linux.command("p2pm-tap");
        command.args(options).args(device.get_args()).env("P2PM_PASSPHRASE", PASSPHRASE);
        command
    }

    /// The device with a place for a file.
    fn taking(&self, into: &Path) -> Terminal {
        self.linked(self.device(&format!("--save {}", text(into))))
    }

    /// The device, once both ends know that they are linked.
    fn linked(&self, device: Command) -> Terminal {
        let mut device = Terminal::spawn(device);
        device.expect("katie is here\n");
        eventually("the device to be here", || self.katie.says_of("board").contains(": here"));
        device
    }

    /// Katie's node offers a file to the device, and is done once it is there or not wanted.
    fn offer(&self, file: &Path) -> Command {
        let mut offer = self.katie.command(&["send", "board", "--file", text(file)]);
        offer.stderr(Stdio::piped());
        offer
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

/// Content that differs from one place to the next.
fn content(len: usize) -> Vec<u8> {
    (0..len).map(|at| u8::try_from((at ^ at >> 8 ^ at >> 16) & 255).expect("a byte")).collect()
}

fn len_of(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |facts| facts.len())
}

/// Bytes of what has come in part into a folder of katie's.
fn unfinished(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let size = |entry: fs::DirEntry| match entry.metadata() {
        Ok(facts) if facts.is_dir() => unfinished(&entry.path()),
        Ok(facts) => facts.len(),
        Err(_) => 0,
    };
    entries.flatten().map(size).sum()
}

#[test]
fn a_file_crosses_either_way_and_texts_are_shown() {
    let Some(pair) = Pair::new() else { return };
    for len in [0, 1, 3_000_000] {
        let (sent, taken) = (pair.katies("photo.jpg", &content(len)), pair.file(&format!("taken-{len}")));
        let mut device = pair.taking(&taken);
        assert_eq!(pair.katie.run(&["send", "board", "dinner?\x1b[2J"]).status.code(), Some(0));
        device.expect("katie: dinner?\u{FFFD}[2J\n");
        let offered = pair.offer(&sent).output().expect("p2pm runs");
        assert_eq!(offered.status.code(), Some(0), "{offered:?}");
        device.expect(&format!("katie sends photo.jpg, {len} bytes\n"));
        device.expect("photo.jpg is stored\n");
        assert!(fs::read(&taken).expect("it is there") == content(len), "{len}");
        device.signal(Signal::TERM);
        assert_eq!(device.wait().code(), Some(0));

        let folder = pair.katie.machine().home().join(format!("to-{len}"));
        fs::create_dir(&folder).expect("room");
        let _taking = pair.katie.take_into(&folder);
        assert_ends(pair.device(&format!("--send {}", text(&taken))), 0, &format!("katie has taken-{len}"));
        let arrived = folder.join(format!("taken-{len}"));
        assert!(fs::read(arrived).expect("it is there") == content(len), "{len}");
    }
}

#[test]
fn what_the_device_takes_goes_on_after_it_was_killed() {
    let Some(pair) = Pair::new() else { return };
    let (sent, taken) = (pair.katies("film", &content(LONG)), pair.file("film"));
    let part = pair.file("film.part");
    let mut device = pair.taking(&taken);
    let mut offer = pair.offer(&sent).spawn().expect("p2pm starts");
    let mut has = 0;
    for _ in 0..3 {
        eventually("more of it", || {
            let now = len_of(&part);
            assert!(now >= has || taken.exists(), "what has come stays: {now} of {has} bytes");
            now > has || taken.exists()
        });
        device.signal(Signal::KILL);
        device.wait();
        has = len_of(&part);
        device = pair.taking(&taken);
    }
    assert_eq!(offer.wait().expect("it ends").code(), Some(0));
    assert!(fs::read(&taken).expect("it is there") == content(LONG));
}

#[test]
fn what_the_device_sends_goes_on_after_it_was_killed() {
    let Some(pair) = Pair::new() else { return };
    let film = pair.file("film");
    fs::write(&film, content(LONG)).expect("room");
    let to = pair.katie.machine().home().join("to");
    fs::create_dir(&to).expect("room");
    let _taking = pair.katie.take_into(&to);
    let arrived = to.join("film");
    let mut has = 0;
    for _ in 0..3 {
        let mut device = Terminal::spawn(pair.device(&format!("--send {}", text(&film))));
        eventually("more of it", || {
            let now = unfinished(&to);
            assert!(now >= has, "what has come stays: {now} of {has} bytes");
            now > has
        });
        device.signal(Signal::KILL);
        device.wait();
        has = unfinished(&to);
        assert!(has > 0);
    }
    assert_ends(pair.device(&format!("--send {}", text(&film))), 0, "katie has film");
    assert!(fs::read(arrived).expect("it is there") == content(LONG));
    // It is there, as the sender may not know.
    assert_ends(pair.device(&format!("--send {}", text(&film))), 0, "katie has film");
}

#[test]
fn what_is_not_wanted_does_not_come() {
    let Some(pair) = Pair::new() else { return };
    let file = pair.katies("photo.jpg", b"photo");
    let folder = pair.katie.machine().home().join("folder");
    fs::create_dir(&folder).expect("room");
    let refused = |what: &Path, why: &str| {
        let offered = pair.offer(what).output().expect("p2pm runs");
        let said = String::from_utf8_lossy(&offered.stderr);
        assert_eq!((offered.status.code(), said.contains(why)), (Some(1), true), "{said}");
    };
    let mut without_a_place = pair.linked(pair.device(""));
    refused(&file, "files are not taken there");
    without_a_place.expect("katie offers photo.jpg, which is not taken: files are not taken there\n");
    drop(without_a_place);

    let taken = pair.file("mine");
    fs::write(&taken, "mine").expect("room");
    let mut full = pair.taking(&taken);
    refused(&file, "it is not wanted");
    full.expect("which is not taken: it is not wanted\n");
    refused(&folder, "files are not taken there");
    drop(full);
    assert_eq!(fs::read(&taken).expect("it is there"), b"mine");

    let mut sending = Terminal::spawn(pair.device(&format!("--send {}", text(&taken))));
    eventually("an offer", || pair.katie.output(&["files"]).contains("mine, 4 bytes: offered"));
    let offered = pair.katie.output(&["files"]);
    let number = offered.split_whitespace().next().expect("a number");
    assert!(pair.katie.run(&["cancel", number]).status.success(), "{offered}");
    sending.expect("katie does not take mine\nit is not wanted\n");
    assert_eq!(sending.wait().code(), Some(3));
}

#[test]
fn what_waits_makes_room_for_another_file() {
    let Some(pair) = Pair::new() else { return };
    let (film, photo) = (pair.katies("film", &content(LONG)), pair.katies("photo.jpg", b"photo"));
    let taken = pair.file("taken");
    let mut device = pair.taking(&taken);
    let waiting = pair.offer(&film).spawn().expect("p2pm starts");
    device.expect("katie sends film, ");
    eventually("it to be on its way", || pair.katie.run(&["pause", "1"]).status.success());
    device.expect("film waits: ");
    assert_eq!(pair.offer(&photo).status().expect("p2pm runs").code(), Some(0));
    assert_eq!(fs::read(&taken).expect("it is there"), b"photo");
    let ended = waiting.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(said.contains("board does not get film: too many files are offered already"), "{said}");
}

#[test]
fn what_there_is_no_space_for_goes_on_once_there_is() {
    let Some(pair) = Pair::new() else { return };
    on_small_disk(LONG, |disk| {
        let film = pair.katies("film", &content(LONG / 4 * 3));
        let (taken, filler) = (disk.join("film"), disk.join("filler"));
        let mut device = pair.taking(&taken);
        let mut offer = pair.offer(&film).spawn().expect("p2pm starts");
        eventually("some of it", || len_of(&disk.join("film.part")) > 0);
        // All that is left, while the film takes a part of it.
        assert!(fs::write(&filler, vec![1; LONG]).is_err());
        device.expect("film waits: ");
        fs::remove_file(&filler).expect("it is there");
        device.expect("film is stored\n");
        assert_eq!(offer.wait().expect("it ends").code(), Some(0));
        assert!(fs::read(&taken).expect("it is there") == content(LONG / 4 * 3));
    });
}

#[test]
fn a_wire_that_loses_and_breaks_packets_is_only_slow() {
    let Some(pair) = Pair::new() else { return };
    let file = pair.katies("photo.jpg", &content(200_000));
    let taken = pair.file("taken");
    let device = pair.device(&format!("--save {}", text(&taken)));
    let mut device = pair.linked(pair.before(&["--drop-pct", "5", "--corrupt-pct", "2"], &device));
    assert_eq!(pair.offer(&file).status().expect("p2pm runs").code(), Some(0));
    assert!(fs::read(taken).expect("it is there") == content(200_000));
    device.expect("photo.jpg is stored\n");
}

#[test]
fn what_is_said_to_somebody_who_is_away_is_held_and_passed_on() {
    let Some(mut pair) = Pair::new() else { return };
    let mut device = pair.linked(pair.device(""));
    let dialling = ["--port", "0", "--connect", &format!("{DEVICE}:{PORT}")];
    let mut abdul = Node::start("abdul", Some(&pair.site.network), &dialling);
    device.expect("abdul is here\n");
    eventually("abdul to be here", || pair.katie.says_of("abdul").contains(": here"));
    abdul.end();
    device.expect("abdul has left\n");
    let mut waiting = pair.katie.command(&["send", "abdul", "see you at eight"]);
    let waiting = waiting.stderr(Stdio::piped()).spawn().expect("p2pm starts");
    let told = || pair.katie.output(&["listen", "--since", "0", "--timeout", "0.2"]);
    eventually("the device to hold it", || told().contains("-- held by board for abdul"));
    device.send_line("who");
    device.expect(": away, 1 held\n");
    // From then on Abdul can have it from the device alone.
    pair.katie.kill();
    let sent = waiting.wait_with_output().expect("it ends");
    assert!(String::from_utf8_lossy(&sent.stderr).contains("-- held by board for abdul"), "{sent:?}");
    abdul.restart(&dialling);
    let heard = || abdul.output(&["listen", "--since", "0", "--timeout", "0.2"]);
    eventually("the text", || heard().contains("katie: see you at eight"));
    device.send_line("who");
    device.expect("): here\n");
}

#[test]
fn who_does_not_know_the_passphrase_or_calls_wrongly_is_told() {
    let Some(pair) = Pair::new() else { return };
    let file = pair.file("photo.jpg");
    fs::write(&file, "photo").expect("room");
    let send = format!("--send {}", text(&file));
    let mut guess = pair.device(&send);
    guess.env("P2PM_PASSPHRASE", "47-coral-tulip-anvil-moth");
    assert_ends(guess, 3, "not linked with 10.77.0.1:7776: the other side ended it: wrong password");
    let mut stranger = pair.device(&send);
    stranger.env("P2PM_PASSPHRASE", "sesame");
    assert_ends(stranger, 1, "not linked with 10.77.0.1:7776");
    let mut nobody = pair.device(&send);
    nobody.env_remove("P2PM_PASSPHRASE");
    assert_ends(nobody, 2, "P2PM_PASSPHRASE");
    assert_ends(pair.before(&["--suite", "xor"], &pair.device(&send)), 2, "circles are sealed");
    assert_ends(pair.device("--send /nowhere"), 2, "--send /nowhere: ");
}
