//! Pictures: as characters in a conversation, and over all else.

use ratatui::Frame;
use ratatui::layout::{Constraint, Position, Rect, Size};
use ratatui::style::{Color, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph};

use super::{CLOSES, shorten};
use crate::face::term::app::Look;
use crate::face::term::graphics::{Colours, Graphic, View};
use crate::picture::Picture;

/// A character whose upper half is ink.
const UPPER_HALF: &str = "▀";

/// First grey of the palette, and how many there are.
const GREYS: (u8, u8) = (232, 24);
/// First colour of the cube in the palette, and the values along its sides.
const CUBE: (u8, [u8; 6]) = (16, [0, 95, 135, 175, 215, 255]);

/// A picture in lines of characters, each of one pixel above another.
pub(super) fn lines(picture: &Picture, colours: Colours) -> Vec<Line<'static>> {
    let row = |upper: u32| {
        let cells = (0..picture.width()).map(|column| {
            let [ink, paper] = [upper, upper + 1].map(|row| picture.pixel(column, row));
            let colour = |pixel: Option<[u8; 3]>| pixel.and_then(|pixel| colour(pixel, colours));
            Span::styled(UPPER_HALF, Style { fg: colour(ink), bg: colour(paper), ..Style::new() })
        });
        Line::from(cells.collect::<Vec<_>>())
    };
    if colours == Colours::None { Vec::new() } else { (0..picture.height()).step_by(2).map(row).collect() }
}

fn colour([red, green, blue]: [u8; 3], colours: Colours) -> Option<Color> {
    match colours {
        Colours::None => None,
        Colours::Palette => Some(Color::Indexed(closest([red, green, blue]))),
        Colours::All => Some(Color::Rgb(red, green, blue)),
    }
}

/// Number of the colour in the palette of 256 that is closest.
fn closest(pixel: [u8; 3]) -> u8 {
    let distance = |other: [u8; 3]| -> u32 {
        pixel.iter().zip(other).map(|(one, other)| u32::from(one.abs_diff(other)).pow(2)).sum()
    };
    let (first, sides) = CUBE;
    let steps = pixel.map(|value| {
        let steps = (0_u8..).zip(sides);
        steps.min_by_key(|(_, side)| side.abs_diff(value)).map_or((0, 0), |step| step)
    });
    let [red, green, blue] = steps.map(|(step, _)| step);
    let of_cube = (first + 36 * red + 6 * green + blue, steps.map(|(_, side)| side));
    let greys = (0..GREYS.1).map(|nth| (GREYS.0 + nth, [8 + 10 * nth; 3]));
    let all = [of_cube].into_iter().chain(greys);
    all.min_by_key(|(_, other)| distance(*other)).map_or(0, |(number, _)| number)
}

fn frame_of(look: &Look, area: Rect) -> Block<'_> {
    let name = shorten(&look.name, usize::from(area.width).saturating_sub(4));
    Block::bordered().title(format!(" {name} ")).title_bottom(CLOSES)
}

/// Cells inside of the frame.
pub(in crate::face::term) fn room(area: Rect) -> Size {
    Block::bordered().inner(area).as_size()
}

/// Draws the picture that is looked at, but for what the terminal draws by its own graphics.
pub(super) fn draw(frame: &mut Frame<'_>, look: &Look, colours: Colours) {
    let block = frame_of(look, frame.area());
    let inside = block.inner(frame.area());
    frame.render_widget(block, frame.area());
    match look.view() {
        Some(View::Blocks(picture)) => {
            let lines = lines(picture, colours);
            let height = Constraint::Length(u16::try_from(lines.len()).unwrap_or(u16::MAX));
            let width = Constraint::Length(u16::try_from(picture.width()).unwrap_or(u16::MAX));
            frame.render_widget(Paragraph::new(lines), inside.centered(width, height));
        }
        Some(View::Graphic(_)) => {}
        None => frame.render_widget(Paragraph::new("…"), inside),
    }
}

/// Where the terminal is to draw a graphic.
pub(in crate::face::term) fn place(area: Rect, graphic: &Graphic) -> Position {
    let Size { width, height } = graphic.size;
    let inside = Block::bordered().inner(area);
    inside.centered(Constraint::Length(width), Constraint::Length(height)).as_position()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::tests::plain;

    #[test]
    fn a_character_is_of_two_pixels() {
        let rows = lines(&plain(2, 3, [255, 0, 128]), Colours::All);
        assert_eq!(rows.iter().map(ToString::to_string).collect::<Vec<_>>(), ["▀▀", "▀▀"]);
        let ink = Some(Color::Rgb(255, 0, 128));
        let style = |row: usize| rows[row].spans[0].style;
        assert_eq!((style(0).fg, style(0).bg), (ink, ink));
        assert_eq!((style(1).fg, style(1).bg), (ink, None), "there is no fourth row");
        assert!(lines(&plain(2, 3, [0; 3]), Colours::None).is_empty());
    }

    #[test]
    fn the_closest_colour_of_the_palette_is_taken() {
        for (pixel, number) in [
            ([0, 0, 0], 16),
            ([255, 255, 255], 231),
            ([255, 0, 0], 196),
            ([100, 130, 170], 67),
            ([20, 20, 20], 233),
            ([128, 128, 128], 244),
        ] {
            assert_eq!(closest(pixel), number, "{pixel:?}");
        }
    }
}
