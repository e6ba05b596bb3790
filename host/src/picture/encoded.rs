//! A picture as JSON.

use image::RgbImage;
use serde::{Deserialize, Serialize};

use super::Picture;

/// Bytes of a pixel.
const PIXEL_LEN: usize = 3;

/// Width and height, and two hexadecimal digits each of red, green and blue of every pixel.
#[derive(Serialize, Deserialize)]
pub(super) struct Encoded {
    width: u32,
    height: u32,
    rgb: String,
}

impl From<Picture> for Encoded {
    fn from(picture: Picture) -> Self {
        let rgb = base16ct::lower::encode_string(picture.0.as_raw());
        Self { width: picture.width(), height: picture.height(), rgb }
    }
}

impl TryFrom<Encoded> for Picture {
    type Error = &'static str;

    fn try_from(Encoded { width, height, rgb }: Encoded) -> Result<Self, Self::Error> {
        let bytes =
            base16ct::lower::decode_vec(rgb).map_err(|_| "the pixels of a picture are hexadecimal")?;
        let pixels = (bytes.len() / PIXEL_LEN) as u64;
        // What is more than its pixels would be taken for a part of them.
        if pixels == 0
            || !bytes.len().is_multiple_of(PIXEL_LEN)
            || u64::from(width) * u64::from(height) != pixels
        {
            return Err("a picture has as many pixels as its width and height say");
        }
        RgbImage::from_raw(width, height, bytes).map(Self).ok_or("a picture has whole rows")
    }
}
