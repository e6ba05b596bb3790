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
