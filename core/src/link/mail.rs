//! What a link knows of the texts that a keeper holds.

use core::num::{NonZeroU32, NonZeroU64};

/// State of a link as to letters, in whichever of the parts its two ends have.
#[derive(Debug, Default)]
pub(crate) struct Mail {
    /// Whether we have said that texts may be entrusted to us.
    pub keeps_said: bool,
    /// Whether the other node has said so.
    pub keeps: bool,
    /// The letter that was entrusted last, as long as it is not answered.
    pub entrusting: Option<Entrusting>,
    /// Stamp of the letter that was passed on last, as long as it is not answered.
    pub passing: Option<NonZeroU64>,
    /// The letter that was passed on to us, which is to be answered.
    pub passed: Option<Passed>,
}

/// A letter that was entrusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entrusting {
    /// The addressee, as an index of our node's.
    pub addressee: u16,
    pub sequence: NonZeroU32,
}

/// A letter that was passed on to us.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Passed {
    /// It is not taken.
    NotTaken,
    /// It is taken if its author is heard up to this number of this run.
    Of {
        /// The author, as an index of our node's.
        author: u16,
        run: u32,
        sequence: u32,
    },
}
