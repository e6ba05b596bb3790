//! What keys do.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::style::Stylize;
use ratatui::text::Line;
use ratatui::widgets::{Block, Clear, Paragraph};

use crate::face::line::COMMANDS_HELP;
use crate::face::term::keys::HELP;

/// Columns of it.
const WIDTH: u16 = 92;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect) {
    let keys = HELP.iter().map(|(keys, does)| Line::from(vec![format!("{keys:18}").bold(), (*does).into()]));
    let commands = COMMANDS_HELP.lines().map(|line| Line::from(line.to_owned()));
    let lines: Vec<_> = keys.chain([Line::default()]).chain(commands).collect();
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2);
    let area = area.centered(Constraint::Length(WIDTH), Constraint::Length(height));
    frame.render_widget(Clear, area);
    let block = Block::bordered().title(" Keys and commands ").title_bottom(" any key closes this ");
    frame.render_widget(Paragraph::new(lines).block(block), area);
}
