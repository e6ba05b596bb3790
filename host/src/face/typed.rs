//! What a typed line means: a text, or a command that begins with a slash. The same in every face with lines.

use super::recipient::Recipient;
use crate::node::Ask;

/// What a typed line means.
#[derive(Debug)]
pub(super) enum Typed<'l> {
    Nothing,
    Text(&'l str),
    /// Write to somebody else from now on.
    To(Recipient),
    Ask(Ask),
    Doctor,
    Help,
    Quit,
    Wrong(String),
}

/// The commands, without the slash.
pub(super) const COMMANDS: [&str; 14] = [
    "accept", "all", "block", "connect", "deny", "doctor", "help", "meet", "name", "quit", "same", "to",
    "verify", "who",
];

impl<'l> Typed<'l> {
    pub(super) fn of(line: &'l str) -> Self {
        match line.strip_prefix('/') {
            Some(command) => Self::command(command),
            None if line.is_empty() => Self::Nothing,
            None => Self::Text(line),
        }
    }

    fn command(typed: &str) -> Self {
        let (command, name) = typed.split_once(' ').unwrap_or((typed, ""));
        let name = name.trim().to_owned();
        let needs_name = !matches!(command, "quit" | "q" | "help" | "?" | "all" | "who" | "doctor");
        if needs_name && name.is_empty() {
            return Self::Wrong(format!("/{command} what? /help shows what can be typed"));
        }
        Self::Ask(match command {
            "quit" | "q" => return Self::Quit,
            "help" | "?" => return Self::Help,
            "all" => return Self::To(Recipient::All((!name.is_empty()).then_some(name))),
            "to" => return Self::To(Recipient::One(name)),
            "doctor" => return Self::Doctor,
            "who" => Ask::Who {},
            "accept" => Ask::Accept { name },
            "deny" => Ask::Deny { name },
            "block" => Ask::Block { name },
            "verify" => Ask::Verify { name, same: false },
            "same" => Ask::Verify { name, same: true },
            "connect" => Ask::Connect { address: name, circle: None },
            "meet" => Ask::Meet { address: name, circle: None },
            "name" => Ask::Rename { name },
            _ => return Self::Wrong(format!("there is no /{command}; /help shows what there is")),
        })
    }
}
