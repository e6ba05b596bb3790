//! How large a picture is shown.

use p2pm_core::limits::PREVIEW_PIXELS_MAX;

/// How large a picture is to be at most. It never becomes larger than it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// As a preview of an offer is.
    Preview,
    /// So many pixels wide and high.
    Within(u32, u32),
}

impl Fit {
    /// The size that one of this width and height gets, in pixels; none of the four is 0.
    pub(super) fn size(self, (width, height): (u32, u32)) -> (u32, u32) {
        let [wide, high] = [width, height].map(u64::from);
        let (new_width, new_height) = match self {
            Self::Preview => {
                let most = PREVIEW_PIXELS_MAX as u64;
                let new_width = (most * wide / high).isqrt().clamp(1, wide.min(u8::MAX.into()));
                (new_width, (new_width * high / wide).clamp(1, most / new_width))
            }
            Self::Within(columns, rows) => {
                let [columns, rows] = [columns, rows].map(|side| u64::from(side.max(1)));
                if wide <= columns && high <= rows {
                    (wide, high)
                } else if wide * rows >= high * columns {
                    (columns, (high * columns / wide).max(1))
                } else {
                    ((wide * rows / high).max(1), rows)
                }
            }
        };
        // Neither is longer than the side that it was, or than the side that it is to fit.
        [new_width, new_height].map(|side| u32::try_from(side).unwrap_or(u32::MAX)).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_has_the_shape_of_its_picture_and_few_pixels() {
        for (size, preview) in [
            ((4000, 3000), (20, 15)),
            ((3000, 4000), (15, 20)),
            ((1920, 1080), (23, 12)),
            ((100, 100), (17, 17)),
            ((16, 16), (16, 16)),
            ((1, 1), (1, 1)),
            ((16_384, 16), (255, 1)),
            ((16, 16_384), (1, 320)),
            ((1000, 1), (255, 1)),
        ] {
            assert_eq!(Fit::Preview.size(size), preview, "{size:?}");
            assert!(preview.0 * preview.1 <= u32::try_from(PREVIEW_PIXELS_MAX).unwrap());
        }
    }

    #[test]
    fn what_fits_stays_as_it_is_and_all_else_touches_two_sides() {
        for (size, fit) in [
            ((30, 20), (30, 20)),
            ((80, 40), (80, 40)),
            ((160, 80), (80, 40)),
            ((100, 1000), (4, 40)),
            ((1000, 100), (80, 8)),
            ((16_384, 1), (80, 1)),
            ((1, 16_384), (1, 40)),
        ] {
            assert_eq!(Fit::Within(80, 40).size(size), fit, "{size:?}");
        }
        assert_eq!(Fit::Within(0, 0).size((7, 7)), (1, 1));
    }
}
