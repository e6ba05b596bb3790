//! The list of conversations, with who is here.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Style, Stylize};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

use super::{bordered, shorten};
use crate::face::term::app::{App, Chat, With};
use crate::node::Trust;

pub(super) fn draw(frame: &mut Frame<'_>, app: &App, area: Rect) {
    let block = bordered().title(" People ");
    let inside = block.inner(area);
    frame.render_widget(block, area);
    let lines = app.chats.iter().enumerate().map(|(index, chat)| line(app, index, chat, inside.width.into()));
    // The current one is in sight.
    let scroll = (app.current + 1).saturating_sub(inside.height.into());
    let lines: Vec<_> = lines.skip(scroll).collect();
    let lines = Paragraph::new(lines);
    frame.render_widget(if app.has_ended() { lines.dim() } else { lines }, inside);
}

/// Index of the conversation in this row of the list, which is in `area` with its borders.
pub(super) fn at(app: &App, area: Rect, row: u16) -> Option<usize> {
    let inside = bordered().inner(area);
    let scroll = (app.current + 1).saturating_sub(inside.height.into());
    let index = scroll + usize::from(row.checked_sub(inside.y)?);
    (row < inside.bottom() && index < app.chats.len()).then_some(index)
}

fn line<'a>(app: &App, index: usize, chat: &Chat, width: usize) -> Line<'a> {
    let cursor = if index == app.current { "▸" } else { " " };
    let (mark, asks) = mark(app, chat);
    let number = if asks { "+".to_owned() } else { index.to_string() };
    let suffix = if asks { " asks" } else { "" };
    let start = format!("{cursor}{number:>2} ");
    let room = width.saturating_sub(start.width() + suffix.width() + mark.width() + 1);
    let name = match &chat.with {
        With::Everyone(Some(circle)) => shorten(&format!("all in {circle}"), room),
        _ => shorten(&app.title(chat), room),
    };
    let gap = " ".repeat(room.saturating_sub(name.width()));
    let name = Span::from(format!("{name}{suffix}{gap}"));
    let name = if app.wants_attention(chat) { name.bold() } else { name };
    if index == app.current {
        // A colour of its own would be a block behind the mark.
        return Line::from(vec![start.into(), name, " ".into(), mark.style(Style::new())]).reversed();
    }
    Line::from(vec![start.into(), name, " ".into(), mark])
}

/// What stands behind a name, and whether they ask to be accepted.
fn mark<'a>(app: &App, chat: &Chat) -> (Span<'a>, bool) {
    let With::One(tag) = &chat.with else { return (unread(chat).unwrap_or_else(|| " ".into()), false) };
    let person = app.person(tag);
    let asks = app.asker_in(chat).is_some();
    let presence = match person.map(|person| (person.trust, person.here)) {
        Some((Trust::Asks, _)) if asks => " ".into(),
        Some((Trust::Denied | Trust::Blocked, _)) => "×".red(),
        Some((_, true)) => "●".green(),
        _ => "○".dim(),
    };
    (unread(chat).unwrap_or(presence), asks)
}

fn unread<'a>(chat: &Chat) -> Option<Span<'a>> {
    (chat.unread > 0).then(|| chat.unread.min(99).to_string().yellow().bold())
}
