//! Framing of a byte stream. Only this module knows that a stream can split a frame anywhere.

use crate::limits::frame_timeout;
use crate::time::Instant;

/// Bytes of a frame that have crossed, and the deadline for the rest.
#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    bytes: usize,
    deadline: Option<Instant>,
}

impl Progress {
    /// Counts `bytes` more of a frame of `len` bytes; true once it is whole.
    fn advance(&mut self, now: Instant, bytes: usize, len: usize) -> bool {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes >= len {
            *self = Self::default();
            return true;
        }
        if self.bytes > 0 && self.deadline.is_none() {
            self.deadline = Some(now + frame_timeout(len));
        }
        false
    }
}

/// Collects a frame from a stream, in a buffer that the caller lends, the same one while
/// [`FrameReader::is_idle`] is false.
#[derive(Clone, Copy, Debug, Default)]
pub struct FrameReader(Progress);

impl FrameReader {
    /// Free part of the buffer, for the next bytes of the stream; never empty.
    pub fn space<'b>(&self, buffer: &'b mut [u8]) -> &'b mut [u8] {
        buffer.get_mut(self.0.bytes..).unwrap_or_default()
    }

    /// Records that `bytes` of the [space](Self::space) were filled, in a buffer of `len` bytes. True once
    /// the buffer holds a whole frame, for the caller to use; the next frame starts at its beginning.
    pub fn filled(&mut self, now: Instant, bytes: usize, len: usize) -> bool {
        self.0.advance(now, bytes, len)
    }

    /// Whether no frame is half received, so that the buffer is not in use.
    pub fn is_idle(&self) -> bool {
        self.0.bytes == 0
    }

    /// Deadline of the frame that is half received.
    pub fn deadline(&self) -> Option<Instant> {
        self.0.deadline
    }

    /// Discards the frame that is half received.
    pub fn give_up(&mut self) {
        *self = Self::default();
    }
}

/// Writes a frame to a stream, from a buffer that the caller lends, the same one while
/// [`FrameWriter::is_idle`] is false.
#[derive(Clone, Copy, Debug, Default)]
pub struct FrameWriter {
    progress: Progress,
    busy: bool,
}

impl FrameWriter {
    /// Starts a frame of `len` bytes, which the buffer holds. Allowed only when idle.
    pub fn start(&mut self, now: Instant, len: usize) {
        debug_assert!(self.is_idle(), "the last frame is not fully sent");
        *self =
            Self { progress: Progress { bytes: 0, deadline: Some(now + frame_timeout(len)) }, busy: true };
    }

    /// The bytes to send next; empty when idle.
    pub fn rest<'b>(&self, buffer: &'b [u8]) -> &'b [u8] {
        if self.busy { buffer.get(self.progress.bytes..).unwrap_or_default() } else { &[] }
    }

    /// Records that `bytes` of the [rest](Self::rest) were sent, from a buffer of `len` bytes.
    pub fn sent(&mut self, now: Instant, bytes: usize, len: usize) {
        self.busy = !self.progress.advance(now, bytes, len);
    }

    /// Whether no frame is half sent, so that the buffer is not in use.
    pub fn is_idle(&self) -> bool {
        !self.busy
    }

    /// Deadline of the frame that is half sent.
    pub fn deadline(&self) -> Option<Instant> {
        self.progress.deadline
    }

    /// Discards the frame that is half sent.
    pub fn give_up(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;
    use crate::limits::{FRAME_LEN, FRAME_LEN_MAX, FRAME_TIMEOUT};
    use crate::wire::{EMPTY_FRAME, Frame};

    const NOW: Instant = Instant::from_millis(5);

    #[test]
    fn any_split_gives_the_same_frames() {
        for step in [1, 2, 7, 511, 1023, 1024] {
            let mut reader = FrameReader::default();
            let mut buffer = EMPTY_FRAME;
            let mut frames = 0;
            let stream: [u8; 4 * FRAME_LEN] =
                core::array::from_fn(|i| u8::try_from(i / FRAME_LEN).unwrap() + 1);
            let mut rest = &stream[..];
            while !rest.is_empty() {
                let space = reader.space(&mut buffer);
                let take = step.min(space.len()).min(rest.len());
                space[..take].copy_from_slice(&rest[..take]);
                rest = &rest[take..];
                if reader.filled(NOW, take, FRAME_LEN) {
                    frames += 1;
                    assert!(buffer.iter().all(|byte| *byte == frames));
                    assert!(reader.is_idle() && reader.deadline().is_none());
                }
            }
            assert_eq!(frames, 4);
        }
    }

    #[test]
    fn half_a_frame_has_a_deadline_from_its_first_byte() {
        let mut reader = FrameReader::default();
        assert_eq!(reader.deadline(), None);
        reader.filled(NOW, 1, FRAME_LEN);
        reader.filled(NOW + FRAME_TIMEOUT, 1, FRAME_LEN);
        assert_eq!(reader.deadline(), Some(NOW + FRAME_TIMEOUT));
        assert!(!reader.is_idle());
    }

    #[test]
    fn a_frame_is_written_once_however_little_is_taken() {
        let mut writer = FrameWriter::default();
        let buffer: Frame = core::array::from_fn(|i| u8::try_from(i % 251).unwrap());
        assert!(writer.rest(&buffer).is_empty());
        writer.start(NOW, FRAME_LEN);
        let mut taken = 0;
        while !writer.is_idle() {
            assert_eq!(writer.rest(&buffer), &buffer[taken..]);
            let step = 100.min(FRAME_LEN - taken);
            writer.sent(NOW, step, FRAME_LEN);
            taken += step;
        }
        assert_eq!(taken, FRAME_LEN);
        assert_eq!(writer.deadline(), None);
    }

    #[test]
    fn a_longer_frame_has_more_time() {
        let mut writer = FrameWriter::default();
        writer.start(NOW, FRAME_LEN_MAX);
        // 63 KiB beyond the first, at 2 KiB per second.
        assert_eq!(writer.deadline(), Some(NOW + FRAME_TIMEOUT + Duration::from_millis(31_500)));
        writer.sent(NOW, FRAME_LEN, FRAME_LEN_MAX);
        assert!(!writer.is_idle());
    }
}
