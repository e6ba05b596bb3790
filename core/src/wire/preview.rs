//! Small pictures that go with an offer.

use super::cursor::{Reader, Writer};
use crate::error::Fault;
use crate::limits::PREVIEW_PIXELS_MAX;

/// A small picture: rows of pixels from the top, of at most [`PREVIEW_PIXELS_MAX`] in all. There is nothing to be decoded, so
/// whatever a peer sends is a picture of this size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preview<'f> {
    width: u8,
    pixels: &'f [[u8; 2]],
}

impl<'f> Preview<'f> {
    /// Bytes of a pixel: five bits of red, six of green, five of blue, most significant first.
    pub const PIXEL_LEN: usize = 2;

    /// A picture that is `width` pixels wide. The fault Value if the rows are not whole, or there are too many pixels or none.
    pub fn new(width: u8, pixels: &'f [[u8; 2]]) -> Result<Self, Fault> {
        let is_whole = width > 0 && pixels.len().is_multiple_of(width.into());
        if is_whole && (1..=PREVIEW_PIXELS_MAX).contains(&pixels.len()) {
            Ok(Self { width, pixels })
        } else {
            Err(Fault::Value)
        }
    }

    /// Its width, in pixels.
    pub fn width(&self) -> u8 {
        self.width
    }

    /// Its rows, each of as many pixels as it is wide: red, green and blue.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = impl Iterator<Item = [u8; 3]> + use<'f>> + use<'f> {
        self.pixels.chunks_exact(self.width.into()).map(|row| row.iter().map(|pixel| colours(*pixel)))
    }

    /// Its pixels, as they are sent.
    pub fn pixels(&self) -> &'f [[u8; 2]] {
        self.pixels
    }

    /// The rest of a body: nothing, or a width and pixels.
    pub(super) fn read(reader: &mut Reader<'f>) -> Result<Option<Self>, Fault> {
        if reader.is_empty() {
            return Ok(None);
        }
        let width = reader.u8()?;
        let (pixels, half) = reader.rest().as_chunks();
        if half.is_empty() { Self::new(width, pixels).map(Some) } else { Err(Fault::Length) }
    }

    pub(super) fn write(&self, writer: &mut Writer<'_>) {
        writer.u8(self.width);
        writer.put(self.pixels.as_flattened());
    }
}

/// Red, green and blue of a pixel, each over the whole range of a byte.
fn colours(pixel: [u8; 2]) -> [u8; 3] {
    let bits = u16::from_be_bytes(pixel);
    let spread = |value: u16, max: u16| u8::try_from(value * 255 / max).unwrap_or(u8::MAX);
    [spread(bits >> 11, 31), spread((bits >> 5) & 63, 63), spread(bits & 31, 31)]
}

/// The pixel that is closest to red, green and blue.
pub fn pixel([red, green, blue]: [u8; 3]) -> [u8; 2] {
    let gathered = |value: u8, max: u16| (u16::from(value) * max + 127) / 255;
    (gathered(red, 31) << 11 | gathered(green, 63) << 5 | gathered(blue, 31)).to_be_bytes()
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::vec::Vec;

    use super::*;

    #[test]
    fn a_preview_has_whole_rows() {
        let pixels = [[0; 2]; PREVIEW_PIXELS_MAX + 1];
        for (width, len) in [(1, 1), (3, 6), (20, 320), (255, 255)] {
            let preview = Preview::new(width, &pixels[..len]).unwrap();
            assert_eq!(preview.rows().len(), len / usize::from(width));
        }
        for (width, len) in [(0, 1), (1, 0), (3, 7), (1, PREVIEW_PIXELS_MAX + 1)] {
            assert_eq!(Preview::new(width, &pixels[..len]), Err(Fault::Value));
        }
    }

    #[test]
    fn a_pixel_is_the_closest_to_its_colour() {
        for value in 0..=255 {
            for colour in [[value; 3], [value, 0, 0], [0, value, 0], [0, 0, value]] {
                let pixels = [pixel(colour)];
                let rows: Vec<Vec<_>> =
                    Preview::new(1, &pixels).unwrap().rows().map(Iterator::collect).collect();
                let [[red, green, blue]] = rows.concat()[..] else { panic!("one pixel") };
                // Half a step of five bits, and of six.
                for (was, is, step) in [(colour[0], red, 5), (colour[1], green, 3), (colour[2], blue, 5)] {
                    assert!(was.abs_diff(is) <= step, "{colour:?}");
                }
            }
        }
        assert_eq!((pixel([255; 3]), pixel([0; 3])), ([255; 2], [0; 2]));
    }
}
