//! What keys do.

use std::borrow::Cow;
use std::iter;

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::style::Stylize;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::{CLOSES, overlay};
use crate::face::line::COMMANDS_HELP;
use crate::face::term::keys::HELP;

/// Columns and rows of the border.
const BORDER: u16 = 2;
/// Columns of it.
const WIDTH: u16 = 78 + BORDER;
/// Columns of the keys, and of the commands.
const KEYS_WIDTH: usize = 18;
const COMMANDS_WIDTH: usize = 14;

/// Draws the rows of it from one on.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, first: usize) {
    let (columns, _) = inside(area);
    let lines = lines(columns);
    let (_, hidden) = rows(area);
    let first = first.min(hidden);
    let more = match (first > 0, first < hidden) {
        (false, false) => CLOSES,
        (false, true) => " ↓ more · any other key closes this ",
        (true, false) => " ↑ more · any other key closes this ",
        (true, true) => " ↑ ↓ more · any other key closes this ",
    };
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(BORDER);
    let area = area.centered(Constraint::Length(WIDTH), Constraint::Length(height));
    let lines: Vec<_> = lines.into_iter().skip(first).collect();
    overlay(frame, area, [" Keys and commands ", more], Paragraph::new(lines));
}

/// Rows of it that are shown at a time on such a screen, and those that are not.
pub(in crate::face::term) fn rows(area: Rect) -> (usize, usize) {
    let (columns, rows) = inside(area);
    (rows, lines(columns).len().saturating_sub(rows))
}

/// Columns and rows that are left by the border.
fn inside(area: Rect) -> (usize, usize) {
    let [columns, rows] = [area.width.min(WIDTH), area.height].map(|it| it.saturating_sub(BORDER).into());
    (columns, rows)
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
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::*;

    #[test]
    fn the_document_says_the_same() {
        let document = include_str!("../../../../../docs/KEYS.md");
        let rows = HELP.map(|(keys, does)| format!("| {keys} | {does} |\n"));
        for part in [format!("|---|---|\n{}\n", rows.concat()), format!("```text\n{COMMANDS_HELP}\n```\n")] {
            assert!(document.contains(&part), "docs/KEYS.md lacks\n{part}");
        }
    }

    /// What is shown of it on a screen of this size.
    fn shown(first: usize, columns: u16, rows: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
        terminal.draw(|frame| draw(frame, frame.area(), first)).unwrap();
        terminal.backend().to_string()
    }

    #[test]
    fn all_of_it_can_be_read_on_a_small_terminal() {
        for (columns, rows) in [(60, 15), (40, 10)] {
            let (page, hidden) = self::rows(Rect::new(0, 0, columns, rows));
            assert_eq!(page, usize::from(rows) - 2);
            let all: String = (0..=hidden).map(|first| shown(first, columns, rows)).collect();
            for word in
                HELP.iter().flat_map(|(_, does)| does.split(' ')).chain(COMMANDS_HELP.split_whitespace())
            {
                assert!(all.contains(word), "{word} at {columns} columns");
            }
            assert!(shown(0, columns, rows).contains(" ↓ more · any other key closes this "));
            assert!(shown(usize::MAX, columns, rows).contains(" ↑ more · any other key closes this "));
            assert!(shown(usize::MAX, columns, rows).contains("/quit"));
        }
        assert!(shown(0, 80, 24).contains(CLOSES));
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
