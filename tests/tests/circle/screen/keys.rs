//! Every row of the list of keys, and the mouse.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use p2pm_tests::machine::Machine;
use p2pm_tests::process::program;
use p2pm_tests::pty::Terminal;
use p2pm_tests::screen::Screen;

use super::{ALT, ENTER, face, katie_port, without_times};
use crate::cast::{Node, PASSPHRASE, eventually};

const CTRL_A: &str = "\x01";
const CTRL_C: &str = "\x03";
const CTRL_D: &str = "\x04";
const CTRL_E: &str = "\x05";
const CTRL_K: &str = "\x0b";
const CTRL_L: &str = "\x0c";
const CTRL_N: &str = "\x0e";
const CTRL_P: &str = "\x10";
const CTRL_U: &str = "\x15";
const CTRL_W: &str = "\x17";
const CTRL_Y: &str = "\x19";
const CTRL_Z: &str = "\x1a";
const UP: &str = "\x1b[A";
const DOWN: &str = "\x1b[B";
const PAGE_UP: &str = "\x1b[5~";
const PAGE_DOWN: &str = "\x1b[6~";
const ESC: &str = "\x1b";
pub const F1: &str = "\x1bOP";
const TAB: &str = "\t";

type Row = (&'static str, fn(&mut Scene));

/// The rows of the list, and what shows that each is true. Each begins and ends with everyone, and with nothing typed.
const ROWS: [Row; 11] = [
    ("Alt-0 … Alt-9", conversations),
    ("Alt-A", attention),
    ("Alt-Y, Alt-N", decisions),
    ("Enter, Alt-Enter", lines),
    ("Tab", completion),
    ("Up, Down", history),
    ("PgUp, PgDn, Esc", scrolling),
    ("Ctrl-A E W U K Y", editing),
    ("Ctrl-C", clearing),
    ("Ctrl-D, Ctrl-Z", leaving),
    ("F1, Ctrl-L", help_and_redrawing),
];

/// Katie, who talks with Abdul and Zoe.
struct Scene {
    machine: Machine,
    katie: Screen,
    abdul: Node,
    zoe: Node,
    /// Others whom she has accepted.
    guests: Vec<Node>,
}

impl Scene {
    fn new() -> Self {
        let machine = Machine::new();
        let mut katie = face(&machine, &["--name", "katie"]);
        let [abdul, zoe] = [(1, "abdul"), (2, "zoe")].map(|(number, name)| {
            let node = Node::start(name, None, &["--port", "0"]);
            katie.press(&format!("/connect {}{ENTER}", node.address()));
            katie.expect(&[&format!("{number} {name:13}●")]);
            node
        });
        Self { machine, katie, abdul, zoe, guests: Vec::new() }
    }

    /// Presses keys, after which this is typed to somebody.
    #[track_caller]
    fn press(&mut self, keys: &str, to: &str, typed: &str) {
        self.katie.press(keys);
        self.katie.expect(&[&row(to, typed)]);
    }

    /// Path of a file on Katie's machine.
    fn plan(&self) -> String {
        let path = self.machine.home().join("plan.txt");
        fs::write(&path, b"at eight").expect("a file");
        path.to_str().expect("UTF-8").to_owned()
    }

    /// Starts Katie's face again, which has ended.
    fn start_again(&mut self) {
        assert!(self.katie.terminal().wait().success());
        self.katie = face(&self.machine, &[]);
        self.katie.expect(&["· 3 here"]);
    }

    /// Somebody who asks to be accepted.
    fn asker(&mut self, name: &str) -> Node {
        let port = katie_port(&self.machine);
        let node = Node::start(name, None, &["--port", "0", "--connect", &format!("127.0.0.1:{port}")]);
        self.katie
            .expect(&[&format!("+ {name} asks"), &format!("{name} asks to be accepted · Alt-Y accept")]);
        eventually("a wait", || {
            node.output(&["listen", "--since", "0", "--timeout", "1"]).contains("not accepted you yet")
        });
        assert_eq!(node.here(), 0);
        node
    }
}

/// What is typed, as the last row of the screen shows it.
fn row(to: &str, typed: &str) -> String {
    format!("│{:78}│", format!("{to}> {typed}"))
}

#[test]
fn each_row_of_the_list_is_true() {
    let document = include_str!("../../../../docs/KEYS.md");
    let listed = document.lines().filter_map(|line| line.strip_prefix("| ")?.split(" |").next()).skip(1);
    assert_eq!(listed.collect::<Vec<_>>(), ROWS.map(|(keys, _)| keys));
    let mut scene = Scene::new();
    for (keys, show) in ROWS {
        println!("{keys}");
        scene.katie.expect(&[&row("everyone", "")]);
        show(&mut scene);
    }
}

fn conversations(scene: &mut Scene) {
    for (keys, name) in [("1", "abdul"), ("2", "zoe"), ("0", "everyone"), ("9", "everyone"), ("1", "abdul")] {
        scene.press(&format!("{ALT}{keys}"), name, "");
        scene
            .katie
            .expect(&[&format!("┬ {name} ─"), &format!("▸ {}", if name == "everyone" { "0" } else { keys })]);
    }
    for (key, name) in [
        (CTRL_N, "zoe"),
        (CTRL_N, "everyone"),
        (CTRL_N, "abdul"),
        (CTRL_P, "everyone"),
        (CTRL_P, "zoe"),
        (CTRL_P, "abdul"),
    ] {
        scene.press(key, name, "");
    }
    scene.press(&format!("{ALT}0"), "everyone", "");
}

fn attention(scene: &mut Scene) {
    for text in ["dinner?", "or lunch?"] {
        assert!(scene.zoe.run(&["send", "katie", text]).status.success());
    }
    scene.katie.expect(&["2 zoe          2", "· 2 here · 2 unread"]);
    scene.press(&format!("{ALT}a"), "zoe", "");
    scene.katie.expect_without(&["2 zoe          ●", "dinner?", "or lunch?"], &["2 unread"]);
    scene.press(&format!("{ALT}a"), "zoe", "");
    let _dora = scene.asker("dora");
    scene.press(&format!("{ALT}a"), "dora", "");
    scene.press(&format!("{ALT}n"), "dora", "");
    scene.press(&format!("{ALT}0"), "everyone", "");
}

fn decisions(scene: &mut Scene) {
    let eve = scene.asker("eve");
    scene.press(&format!("{ALT}n"), "everyone", "");
    scene.katie.expect_without(&["4 eve          ×"], &["Alt-Y accept"]);
    let finn = scene.asker("finn");
    scene.press(&format!("{ALT}y"), "everyone", "");
    scene.katie.expect_without(&["5 finn         ●"], &["Alt-Y accept"]);
    eventually("a link", || finn.says_of("katie").contains("here"));
    assert_eq!(eve.here(), 0);
    scene.guests.push(finn);
    let plan = scene.plan();
    let mut sending = scene.zoe.command(&["send", "katie", "--file", &plan]).spawn().unwrap();
    scene.katie.expect(&["zoe offers plan.txt, 8 bytes · Alt-Y take · Alt-N turn away"]);
    scene.press(&format!("{ALT}n"), "everyone", "");
    scene.katie.expect_without(&["plan.txt from zoe does not come"], &["Alt-Y take"]);
    assert!(!sending.wait().unwrap().success());
    // It was new.
    scene.press(&format!("{ALT}a"), "zoe", "");
    scene.press(&format!("{ALT}0"), "everyone", "");
}

fn lines(scene: &mut Scene) {
    scene.press(&format!("{ALT}1"), "abdul", "");
    scene.press(&format!("one{ALT}{ENTER}two"), "abdul", "one");
    scene.katie.expect(&[&format!("│{:78}│", "       two")]);
    scene.press(ENTER, "abdul", "");
    scene.katie.expect_that("a text of two lines", |shown| {
        without_times(shown).contains(
            "│10:30 katie    one                                         │
│  2 zoe          ●│               two                                        ✓│",
        )
    });
    let heard = scene.abdul.output(&["listen", "--json", "--since", "0", "--timeout", "1"]);
    assert!(heard.contains(r#""text":"one\ntwo""#), "{heard}");
    scene.press(&format!("{ALT}0"), "everyone", "");
}

fn completion(scene: &mut Scene) {
    scene.press(&format!("/he{TAB}"), "everyone", "/help ");
    scene.press(CTRL_U, "everyone", "");
    scene.press(&format!("/to zo{TAB}"), "everyone", "/to zoe ");
    scene.press(ENTER, "zoe", "");
    let plan = scene.plan();
    scene.press(
        &format!("/send {}{TAB}", plan.strip_suffix("n.txt").unwrap()),
        "zoe",
        &format!("/send {plan}"),
    );
    scene.press(CTRL_U, "zoe", "");
    scene.press(&format!("/d{TAB}"), "zoe", "/d");
    scene.katie.expect(&["└ deny  distrust  doctor ─"]);
    scene.press(&format!("{CTRL_U}{ALT}0"), "everyone", "");
}

fn history(scene: &mut Scene) {
    for text in ["first", "second"] {
        scene.press(&format!("{text}{ENTER}"), "everyone", "");
    }
    scene.katie.expect(&["second"]);
    scene.katie.press("half");
    for (key, typed) in [
        (UP, "second"),
        (UP, "first"),
        (UP, "/to zoe "),
        (DOWN, "first"),
        (DOWN, "second"),
        (DOWN, "half"),
        (&format!("{DOWN}s"), "halfs"),
    ] {
        scene.press(key, "everyone", typed);
    }
    scene.press(CTRL_U, "everyone", "");
}

fn scrolling(scene: &mut Scene) {
    let mut sending = scene.abdul.command(&["send", "katie", "-"]).stdin(Stdio::piped()).spawn().unwrap();
    let lines = numbered(40);
    sending.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    assert!(sending.wait().unwrap().success());
    scene.katie.expect(&["1 abdul       40"]);
    scene.press(&format!("{ALT}1"), "abdul", "");
    scene.katie.expect_without(&["(22)", "(40)"], &["(21)"]);
    for (key, first, last) in [(PAGE_UP, 12, 30), (PAGE_UP, 2, 20), (PAGE_DOWN, 12, 30), (ESC, 22, 40)] {
        scene.katie.press(key);
        let numbers = [first - 1, first, last, last + 1].map(|number| format!("({number})"));
        let [before, first, last, after] = numbers.each_ref().map(String::as_str);
        scene.katie.expect_without(&[first, last], &[before, after]);
    }
    scene.press(&format!("{ALT}0"), "everyone", "");
}

fn editing(scene: &mut Scene) {
    for (keys, typed) in [
        ("one two", "one two"),
        (CTRL_A, "one two"),
        ("x", "xone two"),
        (CTRL_E, "xone two"),
        ("y", "xone twoy"),
        (CTRL_W, "xone "),
        (CTRL_Y, "xone twoy"),
        (CTRL_U, ""),
        (CTRL_Y, "xone twoy"),
        (CTRL_A, "xone twoy"),
        (CTRL_K, ""),
        (CTRL_Y, "xone twoy"),
        (CTRL_U, ""),
    ] {
        scene.press(keys, "everyone", typed);
    }
}

fn clearing(scene: &mut Scene) {
    scene.press("half", "everyone", "half");
    scene.press(CTRL_C, "everyone", "");
    scene.press("half", "everyone", "half");
    scene.press(CTRL_C, "everyone", "");
    scene.katie.press(CTRL_C);
    scene.katie.expect(&["└ Ctrl-C once more quits ─"]);
    scene.katie.press(CTRL_C);
    scene.start_again();
}

fn leaving(scene: &mut Scene) {
    scene.press("half", "everyone", "half");
    scene.press(&format!("{CTRL_D}."), "everyone", "half.");
    scene.katie.press(&format!("{CTRL_U}{CTRL_D}"));
    assert!(scene.katie.terminal().wait().success());
    scene.katie = face_of_a_shell(&scene.machine);
    scene.katie.expect(&["· 3 here"]);
    scene.press("half", "everyone", "half");
    let before = scene.katie.contents();
    scene.katie.press(CTRL_Z);
    scene.katie.expect_without(&["Stopped", "shell>"], &["half"]);
    assert!(scene.katie.terminal().echoes());
    scene.katie.press(&format!("echo $((40 + 2)){ENTER}"));
    scene.katie.expect(&["\n42\n"]);
    scene.katie.press(&format!("fg{ENTER}"));
    scene.katie.expect_that("the screen as it was", |shown| shown == before);
    assert!(!scene.katie.terminal().echoes());
    scene.press(CTRL_U, "everyone", "");
}

/// Katie's face, started by a shell with job control.
fn face_of_a_shell(machine: &Machine) -> Screen {
    let p2pm = machine.command("p2pm");
    let mut shell = Command::new("bash");
    shell.args(["--norc", "--noprofile", "--noediting", "-i"]);
    shell.envs(p2pm.get_envs().filter_map(|(variable, value)| Some((variable, value?))));
    shell
        .env("P2PM_PASSPHRASE", PASSPHRASE)
        .env("TERM", "xterm-256color")
        .env("TZ", "UTC")
        .env("PS1", "shell> ");
    let mut shell = Screen::of(Terminal::spawn(shell));
    shell.expect(&["shell>"]);
    shell.press(&format!("{} --no-discovery --port 0{ENTER}", program("p2pm").display()));
    shell
}

fn help_and_redrawing(scene: &mut Scene) {
    scene.press("half", "everyone", "half");
    let before = scene.katie.contents();
    scene.katie.press(F1);
    let list = [
        "┌ Keys and commands ─",
        "│Alt-0 … Alt-9     conversation 0 to 9;",
        "/help  /quit",
        "any key closes",
    ];
    scene.katie.expect(&list);
    scene.katie.press("q");
    scene.katie.expect_that("the screen as it was", |shown| shown == before);
    scene.katie.lose();
    assert_eq!(scene.katie.contents(), "");
    scene.katie.press(CTRL_L);
    scene.katie.expect_that("the screen as it was", |shown| shown == before);
    scene.press(CTRL_U, "everyone", "");
}

/// So many lines.
fn numbered(count: usize) -> String {
    (1..=count).fold(String::new(), |lines, number| lines + &format!("({number})\n"))
}

/// A press of a button: 0 is the left one, 64 the wheel up, 65 the wheel down.
fn mouse(button: u8, column: u8, row: u8) -> String {
    format!("\x1b[<{button};{column};{row}M")
}

#[test]
fn the_mouse_selects_somebody_and_scrolls() {
    let mut scene = Scene::new();
    scene.press("to all", "everyone", "to all");
    let person = |row| mouse(0, 5, row);
    scene.press(&person(5), "zoe", "");
    scene.press("to zoe", "zoe", "to zoe");
    scene.press(&person(4), "abdul", "");
    scene.press(&format!("to abdul{}", person(5)), "zoe", "to zoe");
    scene.press(&format!("{}.", person(9)), "zoe", "to zoe.");
    scene.press(&format!("{}.", mouse(0, 40, 4)), "zoe", "to zoe..");
    scene.press(&person(3), "everyone", "to all");
    scene.press(&person(4), "abdul", "to abdul");
    let many = numbered(30);
    assert!(scene.abdul.run(&["send", "katie", &many]).status.success());
    scene.katie.expect_without(&["(30)"], &["(10)"]);
    scene.katie.press(&mouse(64, 40, 10));
    scene.katie.expect_without(&["(10)"], &["(30)"]);
    scene.katie.press(&mouse(65, 40, 10));
    scene.katie.expect_without(&["(30)"], &["(10)"]);
}
