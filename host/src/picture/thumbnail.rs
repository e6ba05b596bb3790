//! The preview of a picture, for its offer.

use p2pm_core::wire::{Preview, pixel};

use super::{Fit, Picture};

/// A preview in memory of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thumbnail {
    width: u8,
    pixels: Vec<[u8; Preview::PIXEL_LEN]>,
}

impl Thumbnail {
    /// As it is sent.
    pub fn preview(&self) -> Option<Preview<'_>> {
        Preview::new(self.width, &self.pixels).ok()
    }
}

impl From<&Picture> for Thumbnail {
    fn from(picture: &Picture) -> Self {
        let small = picture.scaled(Fit::Preview);
        Self {
            width: u8::try_from(small.width()).unwrap_or_default(),
            pixels: small.0.pixels().map(|it| pixel(it.0)).collect(),
        }
    }
}
