//! Pictures on a terminal: by its own graphics, or as characters.

mod iterm;
mod kitty;
mod sixel;

use std::env;
use std::path::Path;
use std::sync::Arc;

use clap::ValueEnum;
use ratatui::crossterm::terminal::{WindowSize, window_size};
use ratatui::layout::Size;

use crate::picture::{self, Fit, Picture};

/// Size of a picture in a conversation, in pixels: a character is one wide and two high.
pub(super) const SMALL: Fit = Fit::Within(48, 2 * SMALL_ROWS);
/// Rows of such a picture.
pub(super) const SMALL_ROWS: u32 = 10;

/// Most pixels, in width and in height, that the terminal is sent: it may be far away.
const SENT_MAX: (u32, u32) = (1280, 1024);
/// Size of a cell that does not say how large it is, in pixels.
const USUAL_CELL: (u32, u32) = (8, 16);

/// How a terminal shows pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Pictures {
    /// By the graphics protocol of kitty
    Kitty,
    /// By that of `iTerm2`
    Iterm,
    /// As sixels
    Sixel,
    /// As characters, of two pixels each
    Blocks,
    /// Not at all
    None,
}

/// The colours that characters have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colours {
    /// Too few for a picture, or none because the user wants none.
    None,
    /// 256.
    Palette,
    /// Red, green and blue, of a byte each.
    All,
}

/// What a terminal has for pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Means {
    pictures: Pictures,
    pub(super) colours: Colours,
}

/// A picture that fills the screen.
#[derive(Clone, Debug)]
pub(super) enum View {
    Blocks(Picture),
    Graphic(Arc<Graphic>),
}

/// A picture by the graphics of a terminal.
#[derive(Debug)]
pub(super) struct Graphic {
    /// The cells that it is in.
    pub(super) size: Size,
    /// What draws it where the cursor is, which does not matter afterwards.
    pub(super) draw: Vec<u8>,
    /// What removes it, other than to write over it.
    pub(super) remove: &'static [u8],
}

impl Default for Means {
    fn default() -> Self {
        Self { pictures: Pictures::Blocks, colours: Colours::All }
    }
}

impl Means {
    /// Those of this terminal, as far as its environment tells; `chosen` is what the user says. The terminal is not asked: its
    /// answer would come among the keys, or not at all.
    pub(super) fn of_terminal(chosen: Option<Pictures>) -> Self {
        Self::told_by(chosen, |name| env::var(name).unwrap_or_default())
    }

    /// The same, with the value of each environment variable.
    pub(super) fn told_by(chosen: Option<Pictures>, variable: impl Fn(&str) -> String) -> Self {
        let pictures = chosen.unwrap_or_else(|| Pictures::told_by(&variable));
        let colours = Colours::told_by(&variable);
        let colours = if pictures == Pictures::None { Colours::None } else { colours };
        Self { pictures, colours }
    }

    /// Whether a picture can fill the screen.
    pub(super) fn can_view(self) -> bool {
        match self.pictures {
            Pictures::Kitty | Pictures::Iterm | Pictures::Sixel => true,
            Pictures::Blocks => self.colours != Colours::None,
            Pictures::None => false,
        }
    }

    /// The picture in a file, for so many cells. Takes its time.
    pub(super) fn view(self, path: &Path, room: Size) -> Option<View> {
        let cell = cell_size();
        let draw: fn(&Picture, Size) -> Graphic = match (self.pictures, cell) {
            (Pictures::None, _) => return None,
            // Sixels are pixels: without the size of a cell it is not known which cells they are in.
            (Pictures::Blocks, _) | (Pictures::Sixel, None) => {
                let fit = Fit::Within(room.width.into(), u32::from(room.height) * 2);
                return picture::open(path, fit).map(View::Blocks);
            }
            (Pictures::Kitty, _) => kitty::draw,
            (Pictures::Iterm, _) => iterm::draw,
            (Pictures::Sixel, _) => sixel::draw,
        };
        let (width, height) = cell.unwrap_or(USUAL_CELL);
        let (wide, high) = (u32::from(room.width) * width, u32::from(room.height) * height);
        let picture = picture::open(path, Fit::Within(wide.min(SENT_MAX.0), high.min(SENT_MAX.1)))?;
        let cells = |pixels: u32, cell: u32| u16::try_from(pixels.div_ceil(cell)).unwrap_or(u16::MAX);
        let size = Size::new(cells(picture.width(), width), cells(picture.height(), height));
        Some(View::Graphic(Arc::new(draw(&picture, size))))
    }
}

impl Pictures {
    fn told_by(variable: impl Fn(&str) -> String) -> Self {
        let [term, program] = ["TERM", "TERM_PROGRAM"].map(&variable);
        let is_set = |name: &str| !variable(name).is_empty();
        let is_term = |names: &[&str]| names.iter().any(|name| term.starts_with(name));
        // A multiplexer leaves the variables of a terminal as they are, but lets none of these pass.
        if is_set("TMUX") || is_set("STY") || is_term(&["tmux", "screen"]) {
            Self::Blocks
        } else if is_term(&["xterm-kitty", "xterm-ghostty"])
            || is_set("KITTY_WINDOW_ID")
            || program == "ghostty"
        {
            Self::Kitty
        } else if matches!(program.as_str(), "iTerm.app" | "WezTerm" | "mintty")
            || variable("LC_TERMINAL") == "iTerm2"
        {
            Self::Iterm
        } else if is_term(&["foot", "mlterm", "contour"]) {
            Self::Sixel
        } else {
            Self::Blocks
        }
    }
}

impl Colours {
    fn told_by(variable: impl Fn(&str) -> String) -> Self {
        let [term, depth] = ["TERM", "COLORTERM"].map(&variable);
        if !variable("NO_COLOR").is_empty() {
            Self::None
        } else if depth.contains("truecolor") || depth.contains("24bit") {
            Self::All
        } else if ["256color", "direct", "kitty", "ghostty", "foot"].iter().any(|it| term.contains(it)) {
            Self::Palette
        } else {
            Self::None
        }
    }
}

/// Width and height of a cell in pixels, if the terminal has told the system.
fn cell_size() -> Option<(u32, u32)> {
    let WindowSize { rows, columns, width, height } = window_size().ok()?;
    let (width, height) = (width.checked_div(columns)?, height.checked_div(rows)?);
    (width > 0 && height > 0).then_some((width.into(), height.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn means(chosen: Option<Pictures>, variables: &[(&str, &str)]) -> (Pictures, Colours) {
        let value = |name: &str| variables.iter().find(|it| it.0 == name).map_or("", |it| it.1).to_owned();
        let Means { pictures, colours } = Means::told_by(chosen, value);
        (pictures, colours)
    }

    #[test]
    fn the_environment_tells_what_a_terminal_has() {
        for (variables, expected) in [
            (&[("TERM", "xterm-kitty"), ("COLORTERM", "truecolor")][..], (Pictures::Kitty, Colours::All)),
            (&[("TERM", "xterm-ghostty")], (Pictures::Kitty, Colours::Palette)),
            (&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "WezTerm")], (Pictures::Iterm, Colours::Palette)),
            (&[("TERM", "xterm-256color"), ("LC_TERMINAL", "iTerm2")], (Pictures::Iterm, Colours::Palette)),
            (&[("TERM", "foot"), ("COLORTERM", "truecolor")], (Pictures::Sixel, Colours::All)),
            (&[("TERM", "xterm-256color")], (Pictures::Blocks, Colours::Palette)),
            (&[("TERM", "linux")], (Pictures::Blocks, Colours::None)),
            (&[("TERM", "xterm-kitty"), ("NO_COLOR", "1")], (Pictures::Kitty, Colours::None)),
            (&[("TERM", "tmux-256color"), ("KITTY_WINDOW_ID", "1")], (Pictures::Blocks, Colours::Palette)),
            (
                &[("TERM", "xterm-256color"), ("TMUX", "/tmp/x"), ("TERM_PROGRAM", "WezTerm")],
                (Pictures::Blocks, Colours::Palette),
            ),
        ] {
            assert_eq!(means(None, variables), expected, "{variables:?}");
        }
        let xterm = [("TERM", "xterm-256color")];
        assert_eq!(means(Some(Pictures::Sixel), &xterm), (Pictures::Sixel, Colours::Palette));
        assert_eq!(means(Some(Pictures::None), &xterm), (Pictures::None, Colours::None));
    }
}
