//! What the beginning of a picture says of it.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::sync::Arc;

use image::{ImageFormat, ImageReader};

use super::SIDE_MAX;
use super::thread::alone;

/// Longest beginning of a picture in which its size is looked for, in bytes.
const HEADER_MAX: u64 = 1 << 20;

/// The media type of the picture in a file of PNG, JPEG, GIF or WebP, whatever its name is, for a program that decodes it itself.
/// `None` for any other file, and a picture that says to have more than `most` pixels or a longer side than [`SIDE_MAX`].
pub fn media_type(file: &Arc<File>, most: u64) -> Option<&'static str> {
    let mut file = Arc::clone(file);
    alone(move || {
        file.seek(SeekFrom::Start(0)).ok()?;
        let reader = ImageReader::new(BufReader::new(file.take(HEADER_MAX))).with_guessed_format().ok()?;
        let media_type = match reader.format()? {
            ImageFormat::Png => "image/png",
            ImageFormat::Jpeg => "image/jpeg",
            ImageFormat::Gif => "image/gif",
            ImageFormat::WebP => "image/webp",
            _ => return None,
        };
        let (width, height) = reader.into_dimensions().ok()?;
        let is_bounded = width.max(height) <= SIDE_MAX && u64::from(width) * u64::from(height) <= most;
        is_bounded.then_some(media_type)
    })
}
