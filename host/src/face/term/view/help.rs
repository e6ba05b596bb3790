//! What keys do.

use std::borrow::Cow;
use std::iter;

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::style::Stylize;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::overlay;
use crate::face::line::COMMANDS_HELP;
use crate::face::term::keys::HELP;

/// Columns and rows of the border.
const BORDER: u16 = 2;
/// Columns of it.
const WIDTH: u16 = 78 + BORDER;
/// Columns of the keys, and of the commands.
const KEYS_WIDTH: usize = 18;
const COMMANDS_WIDTH: usize = 14;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect) {
    let [columns, rows] = [area.width, area.height].map(|it| usize::from(it.saturating_sub(BORDER)));
    let mut lines = lines(columns);
    if lines.len() > rows {
        // The ends of lines are missed less than the last ones.
        lines = self::lines(usize::MAX);
    }
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(BORDER);
    let area = area.centered(Constraint::Length(WIDTH), Constraint::Length(height));
    overlay(frame, area, " Keys and commands ", Paragraph::new(lines));
}

/// Keys, and commands, in lines of so many columns.
fn lines(width: usize) -> Vec<Line<'static>> {
    let keys = HELP.iter().flat_map(|(keys, does)| {
        let rows = wrapped(does, width.saturating_sub(KEYS_WIDTH).max(1));
        let heads = iter::once(*keys).chain(iter::repeat(""));
        heads.zip(rows).map(|(keys, row)| Line::from(vec![format!("{keys:KEYS_WIDTH$}").bold(), row.into()]))
    });
    let commands = COMMANDS_HELP.lines().flat_map(|line| {
        let indent = " ".repeat(COMMANDS_WIDTH);
        wrapped(line, textwrap::Options::new(width.max(1)).subsequent_indent(&indent))
    });
    keys.chain([Line::default()]).chain(commands.map(Line::from)).collect()
}

fn wrapped<'a>(line: &str, options: impl Into<textwrap::Options<'a>>) -> Vec<String> {
    textwrap::wrap(line, options).into_iter().map(Cow::into_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_says_the_same() {
        let document = include_str!("../../../../../docs/KEYS.md");
        let rows = HELP.map(|(keys, does)| format!("| {keys} | {does} |\n"));
        for part in [format!("|---|---|\n{}\n", rows.concat()), format!("```text\n{COMMANDS_HELP}\n```\n")] {
            assert!(document.contains(&part), "docs/KEYS.md lacks\n{part}");
        }
    }

    /// A terminal has 80 columns and 24 rows, unless somebody has changed it.
    #[test]
    fn the_help_fits_on_a_terminal() {
        let lines = lines(usize::MAX);
        assert!(lines.len() < 22, "{}", lines.len());
        for line in lines {
            assert!(line.width() <= 78, "{line}");
        }
    }
}
