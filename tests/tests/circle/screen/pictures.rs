//! Pictures: in a conversation, and over all else.

use p2pm_core::wire::{Preview, pixel};
use p2pm_host::picture::Picture;
use p2pm_tests::screen::Screen;
use vt100::Color;

use super::files::Scene;
use super::{ALT, ENTER, size, without_times};

const ESC: &str = "\x1b";
const CTRL_U: &str = "\x15";
const TRUE_COLOUR: &[(&str, &str)] = &[("COLORTERM", "truecolor")];

/// A file of PNG, 20 pixels wide and 15 high: red on the left and blue on the right.
fn png() -> Vec<u8> {
    let half = |colour| [pixel(colour); 10];
    let row = [half([255, 0, 0]), half([0, 0, 255])].concat();
    Picture::from(&Preview::new(20, &row.repeat(15)).expect("a preview")).png()
}

/// The beginning of a PNG with 900 million pixels.
fn bomb() -> Vec<u8> {
    let mut file = png();
    file[16..24].copy_from_slice(&[0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30]);
    // Check of the header, which is right.
    file[29..33].copy_from_slice(&[0xE9, 0x45, 0x6F, 0xED]);
    file
}

/// Ink and paper of a cell.
fn colours(screen: &Screen, row: u16, column: u16) -> (Color, Color) {
    let cell = screen.cells().cell(row, column).expect("it is on the screen");
    (cell.fgcolor(), cell.bgcolor())
}

/// Waits until this is the whole screen.
#[track_caller]
fn expect_all(screen: &mut Screen, expected: &str) {
    screen.expect_that(expected, |shown| without_times(shown) == expected.trim_end());
}

/// The whole screen of Abdul, who talks with Katie, while her picture is offered.
const OFFERED: &str = " p2pm  abdul · home · sealed · 1 here                                   F1 help
┌ People ──────────┬ katie ────────────────────────────────────────────────────┐
│  0 everyone      │── katie is here ──                                        │
│▸ 1 katie        ●│── katie offers sunset.png, 180 bytes: /take 1 or /cancel 1│
│                  │   ▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀                                    │
│                  │   ▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀                                    │
│                  │   ▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀                                    │
│                  │   ▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀                                    │
│                  │   ▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀                                    │
│                  │   ▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀                                    │
│                  │   ▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀                                    │
│                  │   ▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀                                    │
│                  │                                                           │
│                  │                                                           │
│                  │                                                           │
│                  │                                                           │
│                  │                                                           │
│                  │                                                           │
│                  │                                                           │
│                  │                                                           │
│                  │                                                           │
├──────────────────┴───────────────────────────────────────────────────────────┤
│katie>                                                                        │
└ katie offers sunset.png, 180 bytes · Alt-Y take · Alt-N turn away ───────────┘";

/// The whole screen while it is looked at.
const VIEWED: &str = "\
┌ sunset.png ──────────────────────────────────────────────────────────────────┐
│                                                                              │
│                                                                              │
│                                                                              │
│                                                                              │
│                                                                              │
│                                                                              │
│                                                                              │
│                             ▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀                             │
│                             ▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀                             │
│                             ▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀                             │
│                             ▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀                             │
│                             ▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀                             │
│                             ▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀                             │
│                             ▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀                             │
│                             ▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀                             │
│                                                                              │
│                                                                              │
│                                                                              │
│                                                                              │
│                                                                              │
│                                                                              │
│                                                                              │
└ any key closes this ─────────────────────────────────────────────────────────┘";

const CAME: &str = "── sunset.png from katie is at";
/// The last row of the screen, which is drawn last.
const HINTS: &str = "└ Alt-0…9 chat";

const RED: Color = Color::Rgb(255, 0, 0);
const BLUE: Color = Color::Rgb(0, 0, 255);

#[test]
fn a_picture_is_seen_before_it_is_taken_and_once_it_is_there() {
    let mut scene = Scene::with(&[], TRUE_COLOUR);
    let path = scene.file("sunset.png", &png());
    scene.send(&path);
    let abdul = &mut scene.abdul;
    abdul.press(&format!("{ALT}1"));
    expect_all(abdul, OFFERED);
    for (row, column, expected) in
        [(4, 23, (RED, RED)), (4, 42, (BLUE, BLUE)), (11, 23, (RED, Color::Default))]
    {
        assert_eq!(colours(abdul, row, column), expected);
    }
    abdul.press(&format!("{ALT}y"));
    abdul.expect(&[CAME, "   ▀▀▀▀", "└ done ─"]);
    abdul.press(&format!("x{CTRL_U}"));
    abdul.expect(&[HINTS, &format!("│{:78}│", "katie> ")]);
    // It is where it was offered no more, but where it has come.
    abdul.expect_that("one picture", |shown| shown.lines().filter(|it| it.contains('▀')).count() == 8);
    let before = abdul.contents();
    abdul.press(&format!("/view{ENTER}"));
    expect_all(abdul, VIEWED);
    for (row, column, expected) in
        [(8, 30, (RED, RED)), (8, 49, (BLUE, BLUE)), (15, 30, (RED, Color::Default))]
    {
        assert_eq!(colours(abdul, row, column), expected);
    }
    abdul.resize_and_wait(size(30), size(100));
    abdul.expect_that("it is in the middle", |shown| {
        shown.lines().nth(11).is_some_and(|row| row.starts_with(&format!("│{}▀", " ".repeat(39))))
    });
    abdul.resize_and_wait(size(24), size(80));
    abdul.press(ESC);
    abdul.expect_that("the screen as it was", |shown| shown == before);
}

#[test]
fn a_picture_that_is_not_one_is_a_file_like_any_other() {
    let mut scene = Scene::with(&[], TRUE_COLOUR);
    let path = scene.file("bomb.png", &bomb());
    scene.send(&path);
    scene.abdul.expect_without(&["katie offers bomb.png", "Alt-Y take"], &["▀"]);
    scene.abdul.press(&format!("/view{ENTER}"));
    scene.abdul.expect(&["└ no picture has come ─"]);
    scene.abdul.press(&format!("/view 1{ENTER}"));
    scene.abdul.expect(&["└ file 1 has not come ─"]);
    scene.abdul.press(&format!("{ALT}y"));
    scene.abdul.expect(&["── bomb.png from katie is at"]);
    scene.abdul.press(&format!("/view{ENTER}"));
    scene.abdul.expect(&["└ no picture has come ─"]);
    scene.abdul.press(&format!("/view 1{ENTER}"));
    scene.abdul.expect_without(&["└ bomb.png is no picture that can be shown ─"], &["▀"]);
}

#[test]
fn fewer_colours_are_taken_for_others_and_none_for_no_picture() {
    let mut scene = Scene::new();
    let path = scene.file("sunset.png", &png());
    scene.send(&path);
    scene.abdul.press(&format!("{ALT}1"));
    expect_all(&mut scene.abdul, OFFERED);
    let (red, blue) = (Color::Idx(196), Color::Idx(21));
    assert_eq!(colours(&scene.abdul, 4, 23), (red, red));
    assert_eq!(colours(&scene.abdul, 4, 42), (blue, blue));

    let mut scene = Scene::with(&[], &[("NO_COLOR", "1")]);
    let path = scene.file("sunset.png", &png());
    scene.send(&path);
    scene.abdul.expect_without(&["katie offers sunset.png", "Alt-Y take"], &["▀"]);
    scene.abdul.press(&format!("{ALT}y"));
    scene.abdul.expect(&[CAME]);
    scene.abdul.press(&format!("/view 1{ENTER}"));
    scene.abdul.expect_without(&["└ this terminal shows no pictures"], &["▀"]);
}

#[test]
fn a_terminal_draws_a_picture_by_its_own_graphics() {
    for (arguments, variables, drawn, removed) in [
        (&[][..], &[("TERM", "xterm-kitty")][..], "\x1b_Ga=T,f=100,", "\x1b_Ga=d,d=I,"),
        (&["--pictures", "iterm"], &[], "\x1b]1337;File=inline=1;", "\x1b[2J"),
    ] {
        let mut scene = Scene::with(arguments, variables);
        let path = scene.file("sunset.png", &png());
        scene.send(&path);
        let abdul = &mut scene.abdul;
        abdul.expect(&["Alt-Y take"]);
        abdul.press(&format!("{ALT}y"));
        abdul.expect(&[CAME, "   ▀▀▀▀", "└ done ─"]);
        abdul.press(&format!("x{CTRL_U}"));
        abdul.expect(&[HINTS, &format!("│{:78}│", "everyone> ")]);
        let (before, written) = (abdul.contents(), abdul.terminal().output().len());
        abdul.press(&format!("/view{ENTER}"));
        abdul.expect_without(&["┌ sunset.png ─", "any key closes this"], &["▀"]);
        // Nothing is asked of the terminal, so that each key is one that was pressed.
        abdul.expect_written(written, drawn.as_bytes());
        let written = abdul.terminal().output().len();
        abdul.press("qhalf");
        abdul.expect_written(written, removed.as_bytes());
        abdul.expect(&["everyone> half"]);
        abdul.press(CTRL_U);
        abdul.expect_that("the screen as it was", |shown| shown == before);
    }
}
