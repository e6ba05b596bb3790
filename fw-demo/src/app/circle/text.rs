//! Texts: what others say, and what the console and the application say to them.

use core::fmt;

use p2pm_core::node::{CircleId, Contact, ContactId, To};
use p2pm_core::time::Instant;
use p2pm_core::wire::sanitise;

use super::application::Application;
use super::connection::Said;
use super::{Circle, Parts};
use crate::app::Board;

/// Fewest digits of a tag that stand for a name.
const TAG_DIGITS_MIN: usize = 4;

/// Why nobody is meant by a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unfound {
    Nobody,
    Several,
}

impl<P: Parts, const PLACES: usize, const FRAME: usize> Circle<'_, P, PLACES, FRAME> {
    /// A text is shown part by part, and confirmed once it is whole. Then the application may answer, if it was in one part.
    pub(super) fn said(&mut self, board: &mut Board<P>, said: Said) {
        let Said { contact, whole, is_first } = said;
        board.console.say(format_args!("{}: {}", self.who(contact), sanitise(&self.heard)));
        let Some(sequence) = whole else { return };
        self.node.confirm(contact, sequence);
        let from = self.node.contact(contact).map(Contact::known).filter(|_| is_first);
        if let Some(answer) = from.and_then(|from| self.application.on_text(from, &self.heard)) {
            self.say(board, To::One(contact), &answer);
        }
    }

    /// Says to everyone what the application has to say; true if it had something.
    pub(super) fn say_all(&mut self, board: &mut Board<P>, now: Instant) -> bool {
        let Some(text) = self.application.say_all(now) else { return false };
        self.say(board, To::All(CircleId::FIRST), &text);
        true
    }

    /// Says a text, and shows its number.
    pub(super) fn say(&mut self, board: &mut Board<P>, to: To, text: &str) {
        match self.node.say(to, text) {
            Ok(number) => {
                board.console.say(format_args!("{number} to {}: {}", self.whom(to), sanitise(text)));
            }
            Err(error) => board.console.say(format_args!("not said: {error}")),
        }
    }

    fn whom(&self, to: To) -> impl fmt::Display {
        fmt::from_fn(move |f| match to {
            To::One(contact) => write!(f, "{}", self.who(contact)),
            To::All(_) => f.write_str("all"),
        })
    }

    /// The contact of this name, or with a tag that begins so.
    pub(super) fn find(&self, name: &str) -> Result<ContactId, Unfound> {
        let is_named = |it: &Contact| it.known().name.as_ref().is_some_and(|of| of.as_str() == name);
        let is_tag = name.chars().filter(|c| *c != '-').count() >= TAG_DIGITS_MIN;
        let is_tagged = |it: &Contact| is_tag && it.known().key.tag().begins_with(name);
        match self.only(is_named) {
            Err(Unfound::Nobody) => self.only(is_tagged),
            found => found,
        }
    }

    fn only(&self, is_meant: impl Fn(&Contact) -> bool) -> Result<ContactId, Unfound> {
        let mut meant = self.node.contacts().filter(|(_, contact)| is_meant(contact)).map(|(id, _)| id);
        match (meant.next(), meant.next()) {
            (Some(id), None) => Ok(id),
            (None, _) => Err(Unfound::Nobody),
            (Some(_), Some(_)) => Err(Unfound::Several),
        }
    }
}

impl fmt::Display for Unfound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nobody => "there is nobody of this name",
            Self::Several => {
                "several have this name: who shows their tags, of which the first digits will do"
            }
        })
    }
}
