//! Pictures: the small ones that go with an offer, and those that have come. Whatever is decoded may be hostile.

mod decode;
mod encoded;
mod fit;
mod header;
mod thread;
mod thumbnail;

use std::fmt;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder, RgbImage, imageops};
use p2pm_core::wire::Preview;
use serde::{Deserialize, Serialize};

pub use self::decode::{DECODED_MAX, FILE_MAX, PIXELS_MAX, SIDE_MAX, decode};
use self::encoded::Encoded;
pub use self::fit::Fit;
pub use self::header::media_type;
pub use self::thread::{open, read};
pub use self::thumbnail::Thumbnail;

/// A picture in memory, of at least one pixel.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Encoded", into = "Encoded")]
pub struct Picture(RgbImage);

impl Picture {
    /// Its width, in pixels.
    pub fn width(&self) -> u32 {
        self.0.width()
    }

    /// Its height, in pixels.
    pub fn height(&self) -> u32 {
        self.0.height()
    }

    /// Red, green and blue of the pixel in this column and this row, from the left and from the top; `None` outside.
    pub fn pixel(&self, column: u32, row: u32) -> Option<[u8; 3]> {
        self.0.get_pixel_checked(column, row).map(|pixel| pixel.0)
    }

    /// The same, no larger than this.
    #[must_use]
    pub fn scaled(&self, fit: Fit) -> Self {
        self.resized(fit.size(self.0.dimensions()))
    }

    /// The same, in another size of at least one pixel.
    fn resized(&self, (width, height): (u32, u32)) -> Self {
        if (width, height) == self.0.dimensions() {
            self.clone()
        } else {
            Self(imageops::thumbnail(&self.0, width, height))
        }
    }

    /// As a file of PNG.
    ///
    /// # Panics
    ///
    /// Never: it has its pixels.
    pub fn png(&self) -> Vec<u8> {
        let mut file = Vec::new();
        let encoder = PngEncoder::new_with_quality(&mut file, CompressionType::Fast, FilterType::Adaptive);
        let (width, height) = self.0.dimensions();
        let written = encoder.write_image(self.0.as_raw(), width, height, ExtendedColorType::Rgb8);
        written.expect("memory takes all");
        file
    }
}

impl From<&Preview<'_>> for Picture {
    fn from(preview: &Preview<'_>) -> Self {
        let rows = preview.rows();
        let size = (preview.width().into(), u32::try_from(rows.len()).unwrap_or(1));
        let pixels = rows.flatten().flatten().collect();
        Self(RgbImage::from_raw(size.0, size.1, pixels).expect("a preview has whole rows"))
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture({}x{})", self.width(), self.height())
    }
}

#[cfg(test)]
pub(crate) mod tests;
