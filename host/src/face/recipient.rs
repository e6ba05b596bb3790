//! For whom a text is.

use std::fmt;

use crate::node::Ask;

/// For whom a text is.
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
        let text = text.to_owned();
        match self.clone() {
            Self::One(name) => Ask::Say { to: Some(name), circle: None, text },
            Self::All(circle) => Ask::Say { to: None, circle, text },
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
