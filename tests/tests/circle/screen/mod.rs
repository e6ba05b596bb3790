//! The face for terminals, as a person at a keyboard sees it.

mod conversation;
mod files;
mod keys;
mod node;
mod pictures;
mod start;
mod terminal;
mod text;

use std::num::NonZeroU16;

use p2pm_tests::machine::Machine;
use p2pm_tests::pty::Terminal;
use p2pm_tests::screen::Screen;

use crate::cast::{Node, PASSPHRASE, eventually};

pub const ENTER: &str = "\r";
pub const ALT: &str = "\x1b";

/// Katie's face, with these arguments. It asks before it accepts.
pub fn face(machine: &Machine, arguments: &[&str]) -> Screen {
    face_on(machine, arguments, &[])
}

/// The same, on a terminal of which these environment variables tell something.
fn face_on(machine: &Machine, arguments: &[&str], variables: &[(&str, &str)]) -> Screen {
    let mut command = machine.command("p2pm");
    command.args(["--no-discovery", "--port", "0"]).args(arguments);
    command.env("P2PM_PASSPHRASE", PASSPHRASE).env("TZ", "UTC").envs(variables.iter().copied());
    Screen::of(Terminal::spawn(command))
}

/// Katie, whom Abdul has been told of.
fn katie_and_abdul(machine: &Machine) -> (Screen, Node) {
    let abdul = Node::start("abdul", None, &["--port", "0"]);
    let mut katie = face(machine, &["--name", "katie", "--connect", &abdul.address()]);
    katie.expect(&["1 abdul        ●"]);
    (katie, abdul)
}

/// A screen, or its picture, without what is another time different.
pub fn without_times(contents: &str) -> String {
    let is_time = |text: &str| {
        let bytes = text.as_bytes();
        bytes.len() == 5 && bytes[2] == b':' && [0, 1, 3, 4].iter().all(|at| bytes[*at].is_ascii_digit())
    };
    let mut shown = contents.to_owned();
    let times: Vec<_> =
        contents.split([' ', '│', '>', '<']).filter(|word| is_time(word)).map(str::to_owned).collect();
    for time in times {
        shown = shown.replace(&time, "10:30");
    }
    shown
}

pub fn katie_port(machine: &Machine) -> String {
    let mut port = String::new();
    eventually("an answer", || {
        let who = machine.command("p2pm").arg("who").output().expect("p2pm runs");
        let text = String::from_utf8(who.stdout).expect("text");
        text.lines()
            .next()
            .and_then(|line| line.rsplit(':').next())
            .unwrap_or_default()
            .clone_into(&mut port);
        !port.is_empty()
    });
    port
}

pub fn size(side: u16) -> NonZeroU16 {
    NonZeroU16::new(side).expect("it is not 0")
}
