//! Decoding, with bounds that hold before anything is decoded.

use std::io::{BufRead, Seek};

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits, Rgb, RgbImage};

use super::{Fit, Picture};

/// Longest file that is decoded, in bytes.
pub const FILE_MAX: u64 = 32 << 20;
/// Longest side of a picture that is decoded, in pixels.
pub const SIDE_MAX: u32 = 16_384;
/// Most pixels of a picture that is decoded: those of a camera with 24 million. JPEG that is built up in passes takes three times as
/// much memory as other JPEG.
pub const PIXELS_MAX: u64 = 25_000_000;
/// Most bytes of these pixels.
pub const DECODED_MAX: u64 = 100_000_000;

/// Shortest sides of what a picture is scaled to at once: where every pixel goes into one, their sum might be too large.
const SCALED_MIN: u32 = 8;

/// What is behind a picture that one can see through.
const PAPER: u8 = 255;

/// The picture in a file of PNG, JPEG, GIF or WebP, whatever its name is; of several, the first. `None` for any other file, one
/// with a mistake, and a picture of more than `most` pixels, or beyond the other limits.
pub fn decode(file: impl BufRead + Seek, fit: Fit, most: u64) -> Option<Picture> {
    let mut reader = ImageReader::new(file).with_guessed_format().ok()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(DECODED_MAX);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().ok()?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if !(1..=most).contains(&pixels) || decoder.total_bytes() > DECODED_MAX {
        return None;
    }
    // A picture whose notes are wrong is shown as it lies.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let whole = DynamicImage::from_decoder(decoder).ok()?;
    let is_on_its_side = is_on_its_side(orientation);
    let target = fit.size(if is_on_its_side { (height, width) } else { (width, height) });
    let mut image = scaled(whole, if is_on_its_side { (target.1, target.0) } else { target });
    image.apply_orientation(orientation);
    Some(Picture(on_paper(&image)).resized(target))
}

/// Scales a picture to this size, but no side to less than [`SCALED_MIN`].
fn scaled(whole: DynamicImage, target: (u32, u32)) -> DynamicImage {
    let size = (whole.width(), whole.height());
    let target = (target.0.max(SCALED_MIN).min(size.0), target.1.max(SCALED_MIN).min(size.1));
    if target == size { whole } else { whole.thumbnail_exact(target.0, target.1) }
}

fn is_on_its_side(orientation: Orientation) -> bool {
    matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    )
}

/// A picture that one cannot see through.
fn on_paper(image: &DynamicImage) -> RgbImage {
    let image = image.to_rgba8();
    let mut opaque = RgbImage::new(image.width(), image.height());
    for (pixel, opaque) in image.pixels().zip(opaque.pixels_mut()) {
        let [red, green, blue, alpha] = pixel.0;
        *opaque = Rgb([red, green, blue].map(|colour| mixed(colour, alpha)));
    }
    opaque
}

/// A colour before the paper.
fn mixed(colour: u8, alpha: u8) -> u8 {
    let [colour, alpha, paper, most] = [colour, alpha, PAPER, u8::MAX].map(u32::from);
    u8::try_from((colour * alpha + paper * (most - alpha)) / most).unwrap_or(PAPER)
}
