//! What either end tells, for whoever drives both in one way.

use super::{ReceiverEvent, SenderEvent};
use crate::channel::Ended;

/// An event of a sender or of a receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// The stream is whole, and stored.
    Stored,
    /// What there was at the receiving end was the beginning of another stream.
    Differed,
    /// The connection is over.
    Ended(Ended),
}

impl From<SenderEvent> for Told {
    fn from(event: SenderEvent) -> Self {
        match event {
            SenderEvent::Stored => Self::Stored,
            SenderEvent::Ended(ended) => Self::Ended(ended),
        }
    }
}

impl From<ReceiverEvent> for Told {
    fn from(event: ReceiverEvent) -> Self {
        match event {
            ReceiverEvent::Stored => Self::Stored,
            ReceiverEvent::Differed => Self::Differed,
            ReceiverEvent::Ended(ended) => Self::Ended(ended),
        }
    }
}
