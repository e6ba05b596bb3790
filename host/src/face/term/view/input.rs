//! What is typed, and what can be.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Stylize;
use ratatui::text::Span;
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

use super::{bordered, shorten};
use crate::face::file::what;
use crate::face::term::app::App;
use crate::node::{FileInfo, KnownPerson};

const HINTS: &str = " Alt-0…9 chat · Alt-A unread · Tab complete · /help ";

/// Lines that are needed, with the borders: as many as are typed, and a third of the screen at most.
pub(super) fn height(app: &App, area: Rect) -> u16 {
    let width = usize::from(area.width).saturating_sub(prompt(app).width() + 2).max(1);
    let rows = |line: &String| line.width() / width + 1;
    let typed: usize = app.chat().draft.lines().iter().map(rows).sum();
    let most = (area.height / 3).max(1);
    (u16::try_from(typed).unwrap_or(most).min(most) + 2).min(area.height.saturating_sub(1))
}

pub(super) fn draw(frame: &mut Frame<'_>, app: &App, area: Rect) {
    let block = bordered().title_bottom(below(app, area.width.into()));
    let inside = block.inner(area);
    frame.render_widget(block, area);
    let prompt = prompt(app);
    let columns = [Constraint::Length(u16::try_from(prompt.width()).unwrap_or(0)), Constraint::Min(0)];
    let [before, typed] = Layout::horizontal(columns).areas(inside);
    frame.render_widget(Paragraph::new(prompt.bold()), before);
    frame.render_widget(&app.chat().draft, typed);
}

/// What is said below: an answer to the last key, who asks, who offers a file, or what keys there are.
fn below<'a>(app: &App, width: usize) -> Span<'a> {
    match app.asker() {
        // Between corners and spaces.
        _ if !app.notice.is_empty() => {
            format!(" {} ", shorten(&app.notice, width.saturating_sub(4))).yellow()
        }
        Some(person) => asks(app, person, width).yellow(),
        None => app.offer().map_or_else(|| HINTS.dim(), |file| offers(app, file, width).yellow()),
    }
}

/// Somebody who asks, and what to do: the keys, and the command where it fits. Where little fits, the keys are first.
fn asks(app: &App, person: &KnownPerson, width: usize) -> String {
    let name = app.called(&person.who);
    let keys = format!(" {name} asks to be accepted · Alt-Y accept · Alt-N deny ");
    let all = format!("{keys}· /block {} ", app.handle(&person.who));
    let short = format!(" Alt-Y accept, Alt-N deny: {name} asks ");
    // Between corners.
    [all, keys].into_iter().find(|it| it.width() + 2 <= width).unwrap_or(short)
}

/// A file that is offered, and the keys.
fn offers(app: &App, file: &FileInfo, width: usize) -> String {
    let offer = format!(" {} offers {}", app.called(&file.who), what(file));
    let keys = " · Alt-Y take · Alt-N turn away ";
    // Between corners.
    format!("{}{keys}", shorten(&offer, width.saturating_sub(keys.width() + 2)))
}

fn prompt(app: &App) -> String {
    format!("{}> ", app.title(app.chat()))
}
