//! For whom a text or a file is.

use std::fmt;
use std::path::PathBuf;

use crate::node::Ask;

/// For whom a text or a file is.
#[derive(Clone, Debug)]
pub(super) enum Recipient {
    /// Somebody, by name or tag.
    One(String),
    /// Everyone in the circle of this name, or in the first one.
    All(Option<String>),
}

impl Recipient {
    /// The request to say `text`.
    pub(super) fn say(&self, text: &str) -> Ask {
        let (to, circle) = self.parts();
        Ask::Say { to, circle, text: text.to_owned() }
    }

    /// The request to offer what is at `path`, from the root on.
    pub(super) fn send_file(&self, path: PathBuf) -> Ask {
        let (to, circle) = self.parts();
        Ask::SendFile { to, circle, path }
    }

    /// Somebody, or the circle of everyone.
    fn parts(&self) -> (Option<String>, Option<String>) {
        match self.clone() {
            Self::One(name) => (Some(name), None),
            Self::All(circle) => (None, circle),
        }
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(name) => f.write_str(name),
            Self::All(None) => f.write_str("everyone"),
            Self::All(Some(circle)) => write!(f, "everyone in {circle}"),
        }
    }
}
