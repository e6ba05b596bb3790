//! A screen as a picture in SVG, whose text stays text. The lines of boxes are drawn as lines: no font leaves gaps in them.

use std::fmt::Write as _;

use vt100::{Cell, Color, Screen};

/// Width and height of a cell, and the space around all of them. All lengths are in units of the picture.
const CELL: (usize, usize) = (9, 18);
const MARGIN: usize = 12;
/// From the top of a cell to the line on which its text stands.
const ASCENT: usize = 14;
/// Of a font whose characters are as wide as a cell, nearly: those of a word are set to be.
const FONT_SIZE: usize = 15;

const BACKGROUND: &str = "#16181d";
const FOREGROUND: &str = "#d5d9e0";
/// The colours of a terminal by their numbers: black, red, green, yellow, blue, magenta, cyan, white.
const PALETTE: [&str; 8] =
    ["#16181d", "#ef6b73", "#8ccf7e", "#e5c76b", "#67b0e8", "#c47fd5", "#6cbfbf", "#d5d9e0"];

/// How a cell is drawn.
#[derive(PartialEq)]
struct Style {
    ink: &'static str,
    is_bold: bool,
    is_dim: bool,
}

impl Style {
    fn of(cell: &Cell) -> Self {
        let (ink, _) = colours(cell);
        Self { ink, is_bold: cell.bold(), is_dim: cell.dim() }
    }

    /// As attributes of an element that is painted by its `fill` or `stroke`.
    fn attributes(&self, paint: &str) -> String {
        let weight = if self.is_bold { " font-weight=\"bold\"" } else { "" };
        let opacity = if self.is_dim { " opacity=\".65\"" } else { "" };
        format!("{paint}=\"{}\"{weight}{opacity}", self.ink)
    }
}

/// The picture of a screen.
///
/// # Panics
///
/// If a colour on it is none of the first eight.
pub fn svg(screen: &Screen) -> String {
    let (rows, columns) = screen.size();
    let (width, height) = (left(columns.get().into()) + MARGIN, top(rows.get().into()) + MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace\" font-size=\"{FONT_SIZE}\">\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"{BACKGROUND}\"/>\n"
    );
    for row in 0..rows.get() {
        let cells = (0..columns.get()).map(|column| screen.cell(row, column).expect("it is on the screen"));
        draw_row(&mut svg, &cells.collect::<Vec<_>>(), top(row.into()));
    }
    svg + "</svg>\n"
}

fn left(column: usize) -> usize {
    MARGIN + column * CELL.0
}

fn top(row: usize) -> usize {
    MARGIN + row * CELL.1
}

fn draw_row(svg: &mut String, cells: &[&Cell], y: usize) {
    let mut draw = |element: String| writeln!(svg, "{element}").expect("a string takes all");
    for (colour, column, run) in runs(cells, |cell| Some(colours(cell).1).filter(|it| *it != BACKGROUND)) {
        let (x, width, height) = (left(column), run.len() * CELL.0, CELL.1);
        draw(format!("<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{colour}\"/>"));
    }
    for (style, column, run) in runs(cells, |cell| arms(cell).map(|_| Style::of(cell))) {
        let lines = run.iter().enumerate().map(|(nth, cell)| lines(cell, left(column + nth), y));
        draw(format!("<path d=\"{}\" {}/>", lines.collect::<String>(), style.attributes("stroke")));
    }
    for (style, column, run) in runs(cells, |cell| is_text(cell).then(|| Style::of(cell))) {
        let text = run.iter().map(|cell| cell.contents()).collect::<String>();
        let text = text.replace('&', "&amp;").replace('<', "&lt;");
        let width: usize = run.iter().map(|cell| if cell.is_wide() { 2 * CELL.0 } else { CELL.0 }).sum();
        let (x, y, style) = (left(column), y + ASCENT, style.attributes("fill"));
        draw(format!("<text x=\"{x}\" y=\"{y}\" textLength=\"{width}\" {style}>{text}</text>"));
    }
}

/// The longest runs of cells with one key, each with its first column. Cells without a key are left out.
fn runs<'a, 'c, K: PartialEq>(
    cells: &'a [&'c Cell],
    key: impl Fn(&Cell) -> Option<K>,
) -> Vec<(K, usize, &'a [&'c Cell])> {
    let mut column = 0;
    let mut found = Vec::new();
    for run in cells.chunk_by(|a, b| key(a) == key(b)) {
        found.extend(key(run[0]).map(|key| (key, column, run)));
        column += run.len();
    }
    found
}

fn is_text(cell: &Cell) -> bool {
    !cell.contents().trim().is_empty() && arms(cell).is_none()
}

/// Those of what is drawn, and of what is behind it.
fn colours(cell: &Cell) -> (&'static str, &'static str) {
    let colour = |colour: Color, default: &'static str| match colour {
        Color::Default => default,
        Color::Idx(number) => PALETTE[usize::from(number)],
        Color::Rgb(..) => panic!("{colour:?} is not in the palette"),
    };
    let (ink, ground) = (colour(cell.fgcolor(), FOREGROUND), colour(cell.bgcolor(), BACKGROUND));
    if cell.inverse() { (ground, ink) } else { (ink, ground) }
}

/// Whether a line goes up, down, left and right from the middle of the cell. `None` for what is no part of a box.
fn arms(cell: &Cell) -> Option<[bool; 4]> {
    let arms = match cell.contents() {
        "│" => "ud",
        "─" => "lr",
        "┌" => "dr",
        "┐" => "dl",
        "└" => "ur",
        "┘" => "ul",
        "├" => "udr",
        "┤" => "udl",
        "┬" => "dlr",
        "┴" => "ulr",
        "┼" => "udlr",
        _ => return None,
    };
    Some(['u', 'd', 'l', 'r'].map(|arm| arms.contains(arm)))
}

/// The path of a part of a box in the cell whose left upper corner this is.
fn lines(cell: &Cell, x: usize, y: usize) -> String {
    let [goes_up, goes_down, goes_left, goes_right] = arms(cell).unwrap_or_default();
    // Half a unit, so that a line of one unit is not spread over two pixels.
    let (middle, centre) = (format!("{}.5", x + CELL.0 / 2), format!("{}.5", y + CELL.1 / 2));
    let vertical = [(goes_up, y), (goes_down, y + CELL.1)].map(|(goes, end)| goes.then_some(('V', end)));
    let horizontal = [(goes_left, x), (goes_right, x + CELL.0)].map(|(goes, end)| goes.then_some(('H', end)));
    let arms = vertical.into_iter().chain(horizontal).flatten();
    arms.map(|(direction, end)| format!("M{middle} {centre}{direction}{end}")).collect::<Vec<_>>().concat()
}
