//! Parts of a text as they come in.

use core::num::NonZeroU16;

use crate::error::Fault;
use crate::wire::Part;

/// Receiving side of texts: which part must come next.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Hearing(Option<Unfinished>);

/// A text of which more parts must come.
#[derive(Clone, Copy, Debug)]
struct Unfinished {
    sequence: u32,
    total: u16,
    offset: NonZeroU16,
}

/// Verdict on a part that is in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// It belongs to a new message.
    New,
    /// It belongs to a message that was received before.
    Again,
}

impl Hearing {
    /// Checks that a part is the one that must come next. `last` is the number of the last message received. A first
    /// part is always in order: the sender may give up a text between two parts of it.
    pub(crate) fn next(&mut self, part: &Part<'_>, last: u32) -> Result<Heard, Fault> {
        if part.offset > 0 && !self.0.is_some_and(|unfinished| unfinished.goes_on_with(part)) {
            return Err(Fault::State);
        }
        let Part { sequence, total, .. } = *part;
        // Some of the text has come with each part, or it is the last one.
        let offset = NonZeroU16::new(part.end()).filter(|_| !part.is_last());
        self.0 = offset.map(|offset| Unfinished { sequence, total, offset });
        Ok(if part.sequence > last { Heard::New } else { Heard::Again })
    }
}

impl Unfinished {
    fn goes_on_with(self, part: &Part<'_>) -> bool {
        (part.sequence, part.total, part.offset) == (self.sequence, self.total, self.offset.get())
    }
}
