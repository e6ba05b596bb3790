//! Files from one screen to another.

use std::fs;
use std::path::{Path, PathBuf};

use p2pm_tests::machine::Machine;
use p2pm_tests::screen::Screen;

use super::{ALT, ENTER, face, katie_port};

const TAB: &str = "\t";

/// Katie and Abdul, each at a screen of their own, and the folder into which Abdul has files put.
struct Scene {
    katies: Machine,
    katie: Screen,
    _abduls: Machine,
    abdul: Screen,
    inbox: PathBuf,
}

impl Scene {
    fn new() -> Self {
        let (katies, abduls) = (Machine::new(), Machine::new());
        let inbox = abduls.home().join("inbox");
        let save = inbox.to_str().expect("UTF-8");
        let mut katie = face(&katies, &["--name", "katie"]);
        katie.expect(&["everyone>"]);
        let address = format!("127.0.0.1:{}", katie_port(&katies));
        let mut abdul = face(&abduls, &["--name", "abdul", "--save", save, "--connect", &address]);
        katie.expect(&["abdul asks to be accepted"]);
        katie.press(&format!("{ALT}y"));
        katie.expect(&["1 abdul        ●"]);
        abdul.expect(&["1 katie        ●"]);
        katie.press(&format!("{ALT}1"));
        katie.expect(&["abdul>"]);
        Self { katies, katie, _abduls: abduls, abdul, inbox }
    }

    /// Makes a file of Katie's.
    fn file(&self, name: &str, contents: &[u8]) -> PathBuf {
        let path = self.katies.home().join(name);
        fs::write(&path, contents).expect("a file");
        path
    }

    fn send(&mut self, path: &Path) {
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
fn a_file_that_is_not_there_is_not_sent() {
    let mut scene = Scene::new();
    let path = scene.katies.home().join("nothing");
    scene.send(&path);
    scene.katie.expect(&["nothing", "No such file"]);
}
