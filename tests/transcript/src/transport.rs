//! Transport of a step, which gives recorded input and takes the emission.

use embedded_io::{Read, Write};
use p2pm_core::drive::{Moved, Transport};

use crate::Error;
use crate::bytes::{Reader, Writer};

/// Value of `room` without a limit.
const NO_LIMIT: u32 = u32::MAX;
/// Length that stands for the end of the transport.
const OVER: u16 = u16::MAX;

/// What a transport did in one step, recorded after the action.
#[derive(Clone, Copy, Debug)]
pub struct Tail<'a> {
    /// Bytes taken before the transport blocked or ended; `None` if it took everything.
    pub taken: Option<(u32, Moved)>,
    /// Input, one chunk per read.
    pub chunks: &'a [&'a [u8]],
    /// Whether the transport has ended.
    pub over: bool,
}

impl Tail<'_> {
    /// Writes the end of a step.
    pub fn write(&self, to: impl Write) -> Result<(), Error> {
        let mut to = Writer::new(to);
        let (room, then) = self.taken.unwrap_or((NO_LIMIT, Moved::Blocked));
        to.put(&room.to_be_bytes())?;
        to.put(&[u8::from(then == Moved::Over)])?;
        for chunk in self.chunks {
            to.bytes(chunk, "chunk")?;
        }
        to.put(&(if self.over { OVER } else { 0 }).to_be_bytes())
    }
}

pub(crate) struct RecordedTransport<'a, R, W> {
    recording: &'a mut Reader<R>,
    emission: &'a mut Writer<W>,
    /// Number of bytes that it still takes, and the result after that.
    room: u32,
    then: Moved,
    /// Rest of the current chunk.
    chunk: u16,
    /// Result after the last chunk, once that is known.
    end: Option<Moved>,
    failed: Option<Error>,
}

impl<'a, R: Read, W: Write> RecordedTransport<'a, R, W> {
    pub(crate) fn read(recording: &'a mut Reader<R>, emission: &'a mut Writer<W>) -> Result<Self, Error> {
        let room = recording.u32()?;
        let then = match recording.u8()? {
            0 => Moved::Blocked,
            1 => Moved::Over,
            _ => return Err(Error::Field("then")),
        };
        Ok(Self { recording, emission, room, then, chunk: 0, end: None, failed: None })
    }

    /// Ends the step: its input must have been read, and nothing may have failed.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        self.next_chunk()?;
        match self.failed {
            Some(error) => Err(error),
            None if self.end.is_none() => Err(Error::Unread),
            None => Ok(()),
        }
    }

    /// Moves on to the next chunk, once this one is empty.
    fn next_chunk(&mut self) -> Result<(), Error> {
        if self.chunk == 0 && self.end.is_none() && self.failed.is_none() {
            match self.recording.u16()? {
                0 => self.end = Some(Moved::Blocked),
                OVER => self.end = Some(Moved::Over),
                chunk => self.chunk = chunk,
            }
        }
        Ok(())
    }

    fn try_receive(&mut self, into: &mut [u8]) -> Result<Moved, Error> {
        self.next_chunk()?;
        if let Some(end) = self.end {
            return Ok(end);
        }
        let len = into.len().min(self.chunk.into());
        self.recording.fill(into.get_mut(..len).unwrap_or_default())?;
        self.chunk = self.chunk.saturating_sub(u16::try_from(len).unwrap_or(u16::MAX));
        Ok(Moved::Bytes(len))
    }

    fn try_send(&mut self, from: &[u8]) -> Result<Moved, Error> {
        if self.room == NO_LIMIT {
            return self.emission.write(from).map(Moved::Bytes);
        }
        let room = usize::try_from(self.room).unwrap_or(usize::MAX);
        let from = from.get(..room).unwrap_or(from);
        if from.is_empty() {
            return Ok(self.then);
        }
        let written = self.emission.write(from)?;
        self.room = self.room.saturating_sub(u32::try_from(written).unwrap_or(u32::MAX));
        Ok(Moved::Bytes(written))
    }

    /// A transport that cannot be played is over.
    fn or_failed(&mut self, moved: Result<Moved, Error>) -> Moved {
        moved.unwrap_or_else(|error| {
            self.failed.get_or_insert(error);
            Moved::Over
        })
    }
}

impl<R: Read, W: Write> Transport for RecordedTransport<'_, R, W> {
    fn receive(&mut self, into: &mut [u8]) -> Moved {
        let moved = self.try_receive(into);
        self.or_failed(moved)
    }

    fn send(&mut self, from: &[u8]) -> Moved {
        let moved = self.try_send(from);
        self.or_failed(moved)
    }
}
