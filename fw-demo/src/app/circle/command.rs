//! Commands on the console, one a line.

use p2pm_core::node::{CircleId, Contact, To};
use p2pm_core::time::Instant;
use p2pm_core::wire::{Endpoint, sanitise};

use super::application::Application;
use super::{Circle, Parts, endpoint};
use crate::app::{Board, Line, Outcome};

const HELP: &str = "who; send NAME TEXT; all TEXT; connect ADDRESS:PORT; quit";

/// A command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Command<'l> {
    /// Who is here, and who is known.
    Who,
    /// Say something to somebody: a name, or the beginning of a tag.
    Send(&'l str, &'l str),
    /// Say something to everyone.
    All(&'l str),
    /// Dial an address.
    Connect(Endpoint),
    /// Show the commands.
    Help,
    /// End, after a goodbye to everyone.
    Quit,
}

impl<'l> Command<'l> {
    fn parse(line: &'l str) -> Option<Self> {
        let line = line.trim();
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim_start();
        match (word, rest.is_empty()) {
            ("who", true) => Some(Self::Who),
            ("send", false) => rest.split_once(' ').map(|(name, text)| Self::Send(name, text.trim_start())),
            ("all", false) => Some(Self::All(rest)),
            ("connect", false) => rest.parse().ok().and_then(endpoint).map(Self::Connect),
            ("help", true) => Some(Self::Help),
            ("quit", true) => Some(Self::Quit),
            _ => None,
        }
    }
}

impl<P: Parts, const PLACES: usize, const FRAME: usize> Circle<'_, P, PLACES, FRAME> {
    /// Does what was typed; true if there was a line.
    #[inline(never)] // it has a line on the stack, which should not be there during every poll
    pub(super) fn obey(&mut self, board: &mut Board<P>, now: Instant) -> bool {
        let Some(Line::Text(line)) = board.console.next_line() else { return false };
        match Command::parse(&line) {
            Some(command) => self.execute(board, now, command),
            None if self.application.on_line(&line) => {}
            None => board.console.say(format_args!("there is no such command: {HELP}")),
        }
        true
    }

    fn execute(&mut self, board: &mut Board<P>, now: Instant, command: Command<'_>) {
        match command {
            Command::Who => self.show_contacts(board),
            Command::Send(name, text) => match self.find(name) {
                Ok(contact) => self.say(board, To::One(contact), text),
                Err(why) => board.console.say(format_args!("{}: {why}", sanitise(name))),
            },
            Command::All(text) => self.say(board, To::All(CircleId::FIRST), text),
            Command::Connect(endpoint) => {
                if !self.node.connect(now, endpoint, CircleId::FIRST) {
                    board.console.say("there are too many addresses already");
                }
            }
            Command::Help => board.console.say(HELP),
            Command::Quit => self.end(board, Outcome::Done),
        }
    }

    fn show_contacts(&self, board: &mut Board<P>) {
        for (id, contact) in self.node.contacts() {
            let tag = contact.known().key.tag();
            let state = if contact.is_here() { "here" } else { "away" };
            let held = self.node.held().filter(|(_, addressee)| *addressee == id).count();
            match held {
                0 => board.console.say(format_args!("{} ({tag}): {state}", self.who(id))),
                _ => board.console.say(format_args!("{} ({tag}): {state}, {held} held", self.who(id))),
            }
        }
        if self.node.contacts().all(|(_, contact)| !Contact::is_here(contact)) {
            board.console.say("nobody is here");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_command_with_all_that_it_needs() {
        for (line, command) in [
            ("who", Some(Command::Who)),
            (" who ", Some(Command::Who)),
            ("send katie the door is open", Some(Command::Send("katie", "the door is open"))),
            ("send  k7f3-9xq2  hello", Some(Command::Send("k7f3-9xq2", "hello"))),
            ("all fire: leave ", Some(Command::All("fire: leave"))),
            ("connect 192.0.2.1:7776", endpoint(([192, 0, 2, 1], 7776).into()).map(Command::Connect)),
            ("connect 192.0.2.1:0", None),
            ("quit", Some(Command::Quit)),
            ("send katie", None),
            ("send", None),
            ("all", None),
            ("connect 192.0.2.1", None),
            ("who is there", None),
            ("WHO", None),
            ("", None),
        ] {
            assert_eq!(Command::parse(line), command, "{line}");
        }
    }
}
