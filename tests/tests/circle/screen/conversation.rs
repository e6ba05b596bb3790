//! What is said, and who says it.

use p2pm_tests::machine::Machine;

use super::{ALT, ENTER, face, katie_and_abdul, katie_port, without_times};
use crate::cast::{Node, eventually};

#[test]
fn what_is_said_is_shown_with_what_has_become_of_it() {
    let machine = Machine::new();
    let (mut katie, abdul) = katie_and_abdul(&machine);
    assert!(abdul.run(&["send", "katie", "dinner? 漢字😀"]).status.success());
    katie.expect(&["1 abdul        1"]);
    katie.press("half");
    katie.press(&format!("{ALT}1"));
    katie.expect(&["dinner? 漢字😀"]);
    katie.press(&format!("at eight{ENTER}"));
    katie.expect(&["at eight", "✓│"]);
    katie.press("bring");
    katie.expect(&["abdul> bring"]);
    let conversation = "\x20p2pm  katie · home · sealed · 1 here                                   F1 help
┌ People ──────────┬ abdul ────────────────────────────────────────────────────┐
│  0 everyone      │── abdul is here ──                                        │
│▸ 1 abdul        ●│10:30 abdul    dinner? 漢字😀                              │
│                  │10:30 katie    at eight                                   ✓│";
    let below = "\
├──────────────────┴───────────────────────────────────────────────────────────┤
│abdul> bring                                                                  │
└ Alt-0…9 chat · Alt-A unread · Tab complete · /help ──────────────────────────┘";
    let shown = without_times(&katie.contents());
    assert!(shown.starts_with(conversation) && shown.ends_with(below), "{shown}");
    katie.press(&format!("{ALT}0"));
    katie.expect(&["everyone> half"]);
    katie.press("\x15all");
    katie.press(ENTER);
    katie.expect(&["all", "✓│"]);
    eventually("the text", || {
        abdul.output(&["listen", "--since", "0", "--timeout", "1"]).contains("all: all")
    });
}

#[test]
fn whoever_asks_is_accepted_with_one_key() {
    let machine = Machine::new();
    let mut katie = face(&machine, &["--name", "katie"]);
    katie.expect(&["everyone>"]);
    let port = katie_port(&machine);
    let abdul = Node::start("abdul", None, &["--port", "0", "--connect", &format!("127.0.0.1:{port}")]);
    katie.expect(&["+ abdul asks", "abdul asks to be accepted · Alt-Y accept"]);
    katie.press(&format!("{ALT}a"));
    katie.expect(&["abdul>", "── abdul (", "…) asks to join ──"]);
    katie.press("are you the real one?");
    katie.expect(&["abdul> are you the real one?", "+ abdul asks"]);
    katie.press(&format!("{ALT}y"));
    katie.expect(&["1 abdul        ●", "abdul>"]);
    eventually("to be here", || abdul.here() == 1);
}

#[test]
fn with_whom_words_were_compared_is_shown() {
    let machine = Machine::new();
    let (mut katie, mut abdul) = katie_and_abdul(&machine);
    katie.press(&format!("/same{ENTER}"));
    katie.expect(&["/same whom?"]);
    katie.press(&format!("{ALT}1/verify{ENTER}"));
    katie.expect(&["┬ abdul ─", "compare with abdul: "]);
    katie.press(&format!("/same{ENTER}"));
    katie.expect(&["┬ abdul · compared ─"]);
    abdul.end();
    katie.expect(&["1 abdul        ○", "┬ abdul · compared ─"]);
    katie.press(&format!("/who{ENTER}"));
    katie.expect(&["): away, compared, at "]);
}

#[test]
fn the_bell_rings_for_what_comes_while_nobody_looks() {
    let machine = Machine::new();
    let (mut katie, abdul) = katie_and_abdul(&machine);
    katie.press(&format!("/bell{ENTER}"));
    katie.expect(&["the bell rings"]);
    // What a terminal sends that is not looked at any more.
    katie.press("\x1b[O");
    assert!(abdul.run(&["send", "katie", "dinner?"]).status.success());
    katie.expect(&["1 abdul        1"]);
    katie.terminal().expect("\x1b]9;p2pm: abdul");
}
