//! Files and folders of a transfer, at both ends.
//!
//! The sending end opens what its user names as [`Offered`], which says what to offer, and makes a
//! [`Source`](p2pm_core::transfer::Source) for each transfer of it. The receiving end has an [`Inbox`], a folder in which
//! [`Inbox::begin`] makes a [`Sink`](p2pm_core::transfer::Sink) for each stream, or goes on with one that is unfinished.

mod beneath;
mod facts;
mod inbox;
mod name;
mod source;
#[cfg(test)]
mod tests;
mod trouble;

pub use inbox::{
    Already, Confinement, FolderState, Inbox, Incoming, Origin, Placed, Remains, State, Untold, confine,
};
pub use source::{LeftOut, Offered, OfferedSource, Omission};
pub use trouble::Trouble;
