//! Text of all scripts, measured by the columns that it takes.

use p2pm_tests::machine::Machine;

use super::{ALT, ENTER, katie_and_abdul};

/// Columns of a text beside a name, on a terminal of 80.
const COLUMNS: usize = 44;

/// What is said, and in how many columns it is shown.
const TEXTS: [(&str, usize); 3] =
    [("wide 漢字 😀", 12), ("combining e\u{301}te\u{301}", 13), ("right to left שלום", 18)];

#[test]
fn text_of_every_script_is_in_its_place() {
    let machine = Machine::new();
    let (mut katie, abdul) = katie_and_abdul(&machine);
    let says = |text: &str| assert!(abdul.run(&["send", "katie", text]).status.success());
    katie.press(&format!("{ALT}1"));
    for (text, columns) in TEXTS {
        says(text);
        katie.expect(&[&format!("abdul    {text}{}│", " ".repeat(COLUMNS - columns))]);
    }
    // What clears a screen.
    says("\x1b[2J");
    katie.expect(&["[2J", "wide 漢字"]);
    // Terminals differ in how wide these are.
    says("👨\u{200d}👩\u{200d}👧 ❤\u{fe0f} 👍🏽 🇩🇪 end");
    says(&"漢".repeat(50));
    katie.expect(&[
        "end",
        &format!("abdul    {}│", "漢".repeat(COLUMNS / 2)),
        &format!("         {} ", "漢".repeat(6)),
    ]);
    for row in 2..21 {
        for column in [0, 19, 79] {
            assert_eq!(
                katie.cells().cell(row, column).expect("a cell").contents(),
                "│",
                "{}",
                katie.contents()
            );
        }
    }
    for (text, shown) in [("漢字", "漢字"), ("e\u{301}", "漢字e\u{301}"), ("שלום😀", "漢字e\u{301}שלום😀")]
    {
        katie.press(text);
        katie.expect(&[&format!("│abdul> {shown} ")]);
    }
    katie.press(&format!("\x1b[D\x1b[D.{ENTER}"));
    katie.expect(&["katie    漢字e\u{301}שלו.ם😀", "✓│"]);
}
