//! A conversation: its newest lines, or those that were scrolled to.

use p2pm_core::wire::sanitise;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Stylize;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

use super::{bordered, files, picture};
use crate::face::term::app::{App, Content, Entry};
use crate::face::term::graphics::SMALL_ROWS;
use crate::picture::{Fit, Picture};

/// Columns of a name, before which shorter ones are filled up.
const NAME_WIDTH: usize = 8;
/// What a line begins with that nobody has said.
const NOTE: &str = "── ";
/// Columns of text below which it is not set in from the names.
const TEXT_MIN: usize = 16;
/// Files have no more than this part of the rows: one in so many.
const FILES_SHARE: usize = 3;

pub(super) fn draw(frame: &mut Frame<'_>, app: &App, area: Rect) {
    let chat = app.chat();
    let compared = if app.is_compared(chat) { "· compared " } else { "" };
    let block = bordered().title(Line::from(vec![format!(" {} ", app.title(chat)).into(), compared.dim()]));
    let inside = block.inner(area);
    frame.render_widget(block, area);
    let files = files::lines(app, inside.width.into(), usize::from(inside.height) / FILES_SHARE);
    let rows = [Constraint::Min(0), Constraint::Length(u16::try_from(files.len()).unwrap_or(0))];
    let [inside, below] = Layout::vertical(rows).areas(inside);
    frame.render_widget(Paragraph::new(files), below);
    let (width, height) = (usize::from(inside.width), usize::from(inside.height));
    if width == 0 || height == 0 {
        return;
    }
    let lines = newest(app, width, height + chat.scroll);
    // Scrolled too far, the oldest lines are shown.
    let end = lines.len().saturating_sub(chat.scroll).max(height.min(lines.len()));
    let lines: Vec<_> = lines[end.saturating_sub(height)..end].to_vec();
    frame.render_widget(Paragraph::new(lines), inside);
}

/// The last lines of a conversation, oldest first, and no more than are looked at.
fn newest<'a>(app: &App, width: usize, count: usize) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    for entry in app.chat().entries.iter().rev() {
        lines.extend(lines_of(app, entry, width).into_iter().rev());
        if lines.len() >= count {
            break;
        }
    }
    lines.truncate(count);
    lines.reverse();
    lines
}

fn lines_of<'a>(app: &App, entry: &Entry, width: usize) -> Vec<Line<'a>> {
    match &entry.content {
        Content::Note(text) => note(text, width),
        Content::File { text, picture, .. } => {
            let mut lines = note(text, width);
            lines.extend(picture.iter().flat_map(|picture| small(app, picture, width)));
            lines
        }
        Content::Code(code) => vec![
            Line::from("tell the others:".dim()).centered(),
            Line::from(format!("   {}   ", sanitise(code)).bold().reversed()).centered(),
            Line::from("/invite shows it as a QR code".dim()).centered(),
        ],
        Content::Theirs { from, text } => said(&entry.at, from, text, width, false),
        Content::Ours(message) => {
            let mut lines = said(&entry.at, &app.me.name, &message.text, width, true);
            let mark = message.mark(|tag| app.is_here(tag));
            let mark = if message.has_failed() { mark.red() } else { mark.dim() };
            append(&mut lines, mark, width);
            lines
        }
    }
}

/// What has happened.
fn note<'a>(text: &str, width: usize) -> Vec<Line<'a>> {
    let lines = text.split('\n').map(|line| {
        let line = format!("{NOTE}{}", sanitise(line.trim()));
        // The dashes behind it would be alone in a line of their own.
        if line.width() + 3 > width { line } else { line + " ──" }
    });
    lines.flat_map(|line| wrapped(&line, width)).map(|line| Line::from(line.dim())).collect()
}

/// A picture below what has happened, set in as that is.
fn small<'a>(app: &App, picture: &Picture, width: usize) -> impl Iterator<Item = Line<'a>> + use<'a> {
    let columns = u32::try_from(width.saturating_sub(NOTE.width())).unwrap_or(u32::MAX);
    let picture = picture.scaled(Fit::Within(columns, 2 * SMALL_ROWS));
    let lines = picture::lines(&picture, app.means.colours).into_iter();
    lines.map(|mut line| {
        line.spans.insert(0, " ".repeat(NOTE.width()).into());
        line
    })
}

/// A text, set in from who has said it and when.
fn said<'a>(at: &str, name: &str, text: &str, width: usize, is_ours: bool) -> Vec<Line<'a>> {
    let fill = " ".repeat(NAME_WIDTH.saturating_sub(name.width()));
    let indent = at.width() + 1 + name.width() + fill.width() + 1;
    let indent = if width < indent + TEXT_MIN { 0 } else { indent };
    let name = Span::from(name.to_owned());
    let name = if is_ours { name.cyan() } else { name.bold() };
    let head = vec![format!("{at} ").dim(), name, format!("{fill} ").into()];
    let rows = text.split('\n').flat_map(|line| wrapped(&sanitise(line).to_string(), width - indent));
    let mut lines: Vec<Line<'_>> = Vec::new();
    if indent == 0 {
        lines.push(Line::from(head.clone()));
    }
    for row in rows {
        let mut spans = match (indent, lines.is_empty()) {
            (0, _) => Vec::new(),
            (_, true) => head.clone(),
            (_, false) => vec![" ".repeat(indent).into()],
        };
        spans.push(row.into());
        lines.push(Line::from(spans));
    }
    lines
}

/// Puts a mark at the right end of the last line, or below it.
fn append(lines: &mut Vec<Line<'_>>, mark: Span<'static>, width: usize) {
    let used = lines.last().map_or(width, Line::width);
    match lines.last_mut().filter(|_| used + 1 + mark.width() <= width) {
        Some(last) => {
            last.push_span(" ".repeat(width - used - mark.width()));
            last.push_span(mark);
        }
        None => lines.push(Line::from(mark).right_aligned()),
    }
}

/// A line in pieces that fit. A word that does not is broken.
fn wrapped(line: &str, width: usize) -> Vec<String> {
    textwrap::wrap(line, width.max(1)).into_iter().map(std::borrow::Cow::into_owned).collect()
}
