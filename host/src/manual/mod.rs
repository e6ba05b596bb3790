//! What a program says about itself beyond its options: the end of its `--help`, and the rest of its manual page. What an option or
//! a command does is said where it is defined, and nowhere else.

mod page;

use std::fmt::Write;

use p2pm_posix::exit::Exit;
pub use page::render;

/// Something with a name, and what there is to say about it.
pub type Entry = (&'static str, &'static str);

/// What the command line of a program does not know.
#[derive(Debug)]
pub struct Manual {
    /// Title of a section on where the program takes secrets from, and that section.
    pub secrets: Entry,
    /// Exit statuses that the program has, each in some words that fit into a sentence.
    pub exits: &'static [(Exit, &'static str)],
    /// Variables of the environment.
    pub environment: &'static [Entry],
    /// Files and sockets.
    pub files: &'static [Entry],
    /// Commands that one types, and what they do.
    pub examples: &'static [Entry],
    /// Pages that say more, as `name(section)`.
    pub see_also: &'static [&'static str],
}

impl Manual {
    /// What stands at the end of `--help`.
    pub fn after_help(&self) -> String {
        let mut text = "Exit status: ".to_owned();
        for (index, (exit, meaning)) in self.exits.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            // A String takes whatever is written to it.
            _ = write!(text, "{separator}{} {meaning}", *exit as u8);
        }
        text + ".\n\n" + self.secrets.1
    }
}
