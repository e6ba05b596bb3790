//! Files from one screen to another.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use p2pm_tests::machine::Machine;
use p2pm_tests::pty::Terminal;
use p2pm_tests::screen::Screen;

use super::{ALT, ENTER, face, face_on, katie_port};
use crate::cast::{Node, PASSPHRASE, eventually};

const TAB: &str = "\t";

/// Bytes of a file that takes a while.
const LONG: u64 = 1 << 31;

/// Katie and Abdul, each at a screen of their own, and the folder into which Abdul has files put.
pub(super) struct Scene {
    katies: Machine,
    pub(super) katie: Screen,
    _abduls: Machine,
    pub(super) abdul: Screen,
    inbox: PathBuf,
}

impl Scene {
    pub(super) fn new() -> Self {
        Self::with(&[], &[])
    }

    /// Abdul has these arguments as well, and these environment variables.
    pub(super) fn with(arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let (katies, abduls) = (Machine::new(), Machine::new());
        let inbox = abduls.home().join("inbox");
        let save = inbox.to_str().expect("UTF-8");
        let mut katie = face(&katies, &["--name", "katie"]);
        katie.expect(&["everyone>"]);
        let address = format!("127.0.0.1:{}", katie_port(&katies));
        let of_abdul = ["--name", "abdul", "--save", save, "--connect", &address];
        let mut abdul = face_on(&abduls, &[arguments, &of_abdul].concat(), variables);
        katie.expect(&["abdul asks to be accepted"]);
        katie.press(&format!("{ALT}y"));
        katie.expect(&["1 abdul        ●"]);
        abdul.expect(&["1 katie        ●"]);
        katie.press(&format!("{ALT}1"));
        katie.expect(&["abdul>"]);
        Self { katies, katie, _abduls: abduls, abdul, inbox }
    }

    /// Makes a file of Katie's.
    pub(super) fn file(&self, name: &str, contents: &[u8]) -> PathBuf {
        let path = self.katies.home().join(name);
        fs::write(&path, contents).expect("a file");
        path
    }

    pub(super) fn send(&mut self, path: &Path) {
        self.katie.press(&format!("/send {}{ENTER}", path.display()));
    }
}

#[test]
fn a_file_is_sent_and_taken_with_one_command_each() {
    let mut scene = Scene::new();
    let contents: Vec<_> = (0..3_000_000_u32).map(|at| (at % 251) as u8).collect();
    let path = scene.file("my photo.bin", &contents);
    let begun = path.with_file_name("my");
    scene.katie.press(&format!("/send {}{TAB}", begun.display()));
    scene.katie.expect(&["my photo.bin"]);
    scene.katie.press(ENTER);
    scene.katie.expect(&["── offered to abdul: my photo.bin, 3.0 MB (file 1) ──"]);
    scene.abdul.expect(&[
        "1 katie        1",
        "· 1 unread",
        "katie offers my photo.bin, 3.0 MB · Alt-Y take · Alt-N turn away",
    ]);
    scene.abdul.press(&format!("/take{ENTER}"));
    scene.abdul.expect(&["── my photo.bin from katie is at "]);
    scene.katie.expect(&["── abdul has my photo.bin ──"]);
    assert!(fs::read(scene.inbox.join("my photo.bin")).expect("it is there") == contents);
    scene.abdul.press(&format!("/take{ENTER}"));
    scene.abdul.expect(&["there is no file that waits to be taken"]);
}

#[test]
fn a_file_that_is_dropped_on_the_terminal_is_sent() {
    let mut scene = Scene::new();
    let path = scene.file("katie's photo.jpg", b"at eight");
    let path = path.to_str().expect("UTF-8");
    let quoted = format!("'{}'", path.replace('\'', r"'\''"));
    let uri = format!("file://{}", path.replace(' ', "%20"));
    for (typed, number) in [(quoted, 1), (uri, 2)] {
        scene.katie.press(&format!("/send \x1b[200~{typed} \x1b[201~{ENTER}"));
        scene.katie.expect(&[&format!("── offered to abdul: katie's photo.jpg, 8 bytes (file {number}) ──")]);
    }
}

#[test]
fn a_file_that_is_turned_away_is_so_on_both_screens() {
    let mut scene = Scene::new();
    let path = scene.file("plan.txt", b"at eight");
    scene.send(&path);
    scene.abdul.expect(&["katie offers plan.txt, 8 bytes · Alt-Y take"]);
    scene.abdul.press(&format!("{ALT}n"));
    scene.abdul.expect_without(&["── plan.txt from katie does not come: "], &["Alt-Y take"]);
    scene.katie.expect(&["── abdul does not get plan.txt: "]);
    assert!(!scene.inbox.join("plan.txt").exists());
    scene.send(&path);
    scene.abdul.expect(&["katie offers plan.txt, 8 bytes · Alt-Y take"]);
    scene.abdul.press(&format!("{ALT}y"));
    scene.katie.expect(&["── abdul has plan.txt ──"]);
    assert_eq!(fs::read(scene.inbox.join("plan.txt")).expect("it is there"), b"at eight");
}

#[test]
fn how_far_a_file_is_stands_in_one_line_on_both_screens() {
    let mut scene = Scene::new();
    let path = scene.file("film.mkv", b"");
    // Of holes: so long that it is not there before somebody has it wait.
    File::options().write(true).open(&path).and_then(|film| film.set_len(LONG)).expect("a file");
    scene.send(&path);
    scene.abdul.expect(&["katie offers film.mkv, 2.1 GB"]);
    scene.abdul.press(&format!("{ALT}y"));
    scene.abdul.expect(&["── film.mkv comes from katie: Alt-1 shows how far it is ──"]);
    scene.abdul.press(&format!("{ALT}1"));
    for (screen, line) in [(&mut scene.abdul, "│1 ↓ film.mkv ["), (&mut scene.katie, "│1 ↑ film.mkv [")]
    {
        screen.expect(&[line, "%  ", "B/s  "]);
        assert_eq!(screen.contents().matches(line).count(), 1);
    }
    scene.abdul.press(&format!("/pause{ENTER}"));
    for (screen, line) in [(&mut scene.abdul, "1 ↓ film.mkv waits"), (&mut scene.katie, "1 ↑ film.mkv waits")]
    {
        screen.expect_without(&[line], &["B/s"]);
    }
    scene.abdul.press(&format!("/resume 1{ENTER}"));
    scene.katie.expect(&["│1 ↑ film.mkv ["]);
    scene.katie.press(&format!("/cancel{ENTER}"));
    scene.katie.expect_without(&["── abdul does not get film.mkv: "], &["1 ↑"]);
    scene.abdul.expect_without(&["── film.mkv from katie does not come: "], &["1 ↓"]);
}

#[test]
fn a_file_that_is_not_there_is_not_sent() {
    let mut scene = Scene::new();
    let path = scene.katies.home().join("nothing");
    scene.send(&path);
    scene.katie.expect(&["No such file", "abdul> /send /"]);
}

#[test]
fn lines_send_and_decide_as_well() {
    let machine = Machine::new();
    let abdul = Node::start("abdul", None, &["--port", "0"]);
    let mut command = machine.command("p2pm");
    command.args(["--no-discovery", "--port", "0", "--name", "katie", "--connect", &abdul.address()]);
    command.env("P2PM_PASSPHRASE", PASSPHRASE).env("TERM", "dumb");
    let mut katie = Terminal::spawn(command);
    katie.expect("-- abdul is here\n");
    let [plan, inbox] = ["my plan.txt", "inbox"].map(|name| machine.home().join(name).display().to_string());
    fs::write(&plan, b"at eight").expect("a file");
    for (line, answer) in [
        ("/accept abdul", "abdul is accepted\n"),
        ("/trust abdul", "files of abdul are taken without asking\n"),
        ("/distrust abdul", "files of abdul are asked about\n"),
    ] {
        katie.send_line(line);
        katie.expect(answer);
    }
    katie.send_line("/files");
    katie.expect("no file is offered or on its way\n");
    katie.send_line(&format!("/send {plan}"));
    katie.expect("-- offered to abdul: my plan.txt, 8 bytes (file 1)\n");
    eventually("an offer", || abdul.output(&["files"]).contains(": offered"));
    assert!(abdul.run(&["take", "1", "--save", &inbox]).status.success());
    katie.expect("-- abdul has my plan.txt\n");
    assert_eq!(fs::read(format!("{inbox}/my plan.txt")).expect("it is there"), b"at eight");

    let mut sending = abdul.command(&["send", "katie", "--file", &plan]).spawn().expect("p2pm starts");
    katie.expect("-- abdul offers my plan.txt, 8 bytes: /take 2 or /cancel 2\n");
    katie.send_line("/pause");
    katie.expect("there is no file that is on its way: /files lists all\n");
    katie.send_line("/cancel");
    katie.expect("-- my plan.txt from abdul does not come: ");
    assert!(!sending.wait().expect("it has ended").success());
}
