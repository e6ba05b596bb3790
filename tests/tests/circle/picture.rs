//! The picture of the screen in `docs/`, which is what the program draws.

use std::fs;
use std::path::Path;

use p2pm_tests::machine::Machine;
use p2pm_tests::picture;

use crate::cast::{Node, eventually};
use crate::screen::{ALT, ENTER, face, katie_port, size, without_times};

/// Set, the picture is drawn anew.
const DRAW: &str = "P2PM_DRAW";

/// Katie talks with Abdul. Zoe has written, the board is away, and Dora asks to come in.
#[test]
fn the_picture_in_the_documents_is_what_is_drawn() {
    let machine = Machine::new();
    let mut katie = face(&machine, &["--name", "katie"]);
    katie.resize(size(13), size(80));
    let [abdul, zoe, mut board] = [(1, "abdul"), (2, "zoe"), (3, "board")].map(|(number, name)| {
        let node = Node::start(name, None, &["--port", "0"]);
        katie.press(&format!("/connect {}{ENTER}", node.address()));
        katie.expect(&[&format!("{number} {name:13}●")]);
        node
    });
    board.end();
    katie.expect(&["3 board        ○"]);
    let says = |node: &Node, text| assert!(node.run(&["send", "katie", text]).status.success());
    katie.press(&format!("{ALT}1"));
    says(&abdul, "dinner?");
    katie.expect(&["dinner?"]);
    katie.press(&format!("at eight{ENTER}"));
    katie.expect(&["✓"]);
    says(&abdul, "great! shall I bring bread?");
    says(&zoe, "are you there?");
    says(&zoe, "it is about tonight");
    katie.expect(&["bring bread?", "2 zoe          2"]);
    let dora = Node::start("dora", None, &["--port", "0"]);
    let katie_is_at = format!("127.0.0.1:{}", katie_port(&machine));
    eventually("a dial", || dora.run(&["connect", &katie_is_at]).status.success());
    katie.expect(&["+ dora asks", "dora asks to be accepted"]);
    katie.press("yes, and olives");
    katie.expect(&["abdul> yes, and olives"]);

    let drawn = without_times(&picture::svg(katie.cells()));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/screen.svg");
    if std::env::var_os(DRAW).is_some() {
        fs::write(&path, &drawn).expect("it can be written");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == drawn,
        "{} is not this, which {DRAW}=1 draws:\n{}",
        path.display(),
        katie.contents()
    );
}
