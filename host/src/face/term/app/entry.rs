//! What stands in a conversation.

use std::path::PathBuf;

use crate::face::show::name;
use crate::node::Person;
use crate::picture::Picture;

/// A line of a conversation, or several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::face::term) struct Entry {
    /// When it came, in hours and minutes.
    pub(in crate::face::term) at: String,
    pub(in crate::face::term) content: Content,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::face::term) enum Content {
    /// Somebody has said it.
    Theirs {
        from: String,
        text: String,
    },
    Ours(Message),
    /// Something has happened.
    Note(String),
    /// Something has happened to the file with this number.
    File {
        file: u32,
        text: String,
        /// Where it is, if it has come.
        path: Option<PathBuf>,
        /// What it looks like.
        picture: Option<Picture>,
    },
    /// A passphrase for others.
    Code(String),
}

/// A text of ours, and what has become of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::face::term) struct Message {
    pub(in crate::face::term) text: String,
    /// Number that the node has given it.
    pub(in crate::face::term) number: u32,
    pub(in crate::face::term) to: Vec<(Person, Fate)>,
}

/// What has become of a message to one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::face::term) enum Fate {
    /// It is on its way, or waits.
    Open,
    /// A device of this name holds it for them.
    Held(String),
    /// That is not known any more.
    Lost,
    /// It was sent, and there will be no receipt.
    Sent,
    Received,
    Failed,
}

impl Message {
    /// Something is known of all messages to somebody up to this number. What is known already stays.
    pub(super) fn learn(&mut self, tag: &str, up_to: u32, fate: &Fate) {
        if self.number > up_to {
            return;
        }
        for (_, known) in self.to.iter_mut().filter(|(who, known)| who.tag == tag && known.is_open()) {
            known.clone_from(fate);
        }
    }

    /// No device holds messages to somebody any more from this number on: they wait here.
    pub(super) fn unhold(&mut self, tag: &str, from: u32) {
        let held = |(who, fate): &&mut (Person, Fate)| who.tag == tag && matches!(fate, Fate::Held(_));
        for (_, known) in self.to.iter_mut().filter(held).filter(|_| self.number >= from) {
            *known = Fate::Open;
        }
    }

    /// News of what has become of it may be lost: later ones, which are about all messages before them, could be wrong of it.
    pub(super) fn lose_receipts(&mut self) {
        for (_, known) in self.to.iter_mut().filter(|(_, known)| known.is_open()) {
            *known = Fate::Lost;
        }
    }

    /// Whether it waits for somebody who is away.
    pub(super) fn waits(&self, is_here: impl Fn(&str) -> bool) -> bool {
        self.to.iter().any(|(who, fate)| *fate == Fate::Open && !is_here(&who.tag))
    }

    /// Whether it is to be sent again.
    pub(in crate::face::term) fn has_failed(&self) -> bool {
        self.to.iter().any(|(_, fate)| *fate == Fate::Failed)
    }

    /// The mark behind it. `is_here` is whether messages reach somebody now.
    pub(in crate::face::term) fn mark(&self, is_here: impl Fn(&str) -> bool) -> String {
        match self.to.as_slice() {
            [] => String::new(),
            [(who, fate)] => fate.mark(is_here(&who.tag)),
            all => {
                let arrived = |(_, fate): &&(Person, Fate)| matches!(fate, Fate::Received | Fate::Sent);
                let count = all.iter().filter(arrived).count();
                let missing: Vec<_> =
                    all.iter().filter(|it| !arrived(it)).map(|(who, _)| name(who)).collect();
                if missing.is_empty() {
                    format!("✓ {count} of {count}")
                } else {
                    let is_lost = self.to.iter().any(|(_, fate)| *fate == Fate::Lost);
                    let sign = if self.has_failed() {
                        "✗"
                    } else if is_lost {
                        "?"
                    } else {
                        "…"
                    };
                    format!("{sign} {count} of {}; not: {}", all.len(), missing.join(", "))
                }
            }
        }
    }
}

impl Fate {
    /// Whether it may still be received.
    fn is_open(&self) -> bool {
        matches!(self, Self::Open | Self::Held(_))
    }

    /// The mark behind a message to one person.
    fn mark(&self, is_here: bool) -> String {
        match self {
            Self::Open | Self::Held(_) if is_here => "→".to_owned(),
            Self::Open => "…".to_owned(),
            Self::Held(by) => format!("… held by {by}"),
            Self::Lost => "?".to_owned(),
            Self::Sent => "»".to_owned(),
            Self::Received => "✓".to_owned(),
            Self::Failed => "✗ Enter sends it again".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str) -> Person {
        Person { name: Some(name.into()), tag: name.to_uppercase() }
    }

    fn message(names: &[&str]) -> Message {
        Message { text: "x".into(), number: 7, to: names.iter().map(|it| (person(it), Fate::Open)).collect() }
    }

    #[test]
    fn the_mark_says_what_has_become_of_it() {
        let mut one = message(&["abdul"]);
        assert_eq!((&*one.mark(|_| true), &*one.mark(|_| false)), ("→", "…"));
        one.learn("ABDUL", 6, &Fate::Failed);
        assert_eq!(one.mark(|_| true), "→", "that was about earlier ones");
        one.learn("ABDUL", 9, &Fate::Received);
        one.learn("ABDUL", 9, &Fate::Failed);
        assert_eq!(one.mark(|_| true), "✓");
        let mut lost = message(&["abdul"]);
        lost.lose_receipts();
        lost.learn("ABDUL", 9, &Fate::Received);
        assert_eq!(lost.mark(|_| true), "?", "that may be about later ones alone");
        let mut all = message(&["abdul", "zoe"]);
        all.learn("ZOE", 7, &Fate::Received);
        assert_eq!(all.mark(|_| true), "… 1 of 2; not: abdul");
        all.learn("ABDUL", 7, &Fate::Failed);
        assert_eq!(all.mark(|_| true), "✗ 1 of 2; not: abdul");
        all.to[0].1 = Fate::Received;
        assert_eq!(all.mark(|_| true), "✓ 2 of 2");
    }

    #[test]
    fn what_a_device_holds_waits_there_until_it_has_no_room() {
        let mut one = message(&["abdul"]);
        let held = Fate::Held("board".into());
        one.learn("ABDUL", 7, &held);
        assert_eq!((&*one.mark(|_| true), &*one.mark(|_| false)), ("→", "… held by board"));
        assert!(!one.waits(|_| false), "it is not lost with this program");
        one.unhold("ABDUL", 8);
        assert_eq!(one.mark(|_| false), "… held by board", "that was about later ones");
        one.unhold("ABDUL", 7);
        assert_eq!(one.mark(|_| false), "…");
        assert!(one.waits(|_| false));
        one.learn("ABDUL", 8, &Fate::Received);
        assert_eq!(one.mark(|_| false), "✓");
    }
}
