//! What keys do.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::style::Stylize;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::overlay;
use crate::face::line::COMMANDS_HELP;
use crate::face::term::keys::HELP;

/// Columns of it.
const WIDTH: u16 = 80;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect) {
    let keys = HELP.iter().map(|(keys, does)| Line::from(vec![format!("{keys:18}").bold(), (*does).into()]));
    let commands = COMMANDS_HELP.lines().map(|line| Line::from(line.to_owned()));
    let lines: Vec<_> = keys.chain([Line::default()]).chain(commands).collect();
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2);
    let area = area.centered(Constraint::Length(WIDTH), Constraint::Length(height));
    overlay(frame, area, " Keys and commands ", Paragraph::new(lines));
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
        let keys = HELP.iter().map(|(keys, does)| format!("{keys:18}{does}"));
        let lines: Vec<_> = keys.chain(COMMANDS_HELP.lines().map(str::to_owned)).collect();
        assert!(lines.len() < 22, "{}", lines.len());
        for line in lines {
            assert!(line.chars().count() <= 78, "{line}");
        }
    }
}
