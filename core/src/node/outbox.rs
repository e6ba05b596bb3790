//! Outbox: messages that are kept until everyone they are for has received them.
//!
//! Each text is in memory once, however many it is for. Where there is no room for another, the oldest goes.

use super::contact::ContactId;
use super::{CircleId, SayError};
use crate::wire::Scope;

/// A message in the outbox.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    to: To,
    start: u32,
    len: u16,
}

/// Whom a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// One contact.
    One(ContactId),
    /// Everyone in a circle.
    All(CircleId),
}

/// Ring of messages, numbered from 1.
pub(super) struct Outbox<E, T> {
    entries: E,
    texts: T,
    /// Number of the oldest message kept, or of the next one.
    first: u32,
    /// Number of the next message.
    next: u32,
}

/// A message that was asked for by its number.
pub(super) struct Message<'o> {
    pub(super) sequence: u32,
    pub(super) to: To,
    pub(super) text: &'o [u8],
}

impl Entry {
    /// A row to initialise storage with.
    pub const EMPTY: Self = Self { to: To::All(CircleId(0)), start: 0, len: 0 };

    fn end(&self) -> usize {
        (self.start as usize).saturating_add(self.len.into())
    }
}

impl To {
    pub(super) const fn scope(self) -> Scope {
        match self {
            Self::One(_) => Scope::One,
            Self::All(_) => Scope::All,
        }
    }
}

impl<E: AsRef<[Entry]> + AsMut<[Entry]>, T: AsRef<[u8]> + AsMut<[u8]>> Outbox<E, T> {
    pub(super) const fn new(entries: E, texts: T) -> Self {
        Self { entries, texts, first: 1, next: 1 }
    }

    /// Number that the next message gets.
    pub(super) fn next_sequence(&self) -> u32 {
        self.next
    }

    /// The message with this number; `None` if it is not kept, or not written yet.
    pub(super) fn get(&self, sequence: u32) -> Option<Message<'_>> {
        let entry = self.entry(sequence)?;
        let text = self.texts.as_ref().get(entry.start as usize..entry.end())?;
        Some(Message { sequence, to: entry.to, text })
    }

    /// The messages kept after this number, oldest first.
    pub(super) fn after(&self, sequence: u32) -> impl Iterator<Item = Message<'_>> {
        (self.first.max(sequence.saturating_add(1))..self.next).filter_map(|sequence| self.get(sequence))
    }

    /// Appends a message and returns its number; an error, with nothing changed, if the storage is smaller than the text
    /// or there is no number left. Room is made by dropping the oldest messages: `dropped` is told their numbers.
    pub(super) fn push(
        &mut self,
        to: To,
        text: &[u8],
        mut dropped: impl FnMut(u32, To),
    ) -> Result<u32, SayError> {
        let next = self.next.checked_add(1).ok_or(SayError::Exhausted)?;
        if text.len() > self.texts.as_ref().len() || self.capacity() == 0 {
            return Err(SayError::TooLong);
        }
        let start = loop {
            match self.vacancy(text.len()) {
                Some(start) => break start,
                None => self.drop_oldest(&mut dropped),
            }
        };
        self.write(to, start, text).ok_or(SayError::TooLong)?;
        Ok(core::mem::replace(&mut self.next, next))
    }

    /// Writes the next message, with its text at `start`.
    fn write(&mut self, to: To, start: usize, text: &[u8]) -> Option<()> {
        let entry = Entry { to, start: u32::try_from(start).ok()?, len: u16::try_from(text.len()).ok()? };
        let room = self.texts.as_mut().get_mut(start..)?.get_mut(..text.len())?;
        // Of the same length, which the compiler does not see.
        room.iter_mut().zip(text).for_each(|(place, byte)| *place = *byte);
        let index = self.index(self.next);
        *self.entries.as_mut().get_mut(index)? = entry;
        Some(())
    }

    fn capacity(&self) -> usize {
        self.entries.as_ref().len()
    }

    fn index(&self, sequence: u32) -> usize {
        sequence as usize % self.capacity().max(1)
    }

    fn entry(&self, sequence: u32) -> Option<&Entry> {
        if !(self.first..self.next).contains(&sequence) {
            return None;
        }
        self.entries.as_ref().get(self.index(sequence))
    }

    fn drop_oldest(&mut self, dropped: &mut impl FnMut(u32, To)) {
        if let Some(entry) = self.entry(self.first) {
            dropped(self.first, entry.to);
        }
        // Less than `next` as long as there is one to drop, so this is exact.
        self.first = self.first.saturating_add(1);
    }

    /// Where a text of `len` bytes fits now. Texts are contiguous; the space at the end of the row that is too short
    /// for one stays unused.
    fn vacancy(&self, len: usize) -> Option<usize> {
        let (Some(oldest), Some(newest)) = (self.entry(self.first), self.entry(self.next - 1)) else {
            return Some(0);
        };
        if (self.next - self.first) as usize >= self.capacity() {
            return None;
        }
        let (tail, head) = (oldest.start as usize, newest.end());
        // A row that is full to the last byte would look empty, so one byte stays free where the ring has wrapped.
        if head < tail {
            return (tail - head > len).then_some(head);
        }
        if self.texts.as_ref().len() - head >= len {
            return Some(head);
        }
        (tail > len).then_some(0)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Against a plain queue: what is kept is whole, and only the oldest goes.
        #[test]
        fn the_newest_messages_are_kept_whole(texts in prop::collection::vec((0_u8..=255, 0_usize..40), 0..200)) {
            let mut outbox = Outbox::new([Entry::EMPTY; 8], [0; 64]);
            let mut all: Vec<Vec<u8>> = Vec::new();
            let mut gone = 0;
            for (byte, len) in texts {
                let text = std::vec![byte; len];
                let sequence = outbox.push(To::All(CircleId(0)), &text, |sequence, _| {
                    gone += 1;
                    assert_eq!(sequence, gone);
                });
                all.push(text);
                prop_assert_eq!(sequence, Ok(u32::try_from(all.len()).unwrap()));
                prop_assert!(outbox.get(gone).is_none());
                let kept: Vec<_> = outbox.after(0).map(|message| (message.sequence, message.text.to_vec())).collect();
                let expected: Vec<_> = (1..).zip(all.clone()).skip(gone as usize).collect();
                prop_assert_eq!(kept, expected);
            }
        }
    }

    #[test]
    fn a_text_longer_than_the_storage_is_refused() {
        let mut outbox = Outbox::new([Entry::EMPTY; 2], [0; 8]);
        assert_eq!(outbox.push(To::All(CircleId(0)), &[0; 9], |_, _| ()), Err(SayError::TooLong));
        assert_eq!(outbox.push(To::All(CircleId(0)), &[0; 8], |_, _| ()), Ok(1));
    }

    #[test]
    fn when_the_numbers_are_used_up_what_is_kept_stays() {
        let mut outbox = Outbox::new([Entry::EMPTY; 2], [0; 16]);
        (outbox.first, outbox.next) = (u32::MAX - 3, u32::MAX - 3);
        let mut push = |text: &[u8]| outbox.push(To::All(CircleId(0)), text, |_, _| ());
        for (text, result) in [
            (b"one", Ok(u32::MAX - 3)),
            (b"two", Ok(u32::MAX - 2)),
            (b"six", Ok(u32::MAX - 1)),
            (b"ten", Err(SayError::Exhausted)),
        ] {
            assert_eq!(push(text), result);
        }
        let kept: Vec<_> = outbox.after(0).map(|message| message.text.to_vec()).collect();
        assert_eq!(kept, [b"two", b"six"]);
    }
}
