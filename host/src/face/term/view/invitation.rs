//! The passphrase of a circle, for others: as a QR code where it fits, and as text.

use p2pm_core::wire::sanitise;
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::style::{Color, Style, Stylize};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

use super::{CLOSES, overlay};
use crate::face::invitation::Invitation;

/// Columns and rows of the border.
const BORDER: usize = 2;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, invitation: &Invitation) {
    let passphrase = sanitise(&invitation.passphrase()).to_string();
    let mut rows = invitation.qr_code();
    // Half of one is worth nothing.
    if rows.len() + 1 + BORDER > area.height.into() || row_width(&rows) + BORDER > area.width.into() {
        rows.clear();
    }
    let width = row_width(&rows).max(passphrase.width()) + 2 + BORDER;
    let height = rows.len() + 1 + BORDER;
    let [width, height] = [width, height].map(|it| Constraint::Length(u16::try_from(it).unwrap_or(u16::MAX)));
    // Dark on light, whatever the colours of the terminal are.
    let style = Style::new().fg(Color::White).bg(Color::Black);
    let rows = rows.into_iter().map(|row| Line::styled(row, style).centered());
    let lines: Vec<_> = rows.chain([Line::from(passphrase.bold()).centered()]).collect();
    let title = format!(" Join {} with ", invitation.circle.name.as_str());
    overlay(frame, area.centered(width, height), [&title, CLOSES], Paragraph::new(lines));
}

fn row_width(rows: &[String]) -> usize {
    rows.first().map_or(0, |row| row.width())
}
