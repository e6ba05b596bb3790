//! Reader and writer of big-endian fields, free of panics.

use crate::error::Fault;

/// Reads fields from the front of a body. Every method fails with [`Fault::Length`] where the body ends.
#[derive(Clone)]
pub struct Reader<'f>(&'f [u8]);

impl<'f> Reader<'f> {
    pub(in crate::wire) fn new(bytes: &'f [u8]) -> Self {
        Self(bytes)
    }

    pub(in crate::wire) fn take(&mut self, len: usize) -> Result<&'f [u8], Fault> {
        let (taken, rest) = self.0.split_at_checked(len).ok_or(Fault::Length)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(in crate::wire) fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(Fault::Length)?;
        self.0 = rest;
        Ok(*taken)
    }

    pub(in crate::wire) fn u8(&mut self) -> Result<u8, Fault> {
        self.array().map(u8::from_be_bytes)
    }

    pub(in crate::wire) fn u16(&mut self) -> Result<u16, Fault> {
        self.array().map(u16::from_be_bytes)
    }

    pub(in crate::wire) fn u32(&mut self) -> Result<u32, Fault> {
        self.array().map(u32::from_be_bytes)
    }

    pub(in crate::wire) fn u64(&mut self) -> Result<u64, Fault> {
        self.array().map(u64::from_be_bytes)
    }

    /// A byte that is 0 or 1.
    pub(in crate::wire) fn flag(&mut self) -> Result<bool, Fault> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Fault::Value),
        }
    }

    /// The next byte, without consuming it.
    pub(in crate::wire) fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    pub(in crate::wire) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All remaining bytes.
    pub(in crate::wire) fn rest(&mut self) -> &'f [u8] {
        core::mem::take(&mut self.0)
    }

    /// Fails with [`Fault::Length`] if bytes remain: a body is exactly as long as its fields.
    pub(in crate::wire) fn finish(self) -> Result<(), Fault> {
        if self.0.is_empty() { Ok(()) } else { Err(Fault::Length) }
    }
}

/// Appends fields to a buffer.
///
/// Every message fits by its type (asserted in [`crate::limits`]), and lists check [`Writer::room`] first;
/// bytes past the end of the buffer would be dropped.
pub struct Writer<'b> {
    buffer: &'b mut [u8],
    len: usize,
}

impl<'b> Writer<'b> {
    pub(in crate::wire) fn new(buffer: &'b mut [u8]) -> Self {
        Self { buffer, len: 0 }
    }

    /// Number of bytes written.
    pub(in crate::wire) fn len(&self) -> usize {
        self.len
    }

    /// Number of bytes that can still be written.
    pub(in crate::wire) fn room(&self) -> usize {
        self.buffer.len().saturating_sub(self.len)
    }

    pub(in crate::wire) fn put(&mut self, bytes: &[u8]) {
        debug_assert!(bytes.len() <= self.room(), "a field past the end of its frame");
        let free = self.buffer.get_mut(self.len..).unwrap_or_default();
        for (to, from) in free.iter_mut().zip(bytes) {
            *to = *from;
        }
        self.len = self.len.saturating_add(bytes.len());
    }

    pub(in crate::wire) fn u8(&mut self, value: u8) {
        self.put(&[value]);
    }

    pub(in crate::wire) fn u16(&mut self, value: u16) {
        self.put(&value.to_be_bytes());
    }

    pub(in crate::wire) fn u32(&mut self, value: u32) {
        self.put(&value.to_be_bytes());
    }

    pub(in crate::wire) fn u64(&mut self, value: u64) {
        self.put(&value.to_be_bytes());
    }

    /// Appends the bytes that `fill` puts at the beginning of the room that is left, as many as it returns.
    pub(in crate::wire) fn fill<E>(
        &mut self,
        fill: impl FnOnce(&mut [u8]) -> Result<usize, E>,
    ) -> Result<usize, E> {
        let room = self.buffer.get_mut(self.len..).unwrap_or_default();
        let filled = fill(room)?.min(room.len());
        self.len = self.len.saturating_add(filled);
        Ok(filled)
    }
}
