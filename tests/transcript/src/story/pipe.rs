//! A connection in memory.

use core::mem;

use p2pm_core::drive::{Moved, Transport};

/// Less than a frame, so that each one comes in pieces.
const ROOM: usize = 700;

/// Bytes on their way in one direction.
pub(super) struct Pipe {
    bytes: [u8; ROOM],
    len: usize,
    is_over: bool,
    /// Whether anything was taken out since that was asked.
    has_moved: bool,
}

impl Pipe {
    pub(super) const EMPTY: Self = Self { bytes: [0; ROOM], len: 0, is_over: false, has_moved: false };

    /// What is on its way.
    pub(super) fn content(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// Nothing comes after what is on its way.
    pub(super) fn end(&mut self) {
        self.is_over = true;
    }

    /// What is on its way is lost, and nothing comes after it.
    pub(super) fn cut(&mut self) {
        self.len = 0;
        self.is_over = true;
    }

    pub(super) fn take_moved(&mut self) -> bool {
        mem::take(&mut self.has_moved)
    }

    fn put(&mut self, from: &[u8]) -> usize {
        let room = self.bytes.get_mut(self.len..).unwrap_or_default();
        let count = from.len().min(room.len());
        room.iter_mut().zip(from).for_each(|(place, byte)| *place = *byte);
        self.len += count;
        count
    }

    fn take(&mut self, into: &mut [u8]) -> usize {
        let count = into.len().min(self.len);
        into.iter_mut().zip(self.content()).for_each(|(place, byte)| *place = *byte);
        self.bytes.copy_within(count..self.len, 0);
        self.len -= count;
        self.has_moved |= count > 0;
        count
    }
}

/// One end of a connection.
pub(super) struct PipeEnd<'p> {
    pub(super) outgoing: &'p mut Pipe,
    pub(super) incoming: &'p mut Pipe,
}

impl Transport for PipeEnd<'_> {
    fn receive(&mut self, into: &mut [u8]) -> Moved {
        match self.incoming.take(into) {
            0 if self.incoming.is_over => Moved::Over,
            0 => Moved::Blocked,
            count => Moved::Bytes(count),
        }
    }

    fn send(&mut self, from: &[u8]) -> Moved {
        if self.outgoing.is_over {
            return Moved::Over;
        }
        match self.outgoing.put(from) {
            0 => Moved::Blocked,
            count => Moved::Bytes(count),
        }
    }
}
