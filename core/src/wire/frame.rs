//! The frame: 8 bytes of header, a body, zero padding, and a trailer that belongs to the suite.
//!
//! ```text
//! 0        4      5      6        8            8+length        1008      1024
//! | "P2PM" | kind | zero | length | body ...   | zero padding  | trailer |
//! ```

use super::cursor::Writer;
use crate::error::Fault;
use crate::limits::{FRAME_LEN, HEADER_LEN, TRAILER_LEN};

/// A frame of the usual length, as sent. The caller owns the memory. Where a slice is taken in its place, the
/// length of the slice is that of the frame.
pub type Frame = [u8; FRAME_LEN];

/// A zeroed frame, to initialise a buffer with.
pub const EMPTY_FRAME: Frame = [0; FRAME_LEN];

/// First bytes of a plain frame.
pub const MAGIC: [u8; 4] = *b"P2PM";

/// Kind and body of a plain frame. The trailer must be zero by now.
pub(super) fn parse(frame: &[u8]) -> Result<(u8, &[u8]), Fault> {
    let (header, rest) = frame.split_first_chunk::<HEADER_LEN>().ok_or(Fault::Length)?;
    let (room, trailer) = rest.split_last_chunk::<TRAILER_LEN>().ok_or(Fault::Length)?;
    let [m0, m1, m2, m3, kind, reserved, length @ ..] = *header;
    if [m0, m1, m2, m3] != MAGIC {
        return Err(Fault::Magic);
    }
    if reserved != 0 {
        return Err(Fault::Padding);
    }
    let length = u16::from_be_bytes(length).into();
    let (body, padding) = room.split_at_checked(length).ok_or(Fault::Length)?;
    if *trailer != [0; TRAILER_LEN] || !is_zero(padding) {
        return Err(Fault::Padding);
    }
    Ok((kind, body))
}

/// Writes a plain frame: the header, the fields that `body` writes, zeros to the end.
pub(super) fn emit<R>(frame: &mut [u8], kind: u8, body: impl FnOnce(&mut Writer<'_>) -> R) -> R {
    let Some((header, room, trailer)) = split_mut(frame) else { return body(&mut Writer::new(&mut [])) };
    let mut writer = Writer::new(room);
    let result = body(&mut writer);
    let len = writer.len();
    room.get_mut(len..).unwrap_or_default().fill(0);
    *trailer = [0; TRAILER_LEN];

    let [m0, m1, m2, m3] = MAGIC;
    let [high, low] = u16::try_from(len).unwrap_or(u16::MAX).to_be_bytes();
    *header = [m0, m1, m2, m3, kind, 0, high, low];
    result
}

/// Header, room for body and padding, and trailer.
fn split_mut(frame: &mut [u8]) -> Option<(&mut [u8; HEADER_LEN], &mut [u8], &mut [u8; TRAILER_LEN])> {
    let (header, rest) = frame.split_first_chunk_mut()?;
    let (room, trailer) = rest.split_last_chunk_mut()?;
    Some((header, room, trailer))
}

/// Whether every byte is zero, without a branch per byte, so that it vectorises.
fn is_zero(bytes: &[u8]) -> bool {
    let (blocks, rest) = bytes.as_chunks::<64>();
    let any = |bytes: &[u8]| bytes.iter().fold(0, |all, byte| all | byte);
    blocks.iter().fold(any(rest), |all, block| all | any(block)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::BODY_MAX;

    const KIND: u8 = 0x22;

    /// A frame over bytes of another one, with a body of ones.
    fn with_body(len: usize) -> Frame {
        let mut frame = [0xff; FRAME_LEN];
        emit(&mut frame, KIND, |writer| writer.put(&[1; BODY_MAX][..len]));
        frame
    }

    #[test]
    fn a_body_of_any_length_is_parsed_as_it_was_emitted() {
        for len in [0, 1, 63, 64, 65, BODY_MAX - 1, BODY_MAX] {
            assert_eq!(parse(&with_body(len)), Ok((KIND, &[1; BODY_MAX][..len])));
        }
    }

    #[test]
    fn each_part_of_a_frame_is_checked() {
        let changed = |at: usize, byte| {
            let mut frame = with_body(3);
            frame[at] = byte;
            parse(&frame).err()
        };
        assert_eq!(changed(0, b'Q'), Some(Fault::Magic));
        assert_eq!(changed(5, 1), Some(Fault::Padding));
        for first_or_last in [11, 1007, 1008, 1023] {
            assert_eq!(changed(first_or_last, 1), Some(Fault::Padding), "{first_or_last}");
        }
        // A body of 2 bytes, of 771, and past the end.
        assert_eq!([2, 3].map(|length| changed(7, length)), [Some(Fault::Padding), None]);
        assert_eq!([3, 4].map(|length| changed(6, length)), [None, Some(Fault::Length)]);
        assert_eq!(parse(&with_body(0)[..HEADER_LEN + TRAILER_LEN - 1]), Err(Fault::Length));
    }
}
