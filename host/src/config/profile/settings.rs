//! Settings: what a user has chosen.

use std::fmt;
use std::num::NonZeroU16;
use std::path::PathBuf;

use p2pm_core::limits::CIRCLES_MAX;
use p2pm_core::node::Policy;
use p2pm_core::wire::Name;
use serde::{Deserialize, Serialize, Serializer};

use super::document::{Document, Version, text};
use crate::config::code::Passphrase;

/// What a user has chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    v: Version,
    /// The name that the user goes by.
    #[serde(with = "text")]
    pub name: Name,
    /// Port on which the node listens; `None` to leave it to the program.
    pub port: Option<NonZeroU16>,
    /// Whom to accept.
    #[serde(with = "PolicyText")]
    pub policy: Policy,
    /// Folder for files that are received; `None` for the usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// The circles that the node is in.
    pub circles: Circles,
}

/// A circle that a node is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Circle {
    /// What the user calls it.
    #[serde(with = "text")]
    pub name: Name,
    /// What its members share.
    #[serde(serialize_with = "reveal", deserialize_with = "text::deserialize")]
    pub passphrase: Passphrase,
}

/// At most [`CIRCLES_MAX`] circles, each with a name, a passphrase and a number of its own. The first one is the current one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Circle>")]
pub struct Circles(Vec<Circle>);

/// Why a circle is not joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CircleError {
    /// The node is in as many as it can be.
    TooMany,
    /// There is one of this name.
    Name(Name),
    /// The one of this name has the same passphrase.
    Passphrase(Name),
    /// The one of this name has the same number in its code, or none as well. A node could not tell which one is meant.
    Number(Name),
}

const FIRST_CIRCLE: &str = "home";

#[derive(Serialize, Deserialize)]
#[serde(remote = "Policy", rename_all = "lowercase")]
enum PolicyText {
    Ask,
    Known,
    All,
}

impl Settings {
    /// The settings of a user who has chosen a name only.
    pub fn new(name: Name) -> Self {
        Self {
            v: Version,
            name,
            port: None,
            policy: Policy::default(),
            folder: None,
            circles: Circles::default(),
        }
    }
}

impl Document for Settings {
    const LEN_MAX: usize = 16 * 1024;
}

impl Circles {
    /// The current circle; `None` if there is none at all.
    pub fn current(&self) -> Option<&Circle> {
        self.0.first()
    }

    /// The circle of this name.
    pub fn get(&self, name: &Name) -> Option<&Circle> {
        self.iter().find(|circle| circle.name == *name)
    }

    /// All circles, the current one first.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Circle> {
        self.0.iter()
    }

    /// A name that no circle has: `home` for the first one, then `home 2` and so on.
    pub fn unused_name(&self) -> Name {
        let numbered = (2..=CIRCLES_MAX + 1).map(|number| format!("{FIRST_CIRCLE} {number}"));
        let names = std::iter::once(FIRST_CIRCLE.to_owned()).chain(numbered);
        let mut unused = names.filter_map(|name| name.parse().ok()).filter(|name| self.get(name).is_none());
        let Some(name) = unused.next() else { unreachable!("there are more of these names than circles") };
        name
    }

    /// Whether there is room for a circle of this name.
    pub fn check(&self, name: &Name) -> Result<(), CircleError> {
        if self.get(name).is_some() {
            return Err(CircleError::Name(name.clone()));
        }
        if self.0.len() == CIRCLES_MAX { Err(CircleError::TooMany) } else { Ok(()) }
    }

    /// Adds a circle behind the others.
    pub fn join(&mut self, circle: Circle) -> Result<(), CircleError> {
        self.check(&circle.name)?;
        if let Some(other) = self.iter().find(|other| other.passphrase == circle.passphrase) {
            return Err(CircleError::Passphrase(other.name.clone()));
        }
        if let Some(other) = self.iter().find(|it| it.passphrase.number() == circle.passphrase.number()) {
            return Err(CircleError::Number(other.name.clone()));
        }
        self.0.push(circle);
        Ok(())
    }

    /// Removes the circle of this name, and returns it. If it was the current one, the next one is.
    pub fn leave(&mut self, name: &Name) -> Option<Circle> {
        self.position(name).map(|index| self.0.remove(index))
    }

    /// Makes the circle of this name the current one. False if there is none.
    pub fn choose(&mut self, name: &Name) -> bool {
        let index = self.position(name);
        if let Some(index) = index {
            self.0[..=index].rotate_right(1);
        }
        index.is_some()
    }

    fn position(&self, name: &Name) -> Option<usize> {
        self.0.iter().position(|circle| circle.name == *name)
    }
}

impl TryFrom<Vec<Circle>> for Circles {
    type Error = CircleError;

    fn try_from(circles: Vec<Circle>) -> Result<Self, CircleError> {
        let mut joined = Self::default();
        circles.into_iter().try_for_each(|circle| joined.join(circle))?;
        Ok(joined)
    }
}

fn reveal<S: Serializer>(passphrase: &Passphrase, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&passphrase.reveal())
}

impl fmt::Display for CircleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooMany => {
                write!(f, "you are in {CIRCLES_MAX} circles, which are the most: leave one first")
            }
            Self::Name(name) => write!(f, "you are in a circle `{name}` already"),
            Self::Passphrase(name) => write!(f, "that is the passphrase of your circle `{name}`"),
            Self::Number(name) => write!(
                f,
                "its code has the same number as that of your circle `{name}`, or none as well: one of them needs another code"
            ),
        }
    }
}

impl std::error::Error for CircleError {}
