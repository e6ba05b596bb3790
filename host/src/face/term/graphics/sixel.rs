//! Sixels, of the VT340: <https://vt100.net/docs/vt3xx-gp/chapter14.html>.

use std::collections::BTreeMap;
use std::fmt::Write;

use ratatui::layout::Size;

use super::Graphic;
use crate::picture::Picture;

/// Steps of red, of green and of blue: together no more colours than the 256 that terminals have.
const STEPS: u8 = 6;
/// Pixels that are in one character, one below the other.
const BAND: usize = 6;
/// Equal characters from which on they are counted.
const RUN_MIN: usize = 4;
/// The order in which the pixels of a square become brighter (Bayer 1973).
const ORDER: [[u16; 4]; 4] = [[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]];

/// The picture with fewer colours, mixed of dots.
pub(super) fn draw(picture: &Picture, size: Size) -> Graphic {
    let (width, height) = (picture.width(), picture.height());
    // Pixels are square; those that are not drawn stay as they are.
    let mut draw = format!("\x1bP0;1;0q\"1;1;{width};{height}");
    let steps = 0..STEPS;
    let colours =
        steps.clone().flat_map(|r| steps.clone().flat_map(move |g| (0..STEPS).map(move |b| [r, g, b])));
    for (number, colour) in colours.enumerate() {
        // In hundredths.
        let [red, green, blue] = colour.map(|step| u16::from(step) * 100 / u16::from(STEPS - 1));
        write!(draw, "#{number};2;{red};{green};{blue}").expect("memory takes all");
    }
    let rows: Vec<u32> = (0..height).collect();
    for (nth, band) in rows.chunks(BAND).enumerate() {
        if nth > 0 {
            draw.push('-');
        }
        draw_band(&mut draw, picture, band);
    }
    draw.push_str("\x1b\\");
    Graphic { size, draw: draw.into_bytes(), remove: b"" }
}

/// Draws six rows, or as many as there are: one colour after the other.
fn draw_band(draw: &mut String, picture: &Picture, rows: &[u32]) {
    let width = usize::try_from(picture.width()).unwrap_or_default();
    let mut colours = BTreeMap::new();
    for (bit, row) in rows.iter().enumerate() {
        for (at, column) in (0..picture.width()).enumerate() {
            let pixel = picture.pixel(column, *row).unwrap_or_default();
            let characters = colours.entry(number(pixel, column, *row)).or_insert_with(|| vec![0_u8; width]);
            characters[at] |= 1 << bit;
        }
    }
    for (number, characters) in colours {
        write!(draw, "#{number}").expect("memory takes all");
        for run in characters.chunk_by(PartialEq::eq) {
            let letter = char::from(b'?' + run[0]);
            if run.len() < RUN_MIN {
                draw.extend(run.iter().map(|_| letter));
            } else {
                write!(draw, "!{}{letter}", run.len()).expect("memory takes all");
            }
        }
        // Back to the beginning of the band.
        draw.push('$');
    }
}

/// Number of the colour of a pixel.
fn number(pixel: [u8; 3], column: u32, row: u32) -> u8 {
    let order = ORDER[row as usize % 4][column as usize % 4];
    let most = u16::from(u8::MAX);
    let threshold = order * most / 16 + most / 32;
    let step = |value: u8| (u16::from(value) * u16::from(STEPS - 1) + threshold) / most;
    pixel.iter().fold(0, |number, value| {
        number * STEPS + u8::try_from(step(*value)).unwrap_or_default().min(STEPS - 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::tests::{noise, plain};

    /// The characters behind the colours.
    fn drawn(picture: &Picture) -> String {
        let Graphic { draw, .. } = draw(picture, Size::new(1, 1));
        let draw = String::from_utf8(draw).unwrap();
        let (_, drawn) = draw.split_once("#215;2;100;100;100").unwrap();
        drawn.strip_suffix("\x1b\\").unwrap().to_owned()
    }

    #[test]
    fn plain_colours_are_those_that_there_are() {
        // Seven rows: one band, and a row of the next.
        assert_eq!(drawn(&plain(5, 7, [255; 3])), "#215!5~$-#215!5@$");
        assert_eq!(drawn(&plain(2, 6, [255, 0, 0])), "#180~~$");
        assert_eq!(drawn(&plain(1, 1, [0; 3])), "#0@$");
        assert_eq!(drawn(&plain(1, 1, [0, 102, 51])), "#13@$");
    }

    #[test]
    fn other_colours_are_mixed() {
        // Between the second step of grey and the third.
        let drawn = drawn(&plain(4, 4, [76; 3]));
        let dots = |colour: &str| {
            let (_, rest) = drawn.split_once(colour).unwrap();
            let characters = rest.split('$').next().unwrap();
            characters.bytes().map(|it| (it - b'?').count_ones()).sum::<u32>()
        };
        assert_eq!(dots("#43") + dots("#86"), 16, "{drawn}");
        assert!(dots("#43").abs_diff(dots("#86")) <= 2, "{drawn}");
    }

    #[test]
    fn nothing_but_sixels_is_written() {
        let drawn = drawn(&noise(40, 30));
        assert!(drawn.bytes().all(|it| (b'!'..=b'~').contains(&it)));
    }
}
