//! What a folder holds that is not sent.

use std::fmt;

/// Most examples of what is left out.
const EXAMPLES_MAX: usize = 16;

/// What is in a folder and not in its stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// How much there is.
    pub count: u64,
    /// The first of them: path in the folder, and why.
    pub examples: Vec<(String, Omission)>,
}

/// Why something is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Omission {
    /// It is a symbolic link.
    Link,
    /// It is a device, a socket or a FIFO.
    Special,
    /// This user may not read it.
    Unreadable,
    /// Its path is too long.
    TooLong,
}

impl LeftOut {
    /// Counts one.
    pub(super) fn add(&mut self, path: String, why: Omission) {
        self.count = self.count.saturating_add(1);
        if self.examples.len() < EXAMPLES_MAX {
            self.examples.push((path, why));
        }
    }
}

impl fmt::Display for Omission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Link => "a link",
            Self::Special => "a device, a socket or a FIFO",
            Self::Unreadable => "it cannot be read",
            Self::TooLong => "its path is too long",
        })
    }
}
