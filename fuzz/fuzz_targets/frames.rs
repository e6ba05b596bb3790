//! Framing: a stream gives the same frames however it is cut, and frames give the same stream.
#![no_main]

use std::time::Duration;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use p2pm_core::limits::{FRAME_LEN, FRAME_TIMEOUT};
use p2pm_core::time::Instant;
use p2pm_core::wire::{EMPTY_FRAME, Frame, FrameReader, FrameWriter};

#[derive(Arbitrary, Debug)]
struct Input {
    /// Seed of the stream's bytes, which neither reader nor writer interprets.
    seed: u32,
    len: u16,
    cuts: Vec<Cut>,
}

/// A part of the stream that arrives at once, and the time until the next one.
#[derive(Arbitrary, Clone, Copy, Debug)]
struct Cut {
    len: u16,
    seconds: u8,
}

/// Twelve frames and a half cover as much as a thousand.
const STREAM_MAX: usize = 25 * FRAME_LEN / 2;

fuzz_target!(|input: Input| {
    let stream = stream(input.seed, usize::from(input.len) % STREAM_MAX);
    // The rest of the stream follows in parts as large as possible.
    let rest = Cut { len: u16::MAX, seconds: 0 };
    let cuts = || input.cuts.iter().copied().chain(std::iter::repeat(rest));
    read(&stream, cuts());
    write(&stream, cuts());
});

/// Pseudo-random bytes without short repetitions (xorshift32).
fn stream(seed: u32, len: usize) -> Vec<u8> {
    let mut state = seed | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[0]
    };
    (0..len).map(|_| next()).collect()
}

fn read(stream: &[u8], mut cuts: impl Iterator<Item = Cut>) {
    let (mut reader, mut buffer, mut now) = (FrameReader::default(), EMPTY_FRAME, Instant::default());
    let mut frames: Vec<Frame> = Vec::new();
    let (mut rest, mut begun) = (stream, now);
    while !rest.is_empty() {
        let cut = cuts.next().expect("cuts never end");
        let space = reader.space(&mut buffer);
        let len = usize::from(cut.len).clamp(1, space.len().min(rest.len()));
        let (part, behind) = rest.split_at(len);
        space[..len].copy_from_slice(part);
        if reader.is_idle() {
            begun = now;
        }
        if reader.filled(now, len, FRAME_LEN) {
            frames.push(buffer);
        }
        rest = behind;
        let is_partial = !(stream.len() - rest.len()).is_multiple_of(FRAME_LEN);
        assert_eq!(reader.is_idle(), !is_partial);
        assert_eq!(reader.deadline(), is_partial.then(|| begun + FRAME_TIMEOUT));
        now = now + Duration::from_secs(cut.seconds.into());
    }
    assert!(frames.iter().eq(stream.as_chunks::<FRAME_LEN>().0));
}

fn write(stream: &[u8], mut cuts: impl Iterator<Item = Cut>) {
    let (mut writer, mut now) = (FrameWriter::default(), Instant::default());
    let mut written = Vec::new();
    let frames = stream.as_chunks::<FRAME_LEN>().0;
    for frame in frames {
        assert!(writer.is_idle() && writer.rest(frame).is_empty() && writer.deadline().is_none());
        writer.start(now, FRAME_LEN);
        let begun = now;
        while !writer.is_idle() {
            let cut = cuts.next().expect("cuts never end");
            assert_eq!(writer.deadline(), Some(begun + FRAME_TIMEOUT));
            let rest = writer.rest(frame);
            let len = usize::from(cut.len).clamp(1, rest.len());
            written.extend_from_slice(&rest[..len]);
            writer.sent(now, len, FRAME_LEN);
            now = now + Duration::from_secs(cut.seconds.into());
        }
    }
    assert!(written == *frames.as_flattened());
}
